using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Quantization.Preparation;

/// <summary>
/// Multiplies a BatchNormalization that no layer before it could take into the convolution behind it: W (s x + t) + b = (W s) x + (W t + b).
/// Exact only without padding, which is zero after the normalization and not before it.
/// </summary>
internal static class ForwardFusion
{
    public static void Apply(OnnxGraph graph)
    {
        foreach (var node in graph.Nodes.ToArray())
            if (node.OpType == "BatchNormalization" && node.Domain is "" or "ai.onnx" && LinearLayer.SoleReader(graph, node.Output[0]) is { OpType: "Conv", Domain: "" or "ai.onnx" } conv)
                Fuse(graph, node, conv);
    }

    private static void Fuse(OnnxGraph graph, NodeProto normalization, NodeProto conv)
    {
        if (conv.Input[0] != normalization.Output[0] || conv.Input.Count(i => i == normalization.Output[0]) != 1 || Pads(conv)
            || !graph.TryGetConstant(conv.Input[1], out var tensor) || !tensor.IsFloat() || tensor.Dims.Count < 3 || tensor.Dims.Contains(0))
            return;
        var (outputs, perGroup) = ((int)tensor.Dims[0], (int)tensor.Dims[1]);
        var groups = conv.Int("group", 1);
        if (groups < 1 || outputs % groups != 0 || perGroup * groups > int.MaxValue)
            return;
        var hasBias = conv.Input.Count > 2 && conv.Input[2].Length > 0;
        var bias = hasBias ? ChannelAffine.PerChannel(graph, conv.Input[2], 1, 0, outputs) : new double[outputs];
        if (bias is null || ChannelAffine.BatchNormalization(graph, normalization, perGroup * (int)groups) is not { } affine)
            return;

        var weight = tensor.ToFloats();
        var kernel = weight.Length / outputs / perGroup;
        for (var i = 0; i < weight.Length; i++)
        {
            var output = i / kernel / perGroup;
            var input = (output / (outputs / (int)groups) * perGroup) + (i / kernel % perGroup);
            bias[output] += weight[i] * affine.Shift[input];
            weight[i] = (float)(weight[i] * affine.Scale[input]);
        }
        float[] newBias = [.. bias.Select(b => (float)b)];
        if (!weight.All(float.IsFinite) || !newBias.All(float.IsFinite))
            return;
        Weights.Replace(graph, conv, 1, weight);
        Weights.SetOrAdd(graph, conv, 2, newBias);
        graph.SetInput(conv, 0, normalization.Input[0]);
        graph.Remove(normalization);
    }

    private static bool Pads(NodeProto conv) =>
        conv.Text("auto_pad", "NOTSET") is not ("NOTSET" or "VALID") || (conv.Ints("pads")?.Any(p => p != 0) ?? false);
}
