using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Scaling;

namespace QuantizeTasks.Quantization.Writing;

/// <summary>Turns quantized weights and a bias into the constants of the written model.</summary>
internal sealed class LayerEncoder(TensorNames names)
{
    /// <param name="layer">The layer.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="bias">Its bias, corrected; null when it has none.</param>
    /// <param name="input">Scale of the activation that it reads.</param>
    public EncodedLayer Encode(QuantizedLayer layer, QuantizedWeights weights, double[]? bias, TensorScale input)
    {
        var (values, isVector) = (weights.Float, weights.IsPerChannel);
        var scales = isVector ? weights.Scales : weights.Scales[..1];
        long[] dims = isVector ? [values.Channels] : [];
        var (weightsName, biasName) = (names.Derive(layer.Name, "weights"), names.Derive(layer.Name, "bias"));
        var encoded = new EncodedLayer(
            TensorData.Int8s(weightsName, weights.Stored, values.Dims),
            TensorData.Floats(names.Derive(weightsName, "scale"), [.. scales.Select(s => s.Scale)], dims),
            TensorData.Int8s(names.Derive(weightsName, "zero_point"), [.. scales.Select(s => (sbyte)s.ZeroPoint)], dims),
            null, null, null, isVector ? layer.Weights!.Axis : null);
        if (bias is null)
            return encoded;
        if (!layer.HasIntegerBias)
            return encoded with { Bias = TensorData.Floats(biasName, [.. bias.Select(b => (float)b)], values.Channels) };
        // Float products, as the runtime computes them when it checks that the bias fits the convolution.
        float[] biasScales = [.. scales.Select(s => input.Scale * s.Scale)];
        var integers = new int[values.Channels];
        for (var i = 0; i < integers.Length; i++)
            integers[i] = (int)Math.Clamp(Math.Round(bias[i] / biasScales[isVector ? i : 0], MidpointRounding.ToEven), int.MinValue, int.MaxValue);
        return encoded with
        {
            Bias = TensorData.Int32s(biasName, integers, values.Channels),
            BiasScales = TensorData.Floats(names.Derive(biasName, "scale"), biasScales, dims),
            BiasZeroPoints = TensorData.Int32s(names.Derive(biasName, "zero_point"), new int[scales.Length], dims),
        };
    }
}
