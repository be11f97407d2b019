using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Metrics;

/// <summary>
/// <c>roc_auc</c>: the area under the ROC curve, which is the probability that a positive sample scores higher than a negative one, ties counting half (Hanley and McNeil 1982). Of a single
/// score with labels 0 and 1; of two scores, by their difference; of more, each class against the rest, averaged over the classes that occur in the labels. With <c>scores: logits</c> the scores go through
/// softmax first, which matters for more than two.
/// A sample contributes its label and its scores, because the value over a set needs all of them: 8 bytes for each class.
/// </summary>
internal sealed class RocAuc : IMetric
{
    /// <summary>What is kept of each sample stays small: 32 KB.</summary>
    private const int MostClasses = 4096;

    private readonly bool _logits;
    private readonly string? _output;

    public RocAuc(MetricParameters parameters)
    {
        _logits = parameters.OneOf("scores", "probabilities", "probabilities", "logits") == "logits";
        _output = parameters.Text("output");
        Definition = $"roc_auc/1 logits={_logits} output={_output}";
    }

    public string Name => "roc_auc";

    public string Definition { get; }

    public bool HigherIsBetter => true;

    public bool NeedsLabels => true;

    public bool NeedsReference => false;

    public double[] Observe(in MetricInput input)
    {
        var scores = ClassScores.Vector(input.Output(_output), Name, input.SampleName);
        if (scores.Length > MostClasses)
            throw new QuantizeException(DiagnosticCodes.ShapeMismatch, $"roc_auc keeps every score of every sample, at most {MostClasses}; the output of {input.SampleName} has {scores.Length}.");
        var label = input.ClassLabel(Name, Math.Max(2, scores.Length));
        return scores.Length switch
        {
            1 => [label, scores[0]],
            2 => [label, scores[1] - scores[0]],
            _ => [label, .. _logits ? Probabilities.OfLogits(scores) : scores],
        };
    }

    /// <summary>By how much the right answer's score is above the others' mean: a sample alone has no curve, but a lower margin is what lowers it.</summary>
    public double PerSample(IReadOnlyList<double> contribution)
    {
        var label = (int)contribution[0];
        if (contribution.Count == 2)
            return label == 1 ? contribution[1] : -contribution[1];
        var right = contribution[1 + label];
        return right - ((contribution.Skip(1).Sum() - right) / (contribution.Count - 2));
    }

    /// <summary>NaN when the labels have one class only: there is nothing to tell it from.</summary>
    public double Aggregate(IReadOnlyList<double[]> contributions)
    {
        if (contributions.Any(c => c.Skip(1).Any(double.IsNaN)))
            return double.NaN;
        if (contributions[0].Length == 2)
            return Area(contributions, 1, 1);
        var labels = contributions.Select(c => (int)c[0]).Distinct().Order().ToArray();
        return labels.Average(c => Area(contributions, 1 + c, c));
    }

    /// <summary>From the rank sum of the positives (Mann and Whitney 1947); equal scores share the mean of their ranks.</summary>
    private static double Area(IReadOnlyList<double[]> contributions, int score, int positive)
    {
        var sorted = contributions.Select(c => (Score: c[score], IsPositive: c[0] == positive)).OrderBy(s => s.Score).ToArray();
        var (rankSum, positives) = (0.0, 0.0);
        for (int start = 0, end; start < sorted.Length; start = end)
        {
            for (end = start; end < sorted.Length && sorted[end].Score == sorted[start].Score; end++)
                positives += sorted[end].IsPositive ? 1 : 0;
            var rank = (start + end + 1) / 2.0;
            for (var i = start; i < end; i++)
                rankSum += sorted[i].IsPositive ? rank : 0;
        }
        return (rankSum - (positives * (positives + 1) / 2)) / (positives * (sorted.Length - positives));
    }
}
