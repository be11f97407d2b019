namespace QuantizeTasks.Metrics;

/// <summary>The aggregate of metrics that are means of per-sample values. Added up in data-set order, so always the same bits; a NaN stays.</summary>
internal static class Mean
{
    public static double Of(IReadOnlyList<double[]> contributions)
    {
        var sum = 0.0;
        foreach (var contribution in contributions)
            sum += contribution[0];
        return sum / contributions.Count;
    }
}
