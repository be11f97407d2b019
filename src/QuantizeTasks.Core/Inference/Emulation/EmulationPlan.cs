using System.Collections.Immutable;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using DataType = QuantizeTasks.Onnx.Proto.TensorProto.Types.DataType;

namespace QuantizeTasks.Inference.Emulation;

/// <summary>One step of an emulated model: a part for ONNX Runtime to run, or an operator to emulate.</summary>
/// <param name="Part">Serialized; null for an emulated operator.</param>
/// <param name="Operator">Null for a part.</param>
internal sealed record EmulationStep(byte[]? Part, EmulatedOperator? Operator);

/// <summary>
/// Cuts an optimized graph at the operators to emulate. What depends on equally many of them one after the other runs together as one part, so there are
/// as few parts as the graph allows.
/// </summary>
internal static class EmulationPlan
{
    /// <summary>The steps in an order in which each finds its inputs.</summary>
    /// <param name="model">The optimized graph.</param>
    /// <param name="operators">Which of its operators to emulate.</param>
    /// <param name="typeOf">Element types.</param>
    public static ImmutableArray<EmulationStep> Make(OnnxModel model, IReadOnlyCollection<EmulatedOperator> operators, Func<string, DataType?> typeOf)
    {
        var emulated = operators.ToDictionary<EmulatedOperator, NodeProto>(o => o.Node, ReferenceEqualityComparer.Instance);
        var graph = model.Graph;
        // How many emulated operators lie before a tensor, one after the other; absent for what depends on constants alone, which every part computes for itself.
        var depth = graph.Inputs.ToDictionary(name => name, _ => 0, StringComparer.Ordinal);
        var parts = new SortedDictionary<int, List<NodeProto>>();
        var steps = new SortedDictionary<int, List<EmulatedOperator>>();
        foreach (var node in graph.Nodes)
        {
            var before = OnnxGraph.Reads(node).Where(depth.ContainsKey).Select(t => depth[t]).DefaultIfEmpty(-1).Max();
            var isEmulated = emulated.TryGetValue(node, out var step);
            if (before < 0 && !isEmulated)
                continue;
            if (isEmulated)
                Of(steps, Math.Max(0, before)).Add(step!);
            else
                Of(parts, before).Add(node);
            foreach (var output in node.Output.Where(o => o.Length > 0))
                depth[output] = isEmulated ? Math.Max(0, before) + 1 : before;
        }
        var result = ImmutableArray.CreateBuilder<EmulationStep>();
        foreach (var level in parts.Keys.Union(steps.Keys).Order())
        {
            if (parts.TryGetValue(level, out var nodes) && Part(model, nodes, depth, typeOf) is { } part)
                result.Add(new EmulationStep(part, null));
            foreach (var step in steps.GetValueOrDefault(level, []))
                result.Add(new EmulationStep(null, step));
        }
        return result.ToImmutable();
    }

    /// <summary>The nodes as a model; null when nobody needs what they make.</summary>
    private static byte[]? Part(OnnxModel model, List<NodeProto> nodes, Dictionary<string, int> depth, Func<string, DataType?> typeOf)
    {
        var inside = nodes.ToHashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        var made = nodes.SelectMany(n => n.Output).Where(o => o.Length > 0).ToHashSet(StringComparer.Ordinal);
        string[] outputs = [.. made.Where(t => model.Graph.IsOutput(t) || model.Graph.Consumers(t).Any(n => !inside.Contains(n)))];
        if (outputs.Length == 0)
            return null;
        var needed = Needed(outputs, model.Graph, made);
        string[] inputs = [.. nodes.Where(needed.Contains).SelectMany(OnnxGraph.Reads).Where(t => depth.ContainsKey(t) && !made.Contains(t)).Distinct(StringComparer.Ordinal)];
        return SubModel.Between(model, inputs, outputs, t => typeOf(t) is { } type ? new KnownTensor((int)type, null) : null).ToBytes();
    }

    private static HashSet<NodeProto> Needed(string[] outputs, OnnxGraph graph, HashSet<string> made)
    {
        var needed = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        var waiting = new Stack<string>(outputs);
        while (waiting.TryPop(out var tensor))
            if (made.Contains(tensor) && graph.Producer(tensor) is { } node && needed.Add(node))
                foreach (var read in OnnxGraph.Reads(node))
                    waiting.Push(read);
        return needed;
    }

    private static List<T> Of<T>(SortedDictionary<int, List<T>> levels, int level)
    {
        if (!levels.TryGetValue(level, out var list))
            levels[level] = list = [];
        return list;
    }
}
