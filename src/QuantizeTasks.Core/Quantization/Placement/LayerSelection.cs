using System.Collections.Immutable;
using QuantizeTasks.Onnx;

namespace QuantizeTasks.Quantization.Placement;

/// <summary>
/// Chooses among the candidates those that make the model fastest: each runs in int8 or float at its cost, and where a tensor goes from one
/// to the other somebody quantizes or dequantizes it. The choice of least total cost is a minimum cut; int8 is the first label.
/// </summary>
internal static class LayerSelection
{
    public static (ImmutableArray<QuantizedLayer> Layers, ImmutableArray<AgnosticOperator> AgnosticOperators) Select(OnnxGraph graph, Candidates candidates, CostModel costs)
    {
        var cut = new MinimumCut();
        var labels = new Dictionary<string, int>(StringComparer.Ordinal);
        var producers = new Dictionary<string, (int Label, bool GivesFloats)>(StringComparer.Ordinal);
        var readers = new SortedDictionary<string, List<int>>(StringComparer.Ordinal);

        void Add(string name, IEnumerable<string> nodes, ImmutableArray<string> inputs, IEnumerable<string> outputs, bool givesFloats, OperatorCost cost)
        {
            var label = cut.AddNode();
            labels[name] = label;
            foreach (var output in outputs)
                producers[output] = (label, givesFloats);
            foreach (var node in nodes)
                labels[node] = label;
            foreach (var input in inputs)
                (readers.TryGetValue(input, out var list) ? list : readers[input] = []).Add(label);
            cut.AddCost(MinimumCut.Source, label, cost.Float);
            cut.AddCost(label, MinimumCut.Sink, cost.Int8);
        }

        foreach (var layer in candidates.Layers)
            Add(layer.Name, layer.Nodes, layer.Inputs, [layer.Output], !layer.NeedsQuantizedOutput, costs.Of(layer));
        foreach (var agnostic in candidates.AgnosticOperators)
            Add(agnostic.Name, [agnostic.Name], agnostic.Inputs, agnostic.Outputs, false, costs.Of(agnostic));

        foreach (var tensor in readers.Keys.Union(producers.Keys).Order(StringComparer.Ordinal))
        {
            var (producer, givesFloats) = producers.TryGetValue(tensor, out var known) ? known : (MinimumCut.Sink, false);
            var candidateReaders = readers.GetValueOrDefault(tensor) ?? [];
            // Quantized once, by whoever reads it in int8, when its producer is in float.
            var isQuantized = cut.AddNode();
            foreach (var reader in candidateReaders)
                cut.AddCost(reader, isQuantized, MinimumCut.Infinite);
            cut.AddCost(isQuantized, producer, costs.Quantize(tensor));
            // Dequantized once when any reader is in float, unless the producer's kernel gives floats itself.
            if (givesFloats)
                continue;
            var isReadInInt8Only = cut.AddNode();
            foreach (var reader in candidateReaders)
                cut.AddCost(isReadInInt8Only, reader, MinimumCut.Infinite);
            if (graph.IsOutput(tensor) || graph.Consumers(tensor).Any(consumer => !labels.ContainsKey(consumer.Name)))
                cut.AddCost(isReadInInt8Only, MinimumCut.Sink, MinimumCut.Infinite);
            cut.AddCost(producer, isReadInInt8Only, costs.Dequantize(tensor));
        }
        var isInt8 = cut.Solve();
        var chosen = WithWeights([.. candidates.Layers.Where(l => isInt8[labels[l.Name]])], [.. candidates.AgnosticOperators.Where(a => isInt8[labels[a.Name]])]);
        // In a model so small that int8 gains nothing anywhere, size is what is left to gain.
        return chosen.Layers.IsEmpty ? WithWeights(candidates.Layers, candidates.AgnosticOperators) : chosen;
    }

    /// <summary>Drops islands without a weighted layer: they would trade accuracy for next to nothing.</summary>
    private static (ImmutableArray<QuantizedLayer> Layers, ImmutableArray<AgnosticOperator> AgnosticOperators) WithWeights(ImmutableArray<QuantizedLayer> layers, ImmutableArray<AgnosticOperator> agnostic)
    {
        var islands = new DisjointSets();
        foreach (var layer in layers)
            foreach (var input in layer.Inputs)
                islands.Join(input, layer.Output);
        foreach (var passing in agnostic)
            foreach (var tensor in passing.Inputs.Concat(passing.Outputs))
                islands.Join(passing.Inputs[0], tensor);
        var weighted = layers.Where(l => l.Weights is not null).SelectMany(l => l.Inputs).Select(islands.Find).ToHashSet(StringComparer.Ordinal);
        return ([.. layers.Where(l => weighted.Contains(islands.Find(l.Output)))], [.. agnostic.Where(a => weighted.Contains(islands.Find(a.Inputs[0])))]);
    }
}
