using System.Runtime.InteropServices;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization.Calibration;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Scaling;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Quantization.Corrections;

/// <summary>
/// Layer-wise tuning without gradients (POT: <c>use_layerwise_tuning</c>, where it is fine-tuning by back-propagation): for each layer the integers that change its output least on the
/// calibration data, as <see cref="LeastSquaresRounding"/> finds them, after each output channel's scale was chosen to the same end. What a bias correction takes back is not
/// counted, so it has to come afterwards. The inputs are those of the float model, so layers do not depend on each other and no order matters.
/// </summary>
internal static class LayerwiseTuning
{
    /// <summary>Bytes that the moments of layers tuned in one pass may take; one layer may take more.</summary>
    private const long MomentsPerPass = 256L << 20;

    /// <summary>Passes over the weights of a channel at most, unless the manifest says how many.</summary>
    private const int Sweeps = 8;

    /// <summary>Shares of the plain scale that are tried.</summary>
    private static readonly double[] Shares = [1, 0.975, 0.95, 0.925, 0.9, 0.875, 0.85, 0.825, 0.8, 0.75, 0.7];

    /// <summary>Tuned weights for every layer, by name; those of a product with a constant first operand, of a stack of matrices, or shared by several layers stay as they are.</summary>
    /// <param name="model">The float model.</param>
    /// <param name="weights">The weights rounded to nearest.</param>
    /// <param name="parameters">On how many samples, and how thoroughly.</param>
    /// <param name="passes">Runs models on the calibration samples.</param>
    /// <exception cref="Diagnostics.QuantizeException">A value that is not finite, or the model cannot be run.</exception>
    public static Dictionary<string, QuantizedWeights> Tune(CalibratedModel model, IReadOnlyDictionary<string, QuantizedWeights> weights, DefaultQuantizationParameters parameters, ICalibrationPasses passes)
    {
        // Tied weights, each tuned to its own inputs, would be tied no more, and the file would grow.
        var shared = model.Placement.Layers.Where(l => l.Weights is not null).GroupBy(l => l.Weights!.Tensor, StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => g.Key).ToHashSet(StringComparer.Ordinal);
        var serialized = model.Prepared.Model.Serialize();
        var tuned = new Dictionary<string, QuantizedWeights>(weights, StringComparer.Ordinal);
        int? wished = new[] { parameters.NumSamplesForTuning?.Value, parameters.CalibrationIndicesPool?.Value }.Min();
        var sweeps = parameters.TuningIterations?.Value ?? Sweeps;
        var layers = from layer in model.Placement.Layers
                     where layer.Weights is not null && !shared.Contains(layer.Weights.Tensor)
                     let shape = MomentShape.Of(model.Prepared.Model.Graph, layer, MomentSampling.Rows(model.Prepared, layer, passes.Samples, wished))
                     where shape is not null
                     select (layer, shape);
        foreach (var batch in Batches(layers))
        {
            var sampling = MomentSampling.Choose(model.Prepared, batch, passes.Samples, wished);
            var remembered = passes.Remember("layer-wise tuning/5", serialized, Arguments(batch, weights, sampling, sweeps), () =>
            {
                var moments = InputMoments.Collect(model.Prepared.Model, batch, sampling, passes);
                // Factoring the moments of a layer is for one core, rounding its channels for all.
                return [.. batch.Zip(moments).AsParallel().AsOrdered().Select(p => ToBytes(Tune(weights[p.First.Layer.Name], p.First.Layer, p.Second, sweeps))).AsSequential().SelectMany(bytes => bytes)];
            });
            var rest = remembered.AsSpan();
            foreach (var (layer, _) in batch)
                tuned[layer.Name] = FromBytes(weights[layer.Name], ref rest);
        }
        return tuned;
    }

    private static QuantizedWeights Tune(QuantizedWeights weights, QuantizedLayer layer, InputMoments moments, int sweeps)
    {
        var (shape, isCentered) = (moments.Shape, LayerBias.HasPlace(layer));
        var scales = Scales(weights, moments, isCentered);
        var stored = new short[weights.Stored.Length];
        // The integers in use before: fewer than the type holds where saturation is to be kept from.
        var (low, high) = (weights.Stored.Min(), weights.Stored.Max());
        var channels = weights.Float.Channels / shape.Groups;
        for (var b = 0; b < shape.Blocks; b++)
        {
            var block = new LeastSquaresRounding(moments.Block(b, isCentered), shape.Size, sweeps);
            var (group, start) = (b / shape.BlocksPerGroup, b % shape.BlocksPerGroup * shape.Size);
            Parallel.For(group * channels, (group + 1) * channels, o =>
            {
                var zero = scales[o].ZeroPoint;
                var integers = block.Round(Row(weights, o, start, shape.Size), scales[o].Scale, low - zero, high - zero);
                for (var i = 0; i < integers.Length; i++)
                    stored[weights.Float.Index(o, start + i)] = (short)(integers[i] + zero);
            });
        }
        return weights with { Stored = stored, Scales = scales };
    }

