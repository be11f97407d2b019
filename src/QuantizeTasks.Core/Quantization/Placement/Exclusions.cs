using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Devices;
using QuantizeTasks.Quantization.Preparation;

namespace QuantizeTasks.Quantization.Placement;

/// <summary>Operators that stay in float for what they are part of, or because the user said so; each with the reason.</summary>
internal sealed class Exclusions
{
    private static readonly HashSet<string> PostProcessing = new(StringComparer.Ordinal) { "NonMaxSuppression", "TopK" };

    /// <summary>For each operator type, the inputs that are shapes, indices or scales: whatever computes them is no activation.</summary>
    private static readonly Dictionary<string, int[]> ShapeInputs = new(StringComparer.Ordinal)
    {
        ["Reshape"] = [1],
        ["Expand"] = [1],
        ["Tile"] = [1],
        ["Slice"] = [1, 2, 3, 4],
        ["Resize"] = [1, 2, 3],
        ["Upsample"] = [1],
        ["Pad"] = [1],
        ["ConstantOfShape"] = [0],
        ["Range"] = [0, 1, 2],
        ["Unsqueeze"] = [1],
        ["Squeeze"] = [1],
        ["Split"] = [1],
        ["OneHot"] = [1],
    };

    private readonly OnnxGraph _graph;
    private readonly Dictionary<string, string> _reasons = new(StringComparer.Ordinal);

    private readonly DeviceProfile _device;

    private Exclusions(OnnxGraph graph, DeviceProfile device) => (_graph, _device) = (graph, device);

    /// <summary>Node name to reason.</summary>
    public IReadOnlyDictionary<string, string> Reasons => _reasons;

    /// <exception cref="QuantizeException">Something that is ignored matches nothing in the model.</exception>
    public static Exclusions Find(PreparedModel prepared, DeviceProfile device, IgnoredOperators ignored, bool isTransformer)
    {
        var model = prepared.Model;
        var found = new Exclusions(model.Graph, device);
        IgnoredNodes.Find(model, prepared.AsWritten, device, ignored, found.Add);
        if (isTransformer)
            found.KeepTransformerTypes(prepared.AsWritten);
        foreach (var node in model.Graph.Nodes)
        {
            found.ExcludeShapeComputation(node);
            if (PostProcessing.Contains(node.OpType))
                found.ExcludeTail(node);
            FloatPatterns.Find(model.Graph, device, node, found.Add);
        }
        return found;
    }

    private void Add(NodeProto node, string reason) => _reasons.TryAdd(node.Name, reason);

    /// <summary>
    /// The types that POT adds to the ignored operations when <c>model_type</c> is <c>transformer</c>, by their ONNX names; SquaredDifference is none of these, and MVN is three.
    /// An addition of a constant is left alone: POT takes it for the bias of the product before it, which its patterns keep from a quantizer of its own anyway.
    /// </summary>
    private void KeepTransformerTypes(IReadOnlyDictionary<string, NodeProto> asWritten)
    {
        const string reason = "model_type transformer keeps this type in float";
        foreach (var node in _graph.Nodes)
            if (asWritten.GetValueOrDefault(node.Name, node).OpType is "Pow" or "Squeeze" or "Mul" or "Sub" or "ReduceMean" or "MeanVarianceNormalization" or "LayerNormalization" or "InstanceNormalization"
                || (node.OpType == "Add" && !node.Input.Any(_graph.IsConstant)))
                IgnoredNodes.Exclude(_graph, _device, node, reason, "model_type transformer", Add);
    }

    private void ExcludeShapeComputation(NodeProto node)
    {
        if (node.Domain.Length > 0 || !ShapeInputs.TryGetValue(node.OpType, out var inputs))
            return;
        foreach (var index in inputs)
            if (index < node.Input.Count)
                ExcludeAncestors(node.Input[index], producer => producer.OpType is "Shape" or "Size", "it computes a shape, not an activation");
    }

    private void ExcludeTail(NodeProto node)
    {
        Add(node, "post-processing");
        foreach (var input in node.Input)
            ExcludeAncestors(input, producer => _device.Of(producer.OpType).Kind == OperatorKind.Weighted, $"post-processing in front of '{node.Name}'");
    }

    /// <summary>Everything that a tensor is computed from, back to and without the producers at which to stop.</summary>
    private void ExcludeAncestors(string tensor, Func<NodeProto, bool> stop, string reason)
    {
        var waiting = new Stack<string>([tensor]);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (waiting.TryPop(out var next))
        {
            if (!seen.Add(next) || _graph.Producer(next) is not { } producer || stop(producer))
                continue;
            Add(producer, reason);
            foreach (var input in producer.Input)
                waiting.Push(input);
        }
    }
}
