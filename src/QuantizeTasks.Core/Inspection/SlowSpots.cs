using System.Collections.Immutable;
using QuantizeTasks.Inference;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Placement;

namespace QuantizeTasks.Inspection;

/// <summary>What is known to be slow in an int8 model on ONNX Runtime's CPU provider (measured with version 1.30 on x64 with VNNI, one thread).</summary>
internal static class SlowSpots
{
    /// <summary>Convolutions of so few channels fill no vector.</summary>
    private const int FewChannels = 4;

    private static readonly HashSet<string> Activations = new(StringComparer.Ordinal)
    {
        "Relu", "Clip", "LeakyRelu", "PRelu", "Sigmoid", "Tanh", "HardSwish", "HardSigmoid", "Elu", "Selu", "Celu", "Erf", "Gelu", "FastGelu", "QuickGelu", "Softplus", "Softsign", "Mish",
    };

    /// <summary>In what the runtime made of the model.</summary>
    /// <param name="optimized">The graph that it runs.</param>
    /// <param name="kernels">Knows the operators' names in the model.</param>
    public static IEnumerable<InspectionWarning> Of(OnnxGraph optimized, KernelMap kernels)
    {
        foreach (var node in optimized.Nodes.Where(n => !IsMove(n)))
        {
            var name = kernels.OperatorOf(node);
            var dequantized = node.Input.Select(input => Behind(input, optimized)).OfType<NodeProto>().Where(p => p.OpType == "DequantizeLinear").ToArray();
            if (dequantized.Any(d => optimized.IsInitializer(d.Input[0])) && node.OpType is "Conv" or "FusedConv" or "ConvTranspose" or "Gemm" or "FusedGemm" or "MatMul" or "FusedMatMul")
                yield return new("weights-dequantized-at-run-time", name,
                    $"computes in float ({KernelMap.NameOf(node)}) and converts its int8 weights on every run, which is slower than the float model. Keep it in float with `ignored.scope`."
                    + (node.OpType is "Gemm" or "FusedGemm" ? " A matrix product with a bias needs a quantizer after it to run in int8." : ""));
            else if (dequantized.Length > 0 && node.Output.Any(output => IsQuantized(output, optimized)))
                yield return Between(node, name);
        }
    }

    /// <summary>In the choice of layers, whichever kernels they get.</summary>
    public static IEnumerable<InspectionWarning> Of(IEnumerable<QuantizedLayer> layers, OnnxGraph graph)
    {
        foreach (var layer in layers.Where(l => l.OperatorType == "Conv" && l.Weights is { IsDepthwise: false }))
        {
            graph.TryGetConstant(layer.Weights!.Tensor, out var weights);
            var groups = graph.Nodes.First(n => n.Name == layer.Name).Int("group", 1);
            if (groups > 1)
                yield return new("grouped-convolution", layer.Name, $"is a convolution of {groups} groups, whose int8 kernel alone is slower than the float one; it pays only among int8 layers. If latency is too high, try it in float with `ignored.scope`.");
            else if (weights!.Dims[1] <= FewChannels && graph.IsInput(layer.Inputs[0]))
                yield return new("first-convolution", layer.Name, $"reads {weights.Dims[1]} channels, which is too few for the int8 kernel to be faster than the float one. If latency is too high, try it in float with `ignored.scope`.");
        }
    }

    /// <summary>Conversions, and what only moves values: the runtime puts them between a DequantizeLinear and the operator that it is for.</summary>
    private static bool IsMove(NodeProto node) => node.OpType is "QuantizeLinear" or "DequantizeLinear" or "ReorderInput" or "ReorderOutput" or "Transpose" or "Reshape";

    private static NodeProto? Behind(string tensor, OnnxGraph graph)
    {
        var maker = graph.Producer(tensor);
        while (maker is { OpType: not "DequantizeLinear" } && IsMove(maker))
            maker = graph.Producer(maker.Input[0]);
        return maker;
    }

    private static bool IsQuantized(string tensor, OnnxGraph graph) =>
        graph.Consumers(tensor).Any(n => n.OpType == "QuantizeLinear" || (n.OpType != "DequantizeLinear" && IsMove(n) && IsQuantized(n.Output[0], graph)));

    private static InspectionWarning Between(NodeProto node, string name) => node.OpType switch
    {
        "AveragePool" => new("average-pool", name, "runs in float between conversions, since the int8 kernel is slower still. Where the model can be changed, GlobalAveragePool and convolutions with a stride are fast in int8."),
        _ when Activations.Contains(node.OpType) => new("standalone-activation", name, $"({node.OpType}) runs in float between conversions, which cost more than it does. Where the model can be changed, Relu or Relu6 right behind a convolution cost nothing in int8."),
        _ => new("unfused", name, $"({KernelMap.NameOf(node)}) runs in float between a DequantizeLinear and a QuantizeLinear. If latency is too high, keep its neighbours in float with `ignored.scope`."),
    };
}
