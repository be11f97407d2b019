using System.Collections.Immutable;
using QuantizeTasks.Inference;

namespace QuantizeTasks.Quantization.Placement;

/// <summary>What the operators of a model cost on the machine at hand, from the profiles of its float and its int8 form.</summary>
internal static class MeasuredCosts
{
    /// <summary>
    /// The costs in the units of the device's model, so that they can be set against its conversions. An operator that was measured in neither form keeps what is predicted. int8 is charged
    /// with the noise of the difference: it has to win beyond that.
    /// </summary>
    /// <param name="placement">With as much as possible in int8.</param>
    /// <param name="inFloat">Profile of the float model.</param>
    /// <param name="inInt8">Profile of the int8 model, of the same rounds.</param>
    public static ImmutableDictionary<string, OperatorCost> Of(QuantizerPlacement placement, ImmutableArray<OperatorTime> inFloat, ImmutableArray<OperatorTime> inInt8)
    {
        var (floats, integers) = (ByCandidate(placement, inFloat), ByCandidate(placement, inInt8));
        var predicted = placement.Prediction!.Operators.ToDictionary(o => o.Name, o => o.Cost, StringComparer.Ordinal);
        var weighted = placement.Layers.Where(l => l.Weights is not null).Select(l => l.Name).ToHashSet(StringComparer.Ordinal);

        // The runtime computes small operators on the way of large ones: a form in which they do not show is free. A large one that does not show has another name there.
        var measured = predicted.Keys.Where(name => weighted.Contains(name) ? floats.ContainsKey(name) && integers.ContainsKey(name) : floats.ContainsKey(name) || integers.ContainsKey(name))
            .ToDictionary(name => name, name => (Float: floats.GetValueOrDefault(name), Int8: integers.GetValueOrDefault(name)), StringComparer.Ordinal);
        var microseconds = measured.Values.Sum(m => Typical(m.Float));
        if (microseconds == 0)
            return ImmutableDictionary<string, OperatorCost>.Empty.WithComparers(StringComparer.Ordinal);
        var unit = measured.Keys.Sum(name => (double)predicted[name].Float) / microseconds;
        return measured.ToImmutableDictionary(m => m.Key, m => new OperatorCost(Units(Typical(m.Value.Float)), Units(Typical(m.Value.Int8) + Noise(m.Value.Float, m.Value.Int8))), StringComparer.Ordinal);

        long Units(double time) => (long)Math.Round(time * unit);
    }

    /// <summary>Microseconds of each round by the name of the layer or agnostic operator; without those that do not show in the profile.</summary>
    public static IReadOnlyDictionary<string, double[]> ByCandidate(QuantizerPlacement placement, ImmutableArray<OperatorTime> times)
    {
        var owners = Owners(placement);
        return times.Select(t => (Owner: owners.GetValueOrDefault(OptimizedGraph.OriginalName(t.Name)), t.Microseconds)).Where(t => t.Owner is not null)
            .GroupBy(t => t.Owner!, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => Enumerable.Range(0, g.Min(t => t.Microseconds.Length)).Select(round => g.Sum(t => t.Microseconds[round])).ToArray(), StringComparer.Ordinal);
    }

    private static double Typical(double[]? times) => times is null ? 0 : LatencyComparison.Median(times);

    private static double Noise(double[]? first, double[]? second) => first is null || second is null ? 0 : PairedDifference.Of(first, second).Margin;

    /// <summary>The runtime names an operator after a node or, in another layout, after its output.</summary>
    private static Dictionary<string, string> Owners(QuantizerPlacement placement)
    {
        var owners = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var layer in placement.Layers)
        {
            foreach (var name in layer.Nodes.Append(layer.Output))
                owners.TryAdd(name, layer.Name);
            // FusedGemm (GemmActivationFusion). Where the activation function is no part of the int8 layer, what both take together is not the layer's.
            if (layer.Nodes[^1] != layer.Name && layer.Nodes[^1] != layer.Weights?.BiasNode)
                owners.TryAdd($"fused {layer.Name}", layer.Name);
        }
        foreach (var agnostic in placement.AgnosticOperators)
            foreach (var name in agnostic.Outputs.Prepend(agnostic.Name))
                owners.TryAdd(name, agnostic.Name);
        return owners;
    }
}
