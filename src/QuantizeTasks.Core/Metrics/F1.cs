namespace QuantizeTasks.Metrics;

/// <summary>
/// <c>f1</c>: 2 tp / (2 tp + fp + fn), as scikit-learn's f1_score. With several scores the prediction is the largest one and <c>average</c> is <c>macro</c> (the default: the mean over the
/// classes that occur in labels or predictions) or <c>micro</c> (counts of all classes added up first). With a single score the prediction is whether it is above
/// <c>threshold</c> (default 0.5), the labels are 0 and 1, and the value is that of class 1. 0 where there is nothing to count (zero_division=0).
/// A sample contributes its prediction, its label and the number of scores.
/// </summary>
internal sealed class F1 : IMetric
{
    private readonly bool _macro;
    private readonly double _threshold;
    private readonly string? _output;

    public F1(MetricParameters parameters)
    {
        _macro = parameters.OneOf("average", "macro", "macro", "micro") == "macro";
        _threshold = parameters.Number("threshold") ?? 0.5;
        _output = parameters.Text("output");
        Definition = FormattableString.Invariant($"f1/1 macro={_macro} threshold={_threshold:R} output={_output}");
    }

    public string Name => "f1";

    public string Definition { get; }

    public bool HigherIsBetter => true;

    public bool NeedsLabels => true;

    public bool NeedsReference => false;

    public double[] Observe(in MetricInput input)
    {
        var scores = ClassScores.Vector(input.Output(_output), Name, input.SampleName);
        var label = input.ClassLabel(Name, Math.Max(2, scores.Length));
        return [Predict(scores), label, scores.Length];
    }

    /// <summary>1 when the prediction is right, else 0: the F1 of one sample says nothing of a rightly predicted negative.</summary>
    public double PerSample(IReadOnlyList<double> contribution) => double.IsNaN(contribution[0]) ? double.NaN : contribution[0] == contribution[1] ? 1 : 0;

    public double Aggregate(IReadOnlyList<double[]> contributions)
    {
        var classes = new SortedDictionary<double, (int Both, int Predicted, int Labelled)>();
        foreach (var contribution in contributions)
        {
            var (predicted, label) = (contribution[0], contribution[1]);
            if (double.IsNaN(predicted))
                return double.NaN;
            Count(classes, predicted, predicted == label ? 1 : 0, 1, 0);
            Count(classes, label, 0, 0, 1);
        }
        if (contributions[0][2] == 1)
            return Of(classes.GetValueOrDefault(1));
        if (_macro)
            return classes.Values.Sum(Of) / classes.Count;
        return Of(classes.Values.Aggregate((a, b) => (a.Both + b.Both, a.Predicted + b.Predicted, a.Labelled + b.Labelled)));
    }

    private double Predict(double[] scores)
    {
        if (scores.Length == 1)
            return double.IsNaN(scores[0]) ? double.NaN : scores[0] > _threshold ? 1 : 0;
        var chosen = ClassScores.ArgMax(Tensor.Create(scores, scores.Length), 0)[0];
        return chosen == ClassScores.None ? double.NaN : chosen;
    }

    private static void Count(SortedDictionary<double, (int Both, int Predicted, int Labelled)> classes, double c, int both, int predicted, int labelled)
    {
        var old = classes.GetValueOrDefault(c);
        classes[c] = (old.Both + both, old.Predicted + predicted, old.Labelled + labelled);
    }

    private static double Of((int Both, int Predicted, int Labelled) count) =>
        count.Predicted + count.Labelled == 0 ? 0 : 2.0 * count.Both / (count.Predicted + count.Labelled);
}
