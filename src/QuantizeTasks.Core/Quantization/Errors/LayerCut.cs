using System.Collections.Immutable;
using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;
using DataType = QuantizeTasks.Onnx.Proto.TensorProto.Types.DataType;

namespace QuantizeTasks.Quantization.Errors;

/// <summary>One layer of an int8 model as a model of its own, with the quantizers around it: fed floats, it gives floats, and the kernel between is the one it has in the whole model.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Model">The layer alone; its output has the name of <see cref="QuantizedLayer.Output"/>.</param>
/// <param name="Inputs">For each input of the layer its name in the float model, and the name under which <paramref name="Model"/> is fed it.</param>
internal sealed record LayerCut(QuantizedLayer Layer, OnnxModel Model, ImmutableArray<(string Tensor, string Fed)> Inputs)
{
    /// <param name="layer">A layer that is int8 in the model.</param>
    /// <param name="quantized">The int8 model.</param>
    /// <param name="tensors">Shapes of the float model.</param>
    public static LayerCut Of(QuantizedLayer layer, OnnxModel quantized, TensorCatalogue tensors)
    {
        ImmutableArray<(string Tensor, string Fed)> inputs = [.. layer.Inputs.Select(t => (t, BeforeQuantizing(t, quantized.Graph)))];
        var types = inputs.ToDictionary(p => p.Fed, p => new KnownTensor((int)DataType.Float, tensors.Shape(p.Tensor)), StringComparer.Ordinal);
        return new LayerCut(layer, SubModel.Between(quantized, [.. inputs.Select(p => p.Fed)], [layer.Output], types.GetValueOrDefault), inputs);
    }

    /// <summary>What the QuantizeLinear of a tensor reads. A tensor that an int8 kernel makes is dequantized under its own name; another one is quantized from it.</summary>
    private static string BeforeQuantizing(string tensor, OnnxGraph graph) =>
        graph.Producer(tensor) is { OpType: "DequantizeLinear" } dequantize && graph.Producer(dequantize.Input[0]) is { OpType: "QuantizeLinear" } quantize ? quantize.Input[0] : tensor;
}
