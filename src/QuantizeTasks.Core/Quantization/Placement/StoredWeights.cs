using System.Collections.Immutable;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Preparation;

namespace QuantizeTasks.Quantization.Placement;

/// <summary>Finds the weights that can be stored in int8 although their operator computes in float.</summary>
internal static class StoredWeights
{
    /// <summary>Fewer values are not worth the scales and nodes that go with them.</summary>
    private const int FewestValues = 1024;

    /// <param name="prepared">The float model.</param>
    /// <param name="others">Operators to leave alone: those in int8, and those that are not to be changed.</param>
    /// <returns>In graph order.</returns>
    public static ImmutableArray<StoredLayer> Find(PreparedModel prepared, Func<string, bool> others)
    {
        var graph = prepared.Model.Graph;
        return
        [
            .. graph.Nodes.Where(n => n.Domain is "" or "ai.onnx" && !others(n.Name))
                .Select(n => new StoredLayer(n.Name, n.OpType, [.. Operands(n, graph).Where(t => IsWorthwhile(t, graph))])).Where(l => !l.Tensors.IsEmpty),
        ];
    }

    /// <summary>The constant operands that are weights, with their axis of output channels; for an embedding that of the rows.</summary>
    private static IEnumerable<StoredTensor> Operands(NodeProto node, OnnxGraph graph) => node.OpType switch
    {
        "Conv" => [new(1, node.Input[1], 0)],
        // (input, output / group, ...): ONNX operator ConvTranspose.
        "ConvTranspose" => [new(1, node.Input[1], 1)],
        "Gemm" => [new(0, node.Input[0], node.Int("transA", 0) != 0 ? 1 : 0), new(1, node.Input[1], node.Int("transB", 0) != 0 ? 0 : 1)],
        "MatMul" => [new(0, node.Input[0], Rank(graph, node.Input[0]) - 2), new(1, node.Input[1], Rank(graph, node.Input[1]) - 1)],
        // (directions, gates * hidden size, input or hidden size).
        "LSTM" or "GRU" or "RNN" => [new(1, node.Input[1], 1), new(2, node.Input[2], 1)],
        "Gather" when node.Int("axis", 0) == 0 => [new(0, node.Input[0], 0)],
        "Einsum" => node.Input.Select((tensor, input) => new StoredTensor(input, tensor, Rank(graph, tensor) - 1)),
        _ => [],
    };

    private static bool IsWorthwhile(StoredTensor stored, OnnxGraph graph) => graph.TryGetConstant(stored.Tensor, out var value) && value.IsFloat()
        && value.Dims.Count >= 2 && stored.Axis >= 0 && stored.Axis < value.Dims.Count && value.Length() >= FewestValues && value.Length() >= 8 * value.Dims[stored.Axis];

    private static int Rank(OnnxGraph graph, string tensor) => graph.TryGetConstant(tensor, out var value) ? value.Dims.Count : 0;
}
