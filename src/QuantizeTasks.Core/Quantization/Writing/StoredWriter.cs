using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Placement;
using DataType = QuantizeTasks.Onnx.Proto.TensorProto.Types.DataType;

namespace QuantizeTasks.Quantization.Writing;

/// <summary>
/// Writes operators that compute in float with weights stored in int8. Dequantizing is spelled Cast and Mul, which computes the same as DequantizeLinear with zero point 0:
/// ONNX Runtime folds these when it loads the model, so that the operator has its fast float kernel, while it keeps a DequantizeLinear and runs it every time (ConstantFolding
/// leaves it for the Q/DQ fusions), or makes MatMulNBits of it, which rounds the activations too.
/// </summary>
internal sealed class StoredWriter(StoredConstants constants, TensorNames names, WrittenGraph graph)
{
    private readonly RecurrentWriter _recurrent = new(constants.Recurrent, graph);

    /// <summary>Makes a node read its weights from int8, and appends it.</summary>
    public void Append(NodeProto node, StoredLayer layer)
    {
        if (layer.IsDynamic)
        {
            _recurrent.Append(node);
            return;
        }
        if (node.OpType == "Gather")
        {
            AppendEmbedding(node, layer.Tensors[0]);
            return;
        }
        foreach (var stored in layer.Tensors)
        {
            var (values, scales) = constants.Of(stored);
            var output = names.Derive(values.Name, "dequantized");
            if (graph.TryAdd(values))
            {
                graph.Add(scales);
                Dequantize(values.Name, values.Name, scales.Name, output);
            }
            node.Input[stored.Input] = output;
        }
        graph.Add(node);
    }

    /// <summary>An embedding reads rows of integers and their scales: only what was read is dequantized, at run time.</summary>
    private void AppendEmbedding(NodeProto gather, StoredTensor table)
    {
        var (values, scales) = constants.Of(table);
        graph.Add(values);
        graph.Add(scales);
        var (output, rows, rowScales) = (gather.Output[0], names.Derive(gather.Output[0], "int8"), names.Derive(gather.Output[0], "scale"));
        var scaleGather = gather.Clone();
        (scaleGather.Name, scaleGather.Input[0], scaleGather.Output[0]) = (names.Derive(gather.Name, "scale"), scales.Name, rowScales);
        (gather.Input[0], gather.Output[0]) = (values.Name, rows);
        graph.Add(gather);
        graph.Add(scaleGather);
        Dequantize(gather.Name, rows, rowScales, output);
    }

    private void Dequantize(string owner, string values, string scales, string output)
    {
        var floats = names.Derive(output, "unscaled");
        graph.Add(NodeAttributes.Node("Cast", names.Derive(owner, "cast"), [values], floats).With("to", (long)DataType.Float));
        graph.Add(NodeAttributes.Node("Mul", names.Derive(owner, "scaling"), [floats, scales], output));
    }
}
