using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Scaling;

namespace QuantizeTasks.Quantization.Writing;

/// <summary>Turns quantized weights and a bias into the constants of the written model.</summary>
internal sealed class LayerEncoder(TensorNames names)
{
    private readonly Dictionary<string, List<EncodedLayer>> _tied = new(StringComparer.Ordinal);

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
        var (type, shift) = (weights.Scales[0].Type.Bits(), isUnsigned) switch
        {
            (8, true) => (QuantizedType.UInt8, 128),
            (8, false) => (QuantizedType.Int8, 0),
            (_, true) => (QuantizedType.UInt16, 1 << 15),
            _ => (QuantizedType.Int16, 0),
        };
        long[] storedDims = layer.Weights.IsStackOfOne ? values.Dims[^2..] : values.Dims;
        var encoded = new EncodedLayer(
            TensorData.Integers(weightsName, (int)type, [.. weights.Stored.Select(w => w + shift)], storedDims),
            TensorData.Floats(names.Derive(weightsName, "scale"), [.. scales.Select(s => s.Scale)], dims),
            TensorData.Integers(names.Derive(weightsName, "zero_point"), (int)type, [.. scales.Select(s => s.ZeroPoint + shift)], dims),
            null, null, null, isVector ? layer.Weights.Axis - values.Dims.Length + storedDims.Length : null);
        encoded = Tie(layer.Weights.Tensor, encoded);
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

    /// <summary>
    /// Layers that share their float weights share the stored ones as long as these are the same, so that the file holds them once. Corrections that would make them differ leave
    /// such layers alone.
    /// </summary>
    private EncodedLayer Tie(string tensor, EncodedLayer encoded)
    {
        if (!_tied.TryGetValue(tensor, out var others))
            _tied[tensor] = others = [];
        if (others.Find(o => o.Axis == encoded.Axis && AreEqual(o.Weights, encoded.Weights) && AreEqual(o.Scales, encoded.Scales) && AreEqual(o.ZeroPoints, encoded.ZeroPoints)) is { } same)
            return encoded with { Weights = same.Weights, Scales = same.Scales, ZeroPoints = same.ZeroPoints };
        others.Add(encoded);
        return encoded;
    }

    private static bool AreEqual(TensorProto left, TensorProto right) => left.DataType == right.DataType && left.Dims.Equals(right.Dims) && left.RawData.Equals(right.RawData);
}
