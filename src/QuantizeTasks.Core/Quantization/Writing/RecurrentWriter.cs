using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Quantization.Writing;

/// <summary>
/// Writes an LSTM as ONNX Runtime's DynamicQuantizeLSTM: floats in and out, int8 weights, and activations whose range the kernel finds anew, once for the whole input and in each step for the
/// hidden state (onnxruntime/docs/ContribOperators.md; the inputs as in onnxruntime/python/tools/quantization/operators/lstm.py).
/// </summary>
internal sealed class RecurrentWriter(RecurrentConstants constants, WrittenGraph graph)
{
    /// <summary>Inputs of an LSTM up to the peephole weights; the scales and zero points follow them.</summary>
    private const int InputsOfLstm = 8;

    public void Append(NodeProto node)
    {
        while (node.Input.Count < InputsOfLstm)
            node.Input.Add("");
        foreach (var input in (int[])[1, 2])
        {
            var (values, scales, zeroPoints) = constants.Of(node.Input[input]);
            foreach (var constant in (TensorProto[])[values, scales, zeroPoints])
                graph.TryAdd(constant);
            node.Input[input] = values.Name;
            node.Input.Add(scales.Name);
            node.Input.Add(zeroPoints.Name);
        }
        (node.OpType, node.Domain) = ("DynamicQuantizeLSTM", Domains.Microsoft);
        // Steps first is the only layout that the runtime has on processors, and the int8 kernel does not know the attribute.
        if (node.Find("layout") is { } layout)
            node.Attribute.Remove(layout);
        graph.Add(node);
    }
}
