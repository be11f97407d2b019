using System.Collections.Immutable;
using System.Runtime.InteropServices;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Calibration;
using QuantizeTasks.Quantization.Preparation;

namespace QuantizeTasks.Quantization.Corrections;

/// <summary>Where the values of a tensor's channels lie, without the rarest: for each channel the medians over samples of a low and of a high quantile.</summary>
/// <param name="Low">One value for each channel.</param>
/// <param name="High">One value for each channel.</param>
internal sealed record ChannelQuantiles(ImmutableArray<double> Low, ImmutableArray<double> High)
{
    /// <summary>Collects them for tensors whose channels are on axis 1, in one pass.</summary>
    /// <param name="prepared">The float model.</param>
    /// <param name="tensors">Which of its tensors.</param>
    /// <param name="outside">The share of a channel's values below <see cref="Low"/>, and of those above <see cref="High"/>.</param>
    /// <param name="passes">Runs the model.</param>
    public static ImmutableArray<ChannelQuantiles> Collect(PreparedModel prepared, ImmutableArray<string> tensors, double outside, ICalibrationPasses passes)
    {
        var probe = prepared.Model.Clone();
        probe.Graph.Proto.Output.Clear();
        probe.Graph.Proto.Output.AddRange(tensors.Select(name => new ValueInfoProto { Name = name }));
        var model = probe.ToBytes();
        var bytes = passes.Remember("channel quantiles/1", model, FormattableString.Invariant($"{outside:R}"), () => ToBytes(Collect(model, tensors, outside, passes)));
        return FromBytes(bytes, tensors.Length);
    }

    /// <summary>A quantile with linear interpolation between the two values around it, as numpy.quantile has it by default.</summary>
    /// <param name="sorted">In ascending order.</param>
    /// <param name="share">In [0, 1].</param>
    public static double Quantile(ReadOnlySpan<float> sorted, double share)
    {
        var position = share * (sorted.Length - 1);
        var below = (int)position;
        return below + 1 == sorted.Length ? sorted[below] : sorted[below] + ((position - below) * ((double)sorted[below + 1] - sorted[below]));
    }

    private static ChannelQuantiles[] Collect(byte[] model, ImmutableArray<string> tensors, double outside, ICalibrationPasses passes)
    {
        var samples = tensors.Select(_ => (Low: new List<float[]>(), High: new List<float[]>())).ToArray();
        foreach (var outputs in passes.Run(model, passes.Samples))
            for (var t = 0; t < tensors.Length; t++)
            {
                var (low, high) = OfSample(outputs[tensors[t]], outside);
                if (!low.All(float.IsFinite) || !high.All(float.IsFinite))
                    throw new QuantizeException(DiagnosticCodes.ValueNotFinite, $"On a calibration sample the tensor '{tensors[t]}' holds a value that is not finite, so it has no range. Check the samples and their preprocessing, or set `channel_alignment: false`.");
                samples[t].Low.Add(low);
                samples[t].High.Add(high);
            }
        return [.. samples.Select(s => new ChannelQuantiles(Medians(s.Low), Medians(s.High)))];
    }

    /// <summary>A sample may be several pictures: a channel's values are those of all of them.</summary>
    private static (float[] Low, float[] High) OfSample(Tensor tensor, double outside)
    {
        var (values, channels) = (tensor.As<float>(), tensor.Shape[1]);
        var plane = values.Length / tensor.Shape[0] / channels;
        var (low, high) = (new float[channels], new float[channels]);
        var channel = new float[values.Length / channels];
        for (var c = 0; c < channels; c++)
        {
            for (var n = 0; n < tensor.Shape[0]; n++)
                values.AsSpan(((n * channels) + c) * plane, plane).CopyTo(channel.AsSpan(n * plane));
            Array.Sort(channel);
            // Array.Sort puts NaN first; it must not hide behind a quantile.
            (low[c], high[c]) = float.IsNaN(channel[0]) ? (float.NaN, float.NaN) : ((float)Quantile(channel, outside), (float)Quantile(channel, 1 - outside));
        }
        return (low, high);
    }

    private static ImmutableArray<double> Medians(List<float[]> samples)
    {
        var column = new float[samples.Count];
        return [.. Enumerable.Range(0, samples[0].Length).Select(c =>
        {
            for (var i = 0; i < column.Length; i++)
                column[i] = samples[i][c];
            Array.Sort(column);
            return Quantile(column, 0.5);
        })];
    }

    private static byte[] ToBytes(ChannelQuantiles[] all)
    {
        double[] values = [.. all.SelectMany(q => q.Low.Concat(q.High).Prepend(q.Low.Length))];
        return MemoryMarshal.AsBytes<double>(values).ToArray();
    }

    private static ImmutableArray<ChannelQuantiles> FromBytes(byte[] bytes, int count)
    {
        var rest = new Queue<double>(MemoryMarshal.Cast<byte, double>(bytes).ToArray());
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            var channels = (int)rest.Dequeue();
            return new ChannelQuantiles(Take(channels), Take(channels));
        })];

        ImmutableArray<double> Take(int channels) => [.. Enumerable.Range(0, channels).Select(_ => rest.Dequeue())];
    }
}
