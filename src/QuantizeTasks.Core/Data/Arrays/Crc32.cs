namespace QuantizeTasks.Data;

/// <summary>The checksum of zip members (ISO 3309, polynomial 0xEDB88320 reflected), which System.IO.Compression reads but does not check.</summary>
internal static class Crc32
{
    private static readonly uint[] Table = [.. Enumerable.Range(0, 256).Select(Entry)];

    public static uint Start => uint.MaxValue;

    public static uint Add(uint state, ReadOnlySpan<byte> bytes)
    {
        foreach (var b in bytes)
            state = Table[(byte)state ^ b] ^ (state >> 8);
        return state;
    }

    public static uint Finish(uint state) => ~state;

    private static uint Entry(int index)
    {
        var value = (uint)index;
        for (var bit = 0; bit < 8; bit++)
            value = (value & 1) != 0 ? 0xEDB88320 ^ (value >> 1) : value >> 1;
        return value;
    }
}
