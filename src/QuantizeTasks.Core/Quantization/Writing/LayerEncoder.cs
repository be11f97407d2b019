using System.Collections.Immutable;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Corrections;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Scaling;

namespace QuantizeTasks.Quantization.Writing;

/// <summary>Turns the constants of a weighted layer into int8 weights and the bias that goes with them.</summary>
internal sealed class LayerEncoder(OnnxGraph graph, TensorNames names, bool isPerChannel, bool correctsBias)
{
    /// <param name="layer">The layer.</param>
    /// <param name="input">Scale of the activation that it reads.</param>
    /// <param name="inputMeans">Mean of each channel of that activation; empty when not known, and then the bias is not corrected.</param>
    public EncodedLayer Encode(QuantizedLayer layer, TensorScale input, ImmutableArray<double> inputMeans)
    {
        var weights = layer.Weights!;
        graph.TryGetConstant(weights.Tensor, out var tensor);
        var values = new WeightValues(weights, tensor!, layer.OperatorType == "Conv");
        var bias = weights.Bias is { } name && graph.TryGetConstant(name, out var constant) ? constant.ToFloats() : null;

        var isIntegerBias = weights.BiasNode is null || weights.BiasNode == layer.Name || weights.IsGemm;
        var scales = Scales(values);
        if (isIntegerBias && bias is not null)
            Widen(scales, bias, input.Scale);
        var quantized = new sbyte[values.Values.Length];
        for (var i = 0; i < quantized.Length; i++)
            quantized[i] = WeightScale.Quantize(values.Values[i], scales[values.OutputChannel(i)]);
        var corrected = Correct(layer, values, bias, quantized, scales, inputMeans);

        var isVector = isPerChannel;
        var stored = isVector ? scales : scales[..1];
        long[] dims = isVector ? [values.Channels] : [];
        var (weightsName, biasName) = (names.Derive(layer.Name, "weights"), names.Derive(layer.Name, "bias"));
        var encoded = new EncodedLayer(
            TensorData.Int8s(weightsName, quantized, values.Dims),
            TensorData.Floats(names.Derive(weightsName, "scale"), stored, dims),
            TensorData.Int8s(names.Derive(weightsName, "zero_point"), new sbyte[stored.Length], dims),
            null, null, null, isVector ? weights.Axis : null);
        if (corrected is null)
            return encoded;
        if (!isIntegerBias)
            return encoded with { Bias = TensorData.Floats(biasName, [.. corrected.Select(b => (float)b)], values.Channels) };
        // Float products, as the runtime computes them when it checks that the bias fits the convolution.
        float[] biasScales = [.. stored.Select(scale => input.Scale * scale)];
        var integers = new int[values.Channels];
        for (var i = 0; i < integers.Length; i++)
            integers[i] = (int)Math.Clamp(Math.Round(corrected[i] / biasScales[isVector ? i : 0], MidpointRounding.ToEven), int.MinValue, int.MaxValue);
        return encoded with
        {
            Bias = TensorData.Int32s(biasName, integers, values.Channels),
            BiasScales = TensorData.Floats(names.Derive(biasName, "scale"), biasScales, dims),
            BiasZeroPoints = TensorData.Int32s(names.Derive(biasName, "zero_point"), new int[stored.Length], dims),
        };
    }

    /// <summary>One scale for each output channel, all equal when there is one for all.</summary>
    private float[] Scales(WeightValues values)
    {
        var magnitudes = new float[isPerChannel ? values.Channels : 1];
        for (var i = 0; i < values.Values.Length; i++)
        {
            ref var magnitude = ref magnitudes[isPerChannel ? values.OutputChannel(i) : 0];
            magnitude = Math.Max(magnitude, Math.Abs(values.Values[i]));
        }
        var scales = WeightScale.FromMagnitudes(magnitudes);
        return isPerChannel ? scales : [.. Enumerable.Repeat(scales[0], values.Channels)];
    }

    /// <summary>
    /// Makes a channel's scale large enough for its bias to fit int32 in units of input scale times weight scale; half of int32's range is left for the sums.
    /// That happens in channels whose weights are almost zero.
    /// </summary>
    private void Widen(float[] scales, float[] bias, float inputScale)
    {
        for (var i = 0; i < scales.Length; i++)
            scales[i] = Math.Max(scales[i], (float)(Math.Abs(bias[i]) / inputScale / (1 << 30)));
        if (!isPerChannel)
            Array.Fill(scales, scales.Max());
    }

    private double[]? Correct(QuantizedLayer layer, WeightValues values, float[]? bias, sbyte[] quantized, float[] scales, ImmutableArray<double> inputMeans)
    {
        double[]? corrected = bias is null ? null : [.. bias.Select(b => (double)b)];
        // A MatMul without a bias would need another node for one.
        if (!correctsBias || inputMeans.Length != values.InputChannels || (bias is null && layer.OperatorType == "MatMul"))
            return corrected;
        var shift = FastBiasCorrection.Shift(values, quantized, scales, inputMeans);
        return corrected is null ? shift : [.. corrected.Zip(shift, (b, s) => b + s)];
    }
}
