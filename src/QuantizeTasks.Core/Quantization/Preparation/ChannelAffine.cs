using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Quantization.Preparation;

/// <summary>y = scale[c] x + shift[c] for every channel c, in double so that several can be multiplied out with one rounding.</summary>
internal sealed record ChannelAffine(double[] Scale, double[] Shift)
{
    /// <summary>
    /// The factors of a node that does this to <paramref name="input"/>, a tensor of <paramref name="rank"/> axes whose axis <paramref name="axis"/>
    /// has an extent of <paramref name="channels"/>; null for any other node.
    /// </summary>
    public static ChannelAffine? Of(OnnxGraph graph, NodeProto node, string input, int rank, int axis, int channels)
    {
        if (node.Domain is not ("" or "ai.onnx"))
            return null;
        if (node.OpType == "BatchNormalization")
            return axis == 1 && node.Input[0] == input ? BatchNormalization(graph, node, channels) : null;
        if (node.OpType is not ("Add" or "Sub" or "Mul" or "Div") || node.Input.Count(i => i == input) != 1)
            return null;
        var first = node.Input[0] == input;
        if (PerChannel(graph, node.Input[first ? 1 : 0], rank, axis, channels) is not { } c)
            return null;
        return (node.OpType, first) switch
        {
            ("Add", _) => new(Fill(channels, 1), c),
            ("Sub", true) => new(Fill(channels, 1), [.. c.Select(v => -v)]),
            ("Sub", false) => new(Fill(channels, -1), c),
            ("Mul", _) => new(c, Fill(channels, 0)),
            ("Div", true) => new([.. c.Select(v => 1 / v)], Fill(channels, 0)),
            _ => null,
        };
    }

    /// <summary>Inference form of BatchNormalization: y = (x - mean) / sqrt(var + epsilon) * scale + B (ONNX operator BatchNormalization).</summary>
    public static ChannelAffine? BatchNormalization(OnnxGraph graph, NodeProto node, int channels)
    {
        if (node.Int("training_mode", 0) != 0 || node.Output.Skip(1).Any(o => o.Length > 0))
            return null;
        var parameters = new double[4][];
        for (var i = 0; i < 4; i++)
        {
            if (!graph.TryGetConstant(node.Input[i + 1], out var tensor) || !tensor.IsFloat())
                return null;
            parameters[i] = tensor.ToDoubles();
            if (parameters[i].Length != channels)
                return null;
        }
        var epsilon = node.Float("epsilon", 1e-5f);
        var scale = new double[channels];
        var shift = new double[channels];
        for (var c = 0; c < channels; c++)
        {
            scale[c] = parameters[0][c] / Math.Sqrt(parameters[3][c] + epsilon);
            shift[c] = parameters[1][c] - (parameters[2][c] * scale[c]);
        }
        return new(scale, shift);
    }

    /// <summary>A value per channel, when the constant is one number or broadcasts along all axes but the channel's, and does not add axes.</summary>
    public static double[]? PerChannel(OnnxGraph graph, string tensor, int rank, int axis, int channels)
    {
        if (!graph.TryGetConstant(tensor, out var constant) || !constant.IsFloat() || constant.Dims.Count > rank)
            return null;
        var values = constant.ToDoubles();
        if (values.Length == 1)
            return Fill(channels, values[0]);
        var offset = rank - constant.Dims.Count;
        for (var i = 0; i < constant.Dims.Count; i++)
            if (constant.Dims[i] != (i + offset == axis ? channels : 1))
                return null;
        return values.Length == channels ? values : null;
    }

    private static double[] Fill(int count, double value)
    {
        var values = new double[count];
        Array.Fill(values, value);
        return values;
    }
}
