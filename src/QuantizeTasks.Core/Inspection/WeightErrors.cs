using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization.Placement;

namespace QuantizeTasks.Inspection;

/// <summary>How well a layer's stored integers stand for its weights. Needs no data.</summary>
internal static class WeightErrors
{
    /// <summary>Signal to noise ratio in dB; null for a layer without int8 weights in Q/DQ form. Infinite when the integers are exact.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="original">The float model.</param>
    /// <param name="written">The int8 model.</param>
    public static double? Decibels(QuantizedLayer layer, OnnxGraph original, OnnxGraph written)
    {
        if (layer.Weights is not { } weights || !original.TryGetConstant(weights.Tensor, out var tensor)
            || written.Nodes.FirstOrDefault(n => n.Name == layer.Name) is not { Input.Count: > 1 } node
            || written.Producer(node.Input[1]) is not { OpType: "DequantizeLinear" } dequantize
            || !written.TryGetConstant(dequantize.Input[0], out var stored) || !written.TryGetConstant(dequantize.Input[1], out var scale))
            return null;
        var (values, integers, scales) = (tensor.ToFloats(), stored.ToInt64s(), scale.ToFloats());
        if (values.Length != integers.Length)
            return null;
        var zeros = dequantize.Input.Count > 2 && written.TryGetConstant(dequantize.Input[2], out var zero) ? zero.ToInt64s() : new long[scales.Length];
        // One scale, or one for each index along the axis (ONNX operator DequantizeLinear).
        var axis = scales.Length == 1 ? 0 : (int)dequantize.Int("axis", 1);
        var stride = stored.Dims.Skip(axis + 1).Aggregate(1L, (product, extent) => product * extent);
        var (signal, noise) = (0.0, 0.0);
        for (var i = 0; i < values.Length; i++)
        {
            var channel = scales.Length == 1 ? 0 : (int)(i / stride % scales.Length);
            var difference = values[i] - ((integers[i] - zeros[channel]) * (double)scales[channel]);
            signal += (double)values[i] * values[i];
            noise += difference * difference;
        }
        return 10 * Math.Log10(signal / noise);
    }
}
