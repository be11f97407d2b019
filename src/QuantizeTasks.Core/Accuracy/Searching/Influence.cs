namespace QuantizeTasks.Accuracy.Searching;

/// <summary>What single samples do to a metric over all samples.</summary>
internal static class Influence
{
    /// <summary>A metric that is no mean is computed anew for each sample that differs, so only for so many; the ones that differ most.</summary>
    private const int Most = 500;

    /// <summary>By how much the metric over all samples changes when what one of them contributed under a model is replaced by what it contributed under another; by sample, 0 where nothing differs or is known.</summary>
    /// <param name="model">On every sample.</param>
    /// <param name="other">On some or all.</param>
    /// <param name="metric">Position of the metric.</param>
    public static double[] Of(Evaluation model, Evaluation other, int metric)
    {
        var (mine, others) = (model.Metrics[metric].ForVerdict, other.Metrics[metric].ForVerdict);
        var influence = new double[model.Samples.Length];
        if (mine.Metric is IMeanMetric)
        {
            for (var i = 0; i < other.Samples.Length; i++)
                influence[other.Samples[i]] = Finite((others.Contributions[i][0] - mine.Contributions[other.Samples[i]][0]) / influence.Length);
            return influence;
        }
        var (before, now) = (model.Metrics[metric].ForRanking, other.Metrics[metric].ForRanking);
        var differing = Enumerable.Range(0, other.Samples.Length).Where(i => !others.Contributions[i].AsSpan().SequenceEqual(mine.Contributions[other.Samples[i]]))
            .OrderByDescending(i => Math.Abs(Finite(now.Metric.PerSample(now.Contributions[i]) - before.Metric.PerSample(before.Contributions[other.Samples[i]])))).ThenBy(i => i).Take(Most);
        double[][] contributions = [.. mine.Contributions];
        var value = mine.Value;
        foreach (var i in differing)
        {
            var sample = other.Samples[i];
            contributions[sample] = others.Contributions[i];
            influence[sample] = Finite(mine.Metric.Aggregate(contributions) - value);
            contributions[sample] = mine.Contributions[sample];
        }
        return influence;
    }

    private static double Finite(double value) => double.IsFinite(value) ? value : 0;
}
