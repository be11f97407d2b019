using System.Collections.Immutable;
using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Runs;

/// <summary>The operators of the quantized float model and what became of them, as a report draws them.</summary>
internal static class NetworkRecords
{
    /// <summary>Every operator in graph order, which is topological.</summary>
    public static ImmutableArray<NetworkNode> Of(CalibratedModel calibrated, Configuration configuration)
    {
        var (graph, placement) = (calibrated.Prepared.Model.Graph, calibrated.Placement);
        var groupOf = placement.Groups.SelectMany(g => g.Layers.Select(layer => (layer, g))).ToDictionary(p => p.layer, p => p.g, StringComparer.Ordinal);
        var states = placement.AgnosticOperators.ToDictionary(a => a.Name, _ => "passes", StringComparer.Ordinal);
        foreach (var (node, layer) in placement.Layers.SelectMany(l => l.Nodes.Select(node => (node, l.Name))).Concat(placement.StoredLayers.Select(s => (s.Name, s.Name))))
            states[node] = ReportRecords.State(configuration, groupOf[layer]);
        var made = new Dictionary<string, int>(StringComparer.Ordinal);
        var nodes = ImmutableArray.CreateBuilder<NetworkNode>(graph.Nodes.Count);
        foreach (var node in graph.Nodes)
        {
            ImmutableArray<int> inputs = [.. OnnxGraph.Reads(node).Where(made.ContainsKey).Select(tensor => made[tensor]).Distinct().Order()];
            foreach (var output in node.Output.Where(o => o.Length > 0))
                made[output] = nodes.Count;
            nodes.Add(new NetworkNode(node.Name, node.OpType, states.GetValueOrDefault(node.Name, "skipped"), inputs));
        }
        return nodes.ToImmutable();
    }
}
