using System.Collections.Immutable;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Quantization.Preparation;

/// <summary>
/// Spells every mean over the whole picture GlobalAveragePool, of which runtimes have an int8 kernel and a float one in the layout of convolutions. Exporters write it as AveragePool with a kernel as large as its
/// input or as ReduceMean over the spatial axes, too (ONNX operators AveragePool and ReduceMean); all three divide the sum of the same values by their number.
/// </summary>
internal static class GlobalPooling
{
    /// <summary>Two spatial axes at least: the mean over the last of three axes is mostly that of a layer normalization, which runtimes know by its ReduceMean.</summary>
    private const int FewestAxes = 4;

    /// <returns>The nodes as the model had them, by their name.</returns>
    public static ImmutableDictionary<string, NodeProto> Apply(OnnxGraph graph, TensorCatalogue tensors)
    {
        var asWritten = ImmutableDictionary.CreateBuilder<string, NodeProto>(StringComparer.Ordinal);
        foreach (var node in graph.Nodes.ToArray())
        {
            if (node.Domain is not ("" or "ai.onnx") || node.Input.Count == 0 || !tensors.IsFloat(node.Input[0]) || tensors.Shape(node.Input[0]) is not { Count: >= FewestAxes } shape)
                continue;
            var isMean = node.OpType == "ReduceMean" && CoversPicture(graph, node, shape.Count);
            if (!isMean && !(node.OpType == "AveragePool" && CoversPicture(node, shape, tensors.Shape(node.Output[0]))))
                continue;
            asWritten[node.Name] = node.Clone();
            var dropsAxes = isMean && node.Int("keepdims", 1) == 0;
            if (isMean && node.Input.Count > 1)
            {
                graph.SetInput(node, 1, "");
                node.Input.RemoveAt(1);
            }
            (node.OpType, var output) = ("GlobalAveragePool", node.Output[0]);
            node.Attribute.Clear();
            if (!dropsAxes)
                continue;
            graph.SetOutput(node, 0, graph.UniqueName($"{output}_pooled"));
            graph.Add(NodeAttributes.Node("Flatten", graph.UniqueName($"{node.Name}_flatten"), [node.Output[0]], output));
        }
        return asWritten.ToImmutable();
    }

    /// <summary>With one position and neither padding nor gaps a kernel of the picture's extents sees each value once.</summary>
    private static bool CoversPicture(NodeProto pool, IReadOnlyList<int> shape, IReadOnlyList<int>? output) =>
        pool.Ints("kernel_shape") is { } kernel && kernel.SequenceEqual(shape.Skip(2).Select(e => (long)e)) && output is not null && output.Skip(2).All(e => e == 1)
        && (pool.Text("auto_pad", "NOTSET") != "NOTSET" || (pool.Ints("pads")?.All(p => p == 0) ?? true)) && (pool.Ints("dilations")?.All(d => d == 1) ?? true);

    /// <summary>The axes are an attribute before opset 18, and an input since.</summary>
    private static bool CoversPicture(OnnxGraph graph, NodeProto mean, int rank)
    {
        var axes = mean.Input.Count > 1 && mean.Input[1].Length > 0 ? graph.TryGetConstant(mean.Input[1], out var constant) ? constant.ToInt64s() : null : mean.Ints("axes");
        return axes?.Select(a => a < 0 ? a + rank : a).Order().SequenceEqual(Enumerable.Range(2, rank - 2).Select(a => (long)a)) ?? false;
    }
}
