using System.Globalization;
using QuantizeTasks.Quantization.Calibration;
using QuantizeTasks.Quantization.Placement;

namespace QuantizeTasks.Quantization.Errors;

/// <summary>Says what int8 is bad at in a layer, from what calibration saw of it and how large its error is.</summary>
/// <param name="calibrated">The model and its statistics.</param>
/// <param name="errors">Errors of the layers asked for.</param>
/// <param name="isPerTensor">Whether all output channels of a weight share one scale.</param>
internal sealed class LossReasons(CalibratedModel calibrated, LocalErrors errors, bool isPerTensor)
{
    /// <summary>
    /// How much larger than its like something must be to be named. One scale for channels that differ 16 times leaves the smaller ones 4 of 8 bits.
    /// </summary>
    private const double Outstanding = 16;

    /// <summary>How much further than the usual sample the widest one must reach.</summary>
    private const double Wide = 4;

    /// <summary>A sentence without a full stop.</summary>
    public string Of(string name)
    {
        if (calibrated.Placement.Layers.FirstOrDefault(l => l.Name == name) is not { } layer)
            return "its weights were stored in int8, and it computes in float";
        var reasons = new List<string>();
        if (isPerTensor && layer.Weights is { } weights && Spread(ChannelPeaks(weights, layer)) is { Ratio: >= Outstanding } peaks)
            reasons.Add(Text($"one scale for weights whose output channel {peaks.Channel} is {peaks.Ratio:F0} times as large as the median one"));
        foreach (var input in layer.Inputs)
        {
            if (calibrated.Statistics.Tensors.TryGetValue(input, out var seen))
                reasons.AddRange(OfInput(input, seen, layer));
        }
        if (calibrated.Prepared.Model.Graph.IsOutput(layer.Output))
            reasons.Add("it is the last layer, whose error nothing evens out");
        if (reasons.Count == 0)
            reasons.Add("no single cause was seen");
        if (errors.Find(name) is { } error && double.IsFinite(error.LocalDecibels))
            reasons.Add(Text($"its own error is {error.LocalDecibels:F1} dB below its signal, in the whole int8 model {error.AccumulatedDecibels:F1} dB"));
        return string.Join("; ", reasons);
    }

    private static IEnumerable<string> OfInput(string input, TensorStatistics seen, QuantizedLayer layer)
    {
        if (layer.Weights is { InputChannelAxis: >= 0 } weights && Spread([.. seen.ChannelMeans(weights.InputChannelAxis).Select(Math.Abs)]) is { Ratio: >= Outstanding } means)
            yield return Text($"channel {means.Channel} of its input '{input}' is an outlier: {means.Ratio:F0} times the median channel");
        if (!seen.Series.TryGetValue(Reduction.Minimum, out var minimum) || !seen.Series.TryGetValue(Reduction.Maximum, out var maximum))
            yield break;
        var (usual, widest) = (maximum.Means[0] - minimum.Means[0], seen.Maximum - seen.Minimum);
        if (usual > 0 && widest >= Wide * usual)
            yield return Text($"the range of its input '{input}' is wide or clipped: the samples together reach {widest / usual:F1} times as far as one does on average");
    }

    private double[] ChannelPeaks(LayerWeights weights, QuantizedLayer layer)
    {
        if (!calibrated.Prepared.Model.Graph.TryGetConstant(weights.Tensor, out var tensor))
            return [];
        var values = new WeightValues(weights, tensor, layer.OperatorType == "Conv");
        var peaks = new double[values.Channels];
        for (var i = 0; i < values.Values.Length; i++)
            peaks[values.OutputChannel(i)] = Math.Max(peaks[values.OutputChannel(i)], Math.Abs(values.Values[i]));
        return peaks;
    }

    /// <summary>The largest against the median; null when there is no telling.</summary>
    private static (int Channel, double Ratio)? Spread(double[] channels)
    {
        if (channels.Length < 4)
            return null;
        var (largest, median) = (channels.Max(), channels.Order().ElementAt(channels.Length / 2));
        return median > 0 ? (Array.IndexOf(channels, largest), largest / median) : null;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
