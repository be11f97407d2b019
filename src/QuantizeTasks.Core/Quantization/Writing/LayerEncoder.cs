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
        // The kernels take a first operand of the sort that activations have, whichever operand is constant: the same weights, moved up into the unsigned range.
        var isUnsigned = layer.Weights!.Input == 0 && !input.Type.IsSigned();
        var (type, shift) = isUnsigned ? (QuantizedType.UInt8, 128) : (QuantizedType.Int8, 0);
        long[] storedDims = layer.Weights.IsStackOfOne ? values.Dims[^2..] : values.Dims;
        var encoded = new EncodedLayer(
            isUnsigned ? TensorData.UInt8s(weightsName, [.. weights.Stored.Select(w => (byte)(w + shift))], storedDims) : TensorData.Int8s(weightsName, weights.Stored, storedDims),
            TensorData.Floats(names.Derive(weightsName, "scale"), [.. scales.Select(s => s.Scale)], dims),
            TensorData.Integers(names.Derive(weightsName, "zero_point"), (int)type, [.. scales.Select(s => s.ZeroPoint + shift)], dims),
            null, null, null, isVector ? layer.Weights.Axis - values.Dims.Length + storedDims.Length : null);
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
