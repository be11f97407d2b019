using System.Collections.Immutable;

namespace QuantizeTasks.Quantization.Placement;

/// <summary>
/// Layers that go to float together. POT's cut (accuracy_aware_common/utils.py) goes from a quantizer down to every operator that reads it, from each of these
/// up to its other quantizers, and down again; as a quantizer here covers what agnostic operators pass on, that is: layers that share a quantizer, transitively.
/// </summary>
internal static class ClosedGroups
{
    public static ImmutableArray<QuantizerGroup> Find(ImmutableArray<QuantizedLayer> layers, ImmutableArray<ActivationQuantizer> quantizers)
    {
        var quantizerOf = quantizers.SelectMany((q, i) => q.Tensors.Select(t => (t, i))).ToDictionary(p => p.t, p => $"quantizer {p.i}", StringComparer.Ordinal);
        var sets = new DisjointSets();
        foreach (var layer in layers)
            foreach (var input in layer.Inputs)
                sets.Join(quantizerOf[layer.Inputs[0]], quantizerOf[input]);
        var members = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        var inOrder = new List<List<string>>();
        foreach (var layer in layers)
        {
            var set = sets.Find(quantizerOf[layer.Inputs[0]]);
            if (!members.TryGetValue(set, out var names))
                inOrder.Add(members[set] = names = []);
            names.Add(layer.Name);
        }
        return [.. inOrder.Select((names, id) => new QuantizerGroup(id, names[0], [.. names]))];
    }
}
