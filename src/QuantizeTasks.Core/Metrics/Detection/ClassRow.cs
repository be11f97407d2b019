namespace QuantizeTasks.Metrics;

/// <summary>Which classes of a row of scores become detections.</summary>
/// <param name="IsMultiLabel">Every class, each a detection of its own; otherwise the best one.</param>
/// <param name="Background">A class that is none; null without.</param>
internal sealed record ClassRow(bool IsMultiLabel, int? Background)
{
    public static ClassRow Read(MetricParameters parameters) => new(parameters.OneOf("multi_label", "true", "true", "false") == "true", parameters.Integer("background", 0, 1 << 20));

    /// <summary>The classes with their scores. A NaN among them is one of them.</summary>
    public IEnumerable<(int Class, double Score)> Of(double[] scores)
    {
        var best = -1;
        for (var c = 0; c < scores.Length; c++)
        {
            if (c == Background && !double.IsNaN(scores[c]))
                continue;
            if (IsMultiLabel || double.IsNaN(scores[c]))
                yield return (c, scores[c]);
            else if (best < 0 || scores[c] > scores[best])
                best = c;
        }
        if (!IsMultiLabel && best >= 0)
            yield return (best, scores[best]);
    }

    public override string ToString() => $"multi={IsMultiLabel} background={Background}";
}
