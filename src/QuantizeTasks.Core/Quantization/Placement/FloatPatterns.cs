using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Devices;

namespace QuantizeTasks.Quantization.Placement;

/// <summary>
/// Small functions spelled out in several operators that are left whole: swish, hard-swish, GELU, softmax, normalization, squeeze-and-excitation
/// (POT's ignored patterns, openvino/tools/pot/graph/pattern...). A quantizer inside costs accuracy, and breaks the fusion that the runtime has for most of them.
/// </summary>
internal static class FloatPatterns
{
    /// <summary>An addition or multiplication next to one of these is a step of a formula, not a junction of two feature maps.</summary>
    private static readonly HashSet<string> Mathematics = new(StringComparer.Ordinal)
    {
        "Abs", "Div", "Elu", "Erf", "Exp", "Gelu", "HardSigmoid", "HardSwish", "InstanceNormalization", "LayerNormalization", "Log", "Mish", "Neg", "Pow",
        "Reciprocal", "Sigmoid", "Softmax", "Softplus", "Sqrt", "Sub", "Tanh",
    };

    /// <summary>Most operators on the way from a tensor to its own gate: GELU takes four.</summary>
    private const int LongestSelfGate = 5;

    /// <summary>Most operators between the pooling and the gate of a squeeze-and-excitation block.</summary>
    private const int LongestGate = 12;

    public static void Find(OnnxGraph graph, DeviceProfile device, NodeProto node, Action<NodeProto, string> exclude)
    {
        if (node.OpType is not ("Add" or "Mul"))
            return;
        if (node.Input.Any(graph.IsConstant))
            return;
        var neighbours = node.Input.Select(graph.Producer).Concat(node.Output.SelectMany(graph.Consumers)).OfType<NodeProto>();
        if (device.FloatPatterns.TryGetValue("formula", out var formula) && neighbours.FirstOrDefault(n => Mathematics.Contains(n.OpType)) is { } mathematics)
            exclude(node, $"{formula}; here with {mathematics.OpType} ('{mathematics.Name}')");
        if (node.OpType == "Mul" && device.FloatPatterns.TryGetValue("self_gate", out var selfGate) && (SelfGate(graph, device, node.Input[0], node.Input[1]) ?? SelfGate(graph, device, node.Input[1], node.Input[0])) is { } path)
            foreach (var part in path.Append(node))
                exclude(part, selfGate);
        if (node.OpType == "Mul" && device.FloatPatterns.TryGetValue("squeeze_excitation", out var squeezeExcitation))
            foreach (var input in node.Input)
                if (Gate(graph, input) is { } gate)
                    foreach (var part in gate.Append(node))
                        exclude(part, squeezeExcitation);
    }

    /// <summary>The operators that make the gate out of the value it multiplies; null when it is made of something else.</summary>
    private static List<NodeProto>? SelfGate(OnnxGraph graph, DeviceProfile device, string gate, string value)
    {
        var path = new List<NodeProto>();
        while (path.Count < LongestSelfGate && graph.Producer(gate) is { } node)
        {
            // A product with weights is a layer, not a function of single values.
            if (device.Of(node.OpType).Kind == OperatorKind.Weighted)
                return null;
            path.Add(node);
            if (node.Input.Contains(value))
                return path;
            if (node.Input.Where(i => i.Length > 0 && !graph.IsConstant(i)).Distinct().ToArray() is not [var only])
                return null;
            gate = only;
        }
        return null;
    }

    /// <summary>The operators from the global pooling to the gate, when the tensor is the gate of a squeeze-and-excitation block (Hu et al. 2018).</summary>
    private static List<NodeProto>? Gate(OnnxGraph graph, string tensor)
    {
        var gate = new List<NodeProto>();
        var hasWeights = false;
        while (gate.Count < LongestGate && graph.Producer(tensor) is { } node)
        {
            gate.Add(node);
            if (node.OpType is "GlobalAveragePool" or "ReduceMean")
                return hasWeights ? gate : null;
            hasWeights |= node.OpType is "Conv" or "Gemm" or "MatMul";
            var inputs = node.Input.Where(i => i.Length > 0 && !graph.IsConstant(i)).Distinct().ToArray();
            // Swish in the middle reads one tensor along two paths; following the first is enough, the other rejoins it.
            if (inputs.Length == 0 || (inputs.Length > 1 && node.OpType is not "Mul"))
                return null;
            tensor = inputs[0];
        }
        return null;
    }
}
