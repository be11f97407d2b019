using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;

namespace QuantizeTasks.Quantization.Calibration;

/// <summary>Reads from the front; never past the end, and never believes a count that the rest cannot hold.</summary>
internal ref struct StatisticsReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly bool AtEnd => _rest.IsEmpty;

    public int Int32() => MemoryMarshal.Read<int>(Take(4));

    public double Double() => MemoryMarshal.Read<double>(Take(8));

    public float Single() => MemoryMarshal.Read<float>(Take(4));

    public long Int64() => MemoryMarshal.Read<long>(Take(8));

    public string Text() => Encoding.UTF8.GetString(Take(Count(atLeastBytesEach: 1)));

    public ImmutableArray<double> Doubles(int count) => [.. MemoryMarshal.Cast<byte, double>(Take(checked(8 * count)))];

    public ImmutableArray<float> Floats(int count) => [.. MemoryMarshal.Cast<byte, float>(Take(checked(4 * count)))];

    public ImmutableArray<long> Longs(int count) => [.. MemoryMarshal.Cast<byte, long>(Take(checked(8 * count)))];

    public int Count(int atLeastBytesEach)
    {
        var count = Int32();
        return count >= 0 && count <= _rest.Length / atLeastBytesEach ? count : throw new FormatException("The calibration statistics are damaged.");
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > _rest.Length)
            throw new FormatException("The calibration statistics are cut short.");
        var taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }
}
