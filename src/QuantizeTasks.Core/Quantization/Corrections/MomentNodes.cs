using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Quantization.Corrections;

/// <summary>The nodes that compute, for one run, the second moments and the means of what a layer's weights are multiplied with.</summary>
/// <param name="Products">Sums over positions, [rows, blocks, size, size].</param>
/// <param name="Sums">Sums over positions, [rows, blocks, size, 1].</param>
/// <param name="Columns">The shape [rows, blocks, size, positions].</param>
internal sealed record MomentNodes(string Products, string Sums, string Columns)
{
    /// <summary>Adds them at the end of the graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="shape">Its blocks.</param>
    /// <param name="step">Every how many positions.</param>
    public static MomentNodes Add(OnnxGraph graph, NodeProto layer, MomentShape shape, int step)
    {
        var columns = layer.OpType == "Conv"
            ? Reshape(graph, Patches(graph, layer, step), 0, shape.Blocks, shape.Size, -1)
            : Reshape(graph, Rows(graph, layer, shape, step), 1, shape.Blocks, shape.Size, -1);
        var rows = Transpose(graph, columns, 0, 1, 3, 2);
        return new(
            Append(graph, "MatMul", [columns, rows]),
            Append(graph, "ReduceSum", [columns, Constant(graph, columns, 3)], n => n.With("keepdims", 1L)),
            Append(graph, "Shape", [columns]));
    }

    /// <summary>What lies under the kernel at each position, as channels: a convolution with the same geometry that picks every tap of every channel.</summary>
    private static string Patches(OnnxGraph graph, NodeProto layer, int step)
    {
        graph.TryGetConstant(layer.Input[1], out var weights);
        var channels = weights!.Dims[1] * layer.Int("group", 1);
        var taps = (int)(weights.Length() / weights.Dims[0] / weights.Dims[1]);
        var picks = new float[channels * taps * taps];
        for (var i = 0; i < channels * taps; i++)
            picks[(i * taps) + (i % taps)] = 1;
        // Padding that follows from the stride would be another one.
        var every = layer.Text("auto_pad", "NOTSET") is "NOTSET" or "VALID" ? step : 1;
        long[] strides = [.. (layer.Ints("strides") ?? Enumerable.Repeat(1L, weights.Dims.Count - 2)).Select(stride => stride * every)];
        var name = graph.UniqueName($"{layer.Name}/taps");
        graph.AddInitializer(TensorData.Floats(name, picks, [channels * taps, 1, .. weights.Dims.Skip(2)]));
        return Append(graph, "Conv", [layer.Input[0], name], node =>
        {
            node.Attribute.AddRange(layer.Attribute.Where(a => a.Name is not ("group" or "strides")).Select(a => a.Clone()));
            node.With("group", channels).With("strides", strides);
        });
    }

    /// <summary>What each row of the product is made of, as columns.</summary>
    private static string Rows(OnnxGraph graph, NodeProto layer, MomentShape shape, int step)
    {
        var columns = layer.Int("transA", 0) != 0 ? layer.Input[0] : Transpose(graph, Reshape(graph, layer.Input[0], -1, shape.Inputs), 1, 0);
        return step == 1 ? columns : Append(graph, "Slice", [columns, Constant(graph, columns, 0), Constant(graph, columns, long.MaxValue), Constant(graph, columns, 1), Constant(graph, columns, step)]);
    }

    private static string Reshape(OnnxGraph graph, string tensor, params long[] shape) => Append(graph, "Reshape", [tensor, Constant(graph, tensor, shape)]);

    private static string Transpose(OnnxGraph graph, string tensor, params long[] order) => Append(graph, "Transpose", [tensor], n => n.With("perm", order));

    private static string Constant(OnnxGraph graph, string owner, params long[] values)
    {
        var name = graph.UniqueName($"{owner}/moments/constant");
        graph.AddInitializer(TensorData.Int64s(name, values, values.Length));
        return name;
    }

    private static string Append(OnnxGraph graph, string operatorType, string[] inputs, Action<NodeProto>? edit = null)
    {
        var name = graph.UniqueName($"{inputs[0]}/{operatorType}");
        var node = NodeAttributes.Node(operatorType, name, inputs, name);
        edit?.Invoke(node);
        graph.Add(node);
        return name;
    }
}
