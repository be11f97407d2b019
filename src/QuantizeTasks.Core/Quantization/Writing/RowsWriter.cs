using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;

namespace QuantizeTasks.Quantization.Writing;

/// <summary>Puts the rows of a stack of matrices one below the other, around the Gemm that multiplies all of them with one matrix.</summary>
internal sealed class RowsWriter(PreparedModel prepared, VariantPlan plan, TensorNames names, WrittenGraph graph)
{
    /// <summary>The rows of a tensor; the runtime moves the DequantizeLinear that makes it behind the Reshape (QDQPropagation), which then works on integers.</summary>
    /// <param name="tensor">The tensor, dequantized.</param>
    /// <param name="columns">How wide they are.</param>
    public string Of(string tensor, long columns)
    {
        var rows = NameOf(tensor);
        var shape = TensorData.Int64s(names.Derive(rows, "shape"), [-1, columns], 2);
        if (graph.TryAdd(shape))
            graph.Add(NodeAttributes.Node("Reshape", $"{rows}/Reshape", [tensor, shape.Name], rows));
        return rows;
    }

    /// <summary>Appends the Gemm, and the Reshape that makes a stack of its rows again. A quantizer behind that is moved in front of it by the runtime (QDQPropagation).</summary>
    public void Append(NodeProto gemm, LayerWeights weights)
    {
        var output = gemm.Output[0];
        gemm.Output[0] = NameOf(output);
        graph.Add(gemm);
        var shape = TensorData.Int64s(names.Derive(output, "shape"), weights.Stack.AsSpan(), weights.Stack.Length);
        graph.Add(shape);
        graph.Add(NodeAttributes.Node("Reshape", $"{output}/Reshape", [gemm.Output[0], shape.Name], output));
    }

    /// <summary>
    /// Leaves a Relu or Clip out when the quantizer behind it clamps as much. The runtime does so as well (ReluQuantFusion, ClipQuantFusion), but too late to move that quantizer to the Gemm.
    /// </summary>
    /// <returns>False when there is no such quantizer.</returns>
    public bool TryLeaveOut(NodeProto activation, QuantizedLayer layer)
    {
        if (activation.OpType is not ("Relu" or "Clip") || !plan.TryGetQuantized(layer.Output, out var tensor) || !QuantizedRange.Implies(tensor.Scale, activation, prepared.Model.Graph))
            return false;
        graph.Nodes[^1].Output[0] = activation.Output[0];
        return true;
    }

    private string NameOf(string tensor) => names.Derive(tensor, "rows");
}
