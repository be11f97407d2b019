using QuantizeTasks.Inference;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Inspection;

/// <summary>
/// Which operator of the optimized graph runs each operator of the written model. The runtime keeps the names of most operators and tensors: an operator is found by its own name or by the
/// tensor that it makes, quantized or not (NchwcTransformer names its operators so), or else it was fused into the only one that reads that tensor.
/// </summary>
internal sealed class KernelMap
{
    private readonly OnnxGraph _written;
    private readonly Dictionary<string, NodeProto> _byName = new(StringComparer.Ordinal);
    private readonly OnnxGraph _optimized;

    public KernelMap(OnnxModel written, OnnxModel optimized)
    {
        (_written, _optimized) = (written.Graph, optimized.Graph);
        foreach (var node in optimized.Graph.Nodes.Where(n => !IsConversion(n)))
            _byName.TryAdd(OptimizedGraph.OriginalName(node.Name), node);
    }

    /// <summary>The operator that runs a node of the float model; null when it was removed or computed in advance.</summary>
    /// <param name="node">The node's name.</param>
    /// <param name="outputs">The tensors that it makes in the float model.</param>
    public NodeProto? Find(string node, IReadOnlyList<string> outputs)
    {
        if (_byName.TryGetValue(node, out var named))
            return named;
        foreach (var output in outputs)
        {
            // A tensor that an int8 kernel makes has its name on the dequantized side.
            var made = _written.Producer(output) is { OpType: "DequantizeLinear" } dequantize ? dequantize.Input[0] : output;
            if (_byName.TryGetValue(output, out var layout) || (layout = Maker(made)) is not null)
                return layout;
        }
        return outputs is [var only] && !_written.IsOutput(only) && _written.Consumers(only) is [var reader] && !IsConversion(reader) ? Find(reader.Name, reader.Output) : null;
    }

    /// <summary>The operator of the written model that an operator of the optimized graph is named after; its own name where there is none.</summary>
    public string OperatorOf(NodeProto optimized)
    {
        var name = OptimizedGraph.OriginalName(optimized.Name);
        return _written.Nodes.Any(n => n.Name == name) ? name : _written.Producer(name)?.Name ?? name;
    }

    /// <summary>The name in the words of a report: the operator sets of the runtime's own layouts are told apart.</summary>
    public static string NameOf(NodeProto kernel) => kernel.Domain == "com.microsoft.nchwc" ? $"nchwc.{kernel.OpType}" : kernel.OpType;

    /// <summary>Through the changes of layout that the runtime put behind a kernel.</summary>
    private NodeProto? Maker(string tensor)
    {
        var maker = _optimized.Producer(tensor);
        while (maker is not null && IsConversion(maker))
            maker = maker.Input.Count > 0 ? _optimized.Producer(maker.Input[0]) : null;
        return maker;
    }

    /// <summary>What the runtime inserts; a Transpose of the user's keeps its own name, and is not found by a tensor behind it.</summary>
    public static bool IsConversion(NodeProto node) =>
        node.OpType is "QuantizeLinear" or "DequantizeLinear" or "ReorderInput" or "ReorderOutput" || (node.OpType == "Transpose" && OptimizedGraph.OriginalName(node.Name) is "" or "Transpose");
}
