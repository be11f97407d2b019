namespace QuantizeTasks.Metrics;

/// <summary>No metric of accuracy, but what a classifier answers: a sample contributes the class that is chosen and the probability that the model gives it.</summary>
internal sealed class PredictedClass(string? output) : IMetric
{
    /// <summary>How far from 1 the sum of a model's own probabilities may be.</summary>
    private const double Rounding = 1e-3;

    public string Name => "predicted class";

    public string Definition => $"{Name}/1 output={output}";

    public bool HigherIsBetter => true;

    public bool NeedsLabels => false;

    public bool NeedsReference => false;

    public double[] Observe(in MetricInput input)
    {
        var scores = ClassScores.Vector(input.Output(output), "annotation_free", input.SampleName);
        if (scores.Length < 2)
            throw new Diagnostics.QuantizeException(Diagnostics.DiagnosticCodes.ShapeMismatch, $"annotation_free needs one score per class, but the output of {input.SampleName} has a single value. 'output' of the metric can name another output.");
        if (scores.Any(double.IsNaN))
            return [ClassScores.None, double.NaN];
        var best = Array.IndexOf(scores, scores.Max());
        return [best, Confidence(scores, best)];
    }

    public double PerSample(IReadOnlyList<double> contribution) => contribution[1];

    public double Aggregate(IReadOnlyList<double[]> contributions) => contributions.Average(c => c[1]);

    /// <summary>The output itself where it is a distribution, else its softmax.</summary>
    private static double Confidence(double[] scores, int best) => scores.All(s => s >= 0) && Math.Abs(scores.Sum() - 1) < Rounding
        ? scores[best] : 1 / scores.Sum(s => Math.Exp(s - scores[best]));
}
