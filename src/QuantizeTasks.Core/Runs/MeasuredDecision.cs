using System.Collections.Immutable;
using System.Text.Json;
using QuantizeTasks.Quantization.Placement;

namespace QuantizeTasks.Runs;

/// <summary>What measuring on a machine decided.</summary>
/// <param name="Int8">The names of the operators that are to be int8, in ordinal order.</param>
/// <param name="Costs">What each operator that was measured takes, in the units of the device's cost model.</param>
/// <param name="FloatMs">Median milliseconds of the float model.</param>
/// <param name="Int8Ms">Median milliseconds of the model that was decided on, in the same rounds.</param>
/// <param name="IsFaster">True when that is faster than float beyond the noise.</param>
internal sealed record MeasuredDecision(
    ImmutableSortedSet<string> Int8, ImmutableSortedDictionary<string, OperatorCost> Costs, double FloatMs, double Int8Ms, bool IsFaster)
{
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this);

    /// <summary>Null for bytes that are no decision.</summary>
    public static MeasuredDecision? FromBytes(byte[] bytes)
    {
        try
        {
            return JsonSerializer.Deserialize<MeasuredDecision>(bytes) is { Int8: not null, Costs: not null } decision ? decision : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
