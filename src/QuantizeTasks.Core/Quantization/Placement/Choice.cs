using System.Collections.Immutable;
using System.Globalization;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization.Devices;

namespace QuantizeTasks.Quantization.Placement;

/// <summary>Which of the candidates are to be int8, by what the manifest prefers and what they cost on the device.</summary>
/// <param name="Int8">Names of layers and agnostic operators.</param>
/// <param name="Dynamic">Of those whose kernels take and give floats.</param>
/// <param name="SizeReason">Why they are int8 although speed is preferred and int8 is not faster, in words; null where that is not so.</param>
internal sealed record Choice(ImmutableHashSet<string> Int8, ImmutableArray<StoredLayer> Dynamic, string? SizeReason)
{
    /// <summary>Nothing.</summary>
    public static Choice None { get; } = new([], [], null);

    /// <param name="candidates">What could be int8.</param>
    /// <param name="borders">The tensors between.</param>
    /// <param name="costs">What each candidate costs, by its name.</param>
    /// <param name="device">The device.</param>
    /// <param name="preference">Speed or size.</param>
    /// <param name="decided">The layers and agnostic operators, when a measurement has chosen them already.</param>
    public static Choice Of(
        Candidates candidates, ImmutableSortedDictionary<string, Border> borders, IReadOnlyDictionary<string, OperatorCost> costs, DeviceProfile device, Preference preference, ImmutableHashSet<string>? decided)
    {
        var fastest = decided ?? LayerSelection.Select(candidates, borders, costs, _ => device.Costs is null);
        // Nothing is converted around these, so each is asked by itself.
        var paying = candidates.Dynamic.Where(d => costs[d.Name].Int8 < costs[d.Name].Float).ToImmutableArray();
        if (device.Costs is not { } table)
            return new(fastest, candidates.Dynamic, null);
        var all = costs.Values.Sum(c => c.Float);
        // In a model so small that int8 gains nothing anywhere, size is what is left to gain.
        var isForSize = preference != Preference.Size && fastest.IsEmpty && paying.IsEmpty && all <= table.Negligible;
        if (preference != Preference.Size && !isForSize)
            return new(fastest, paying, null);
        var smallest = decided ?? LayerSelection.Select(candidates, borders, costs, layer => layer.Weights is not null);
        return new(smallest, candidates.Dynamic, isForSize && !(smallest.IsEmpty && candidates.Dynamic.IsEmpty) ? Why(device, all, table.Negligible) : null);
    }

    private static string Why(DeviceProfile device, long picoseconds, double negligible) => string.Create(CultureInfo.InvariantCulture,
        $"By the costs of the device '{device.Name}' int8 is faster nowhere in this model. But all of it that could be int8 takes {picoseconds / 1e6:0.0} \u00b5s in float, and below {negligible / 1e6:0} \u00b5s there is no speed to gain: it is quantized for its size, as with 'prefer: size'.");
}