    /// <summary>The share of each channel's scale (or of the common one) with the least error of rounding to nearest, each weight counted by the second moment of its own input.</summary>
    private static TensorScale[] Scales(QuantizedWeights weights, InputMoments moments, bool isCentered)
    {
        var (shape, errors) = (moments.Shape, new double[weights.Float.Channels][]);
        var channels = weights.Float.Channels / shape.Groups;
        var (low, high) = (weights.Stored.Min(), weights.Stored.Max());
        Parallel.For(0, errors.Length, o =>
        {
            var (row, first) = (Row(weights, o, 0, shape.Inputs), o / channels * shape.Inputs);
            var zero = weights.Scales[o].ZeroPoint;
            errors[o] = [.. Shares.Select(share => Error(row, weights.Scales[o].Scale * share, low - zero, high - zero, i => moments.Variance(first + i, isCentered)))];
        });
        int Best(double[] of) => Array.IndexOf(of, of.Min());
        var common = weights.IsPerChannel ? -1 : Best([.. Shares.Select((_, s) => errors.Sum(e => e[s]))]);
        return [.. weights.Scales.Select((scale, o) => scale with { Scale = (float)(scale.Scale * Shares[common < 0 ? Best(errors[o]) : common]) })];
    }

    private static double Error(double[] row, double scale, int low, int high, Func<int, double> importance)
    {
        var sum = 0.0;
        for (var i = 0; i < row.Length; i++)
        {
            var error = row[i] - (Math.Clamp(Math.Round(row[i] / scale, MidpointRounding.ToEven), low, high) * scale);
            sum += importance(i) * error * error;
        }
        return sum;
    }

    private static double[] Row(QuantizedWeights weights, int channel, int start, int count)
    {
        var row = new double[count];
        for (var i = 0; i < count; i++)
            row[i] = weights.Float.Values[weights.Float.Index(channel, start + i)];
        return row;
    }

    private static IEnumerable<List<(QuantizedLayer Layer, MomentShape Shape)>> Batches(IEnumerable<(QuantizedLayer Layer, MomentShape Shape)> layers)
    {
        var (batch, bytes) = (new List<(QuantizedLayer, MomentShape)>(), 0L);
        foreach (var layer in layers)
        {
            var size = layer.Shape.Bytes;
            if (batch.Count > 0 && bytes + size > MomentsPerPass)
            {
                yield return batch;
                (batch, bytes) = ([], 0);
            }
            batch.Add(layer);
            bytes += size;
        }
        if (batch.Count > 0)
            yield return batch;
    }

    private static string Arguments(List<(QuantizedLayer Layer, MomentShape Shape)> batch, IReadOnlyDictionary<string, QuantizedWeights> weights, MomentSampling sampling, int sweeps)
    {
        using var builder = new FingerprintBuilder("layer-wise tuning");
        builder.Add("samples", sampling.Samples).Add("sweeps", sweeps);
        foreach (var ((layer, shape), step) in batch.Zip(sampling.Steps))
            builder.Add("layer", layer.Name).Add("step", step).Add("block", shape.Size).Add("bias", LayerBias.HasPlace(layer)).Add("plain", ToBytes(weights[layer.Name]));
        return builder.Finish();
    }

    private static byte[] ToBytes(QuantizedWeights weights) =>
        [.. MemoryMarshal.AsBytes<float>(weights.Scales.Select(s => s.Scale).ToArray()), .. MemoryMarshal.AsBytes<int>(weights.Scales.Select(s => s.ZeroPoint).ToArray()), .. MemoryMarshal.AsBytes<short>(weights.Stored)];

    private static QuantizedWeights FromBytes(QuantizedWeights plain, ref Span<byte> rest)
    {
        var (count, length) = (plain.Scales.Length, plain.Stored.Length);
        var scales = MemoryMarshal.Cast<byte, float>(rest[..(4 * count)]).ToArray();
        var stored = MemoryMarshal.Cast<byte, short>(rest.Slice(8 * count, 2 * length)).ToArray();
        rest = rest[((8 * count) + (2 * length))..];
        return plain with { Scales = [.. plain.Scales.Select((s, i) => s with { Scale = scales[i] })], Stored = stored };
    }
}
