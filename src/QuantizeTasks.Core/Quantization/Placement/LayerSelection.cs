using System.Collections.Immutable;

namespace QuantizeTasks.Quantization.Placement;

/// <summary>
/// Chooses among the candidates those that make the model fastest: each runs in int8 or float at its cost, and where a tensor goes from one
/// to the other somebody quantizes or dequantizes it. The choice of least total cost is a minimum cut; int8 is the first label.
/// </summary>
internal static class LayerSelection
{
    /// <param name="candidates">What could be int8.</param>
    /// <param name="borders">The tensors between.</param>
    /// <param name="costs">What each candidate costs, by its name.</param>
    /// <param name="isWanted">True for a layer that is to be int8 whatever it costs.</param>
    /// <returns>The names of the candidates that are to be int8.</returns>
    public static ImmutableHashSet<string> Select(
        Candidates candidates, ImmutableSortedDictionary<string, Border> borders, IReadOnlyDictionary<string, OperatorCost> costs, Func<QuantizedLayer, bool> isWanted)
    {
        var cut = new MinimumCut();
        var labels = new Dictionary<string, int>(StringComparer.Ordinal);
        var wanted = candidates.Layers.Where(isWanted).Select(l => l.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var name in candidates.Layers.Select(l => l.Name).Concat(candidates.AgnosticOperators.Select(a => a.Name)))
        {
            var label = labels[name] = cut.AddNode();
            cut.AddCost(MinimumCut.Source, label, wanted.Contains(name) ? MinimumCut.Infinite : costs[name].Float);
            cut.AddCost(label, MinimumCut.Sink, costs[name].Int8);
        }
        foreach (var border in borders.Values)
        {
            var producer = border.Producer is { } name ? labels[name] : MinimumCut.Sink;
            // Quantized once, by whoever reads it in int8, when its producer is in float.
            var isQuantized = cut.AddNode();
            foreach (var reader in border.Readers)
                cut.AddCost(labels[reader], isQuantized, MinimumCut.Infinite);
            cut.AddCost(isQuantized, producer, border.Quantize);
            // Dequantized once when any reader is in float, unless the producer's kernel gives floats itself.
            if (border.GivesFloats)
                continue;
            var isReadInInt8Only = cut.AddNode();
            foreach (var reader in border.Readers)
                cut.AddCost(isReadInInt8Only, labels[reader], MinimumCut.Infinite);
            if (border.HasFloatReader)
                cut.AddCost(isReadInInt8Only, MinimumCut.Sink, MinimumCut.Infinite);
            cut.AddCost(producer, isReadInInt8Only, border.Dequantize);
        }
        var isInt8 = cut.Solve();
        return WithWeights(candidates, wanted, [.. labels.Keys.Where(name => isInt8[labels[name]])]);
    }

    /// <summary>Drops islands without a weighted layer, or one that is wanted: they would trade accuracy for next to nothing.</summary>
    private static ImmutableHashSet<string> WithWeights(Candidates candidates, HashSet<string> wanted, ImmutableHashSet<string> names)
    {
        var islands = new DisjointSets();
        var layers = candidates.Layers.Where(l => names.Contains(l.Name)).ToArray();
        var agnostic = candidates.AgnosticOperators.Where(a => names.Contains(a.Name)).ToArray();
        foreach (var layer in layers)
            foreach (var input in layer.Inputs)
                islands.Join(input, layer.Output);
        foreach (var passing in agnostic)
            foreach (var tensor in passing.Inputs.Concat(passing.Outputs))
                islands.Join(passing.Inputs[0], tensor);
        var weighted = layers.Where(l => l.Weights is not null || wanted.Contains(l.Name)).SelectMany(l => l.Inputs).Select(islands.Find).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. layers.Where(l => weighted.Contains(islands.Find(l.Output))).Select(l => l.Name),
            .. agnostic.Where(a => weighted.Contains(islands.Find(a.Inputs[0]))).Select(a => a.Name),
        ];
    }
}
