namespace QuantizeTasks.Metrics;

/// <summary>
/// <c>precision</c>, <c>recall</c> and <c>f1</c> as scikit-learn defines them: tp / predicted, tp / labelled, and 2 tp / (predicted + labelled); 0 where there is nothing to count
/// (zero_division=0). With several scores the prediction is the largest one and <c>average</c> is <c>macro</c> (the default: the mean over the classes that occur in labels or predictions),
/// <c>micro</c> (counts of all classes added up first) or <c>binary</c> (the class <c>positive</c> alone, 1 by default). With a single score the prediction is whether it is above
/// <c>threshold</c> (default 0.5), the labels are 0 and 1, and the value is that of class 1.
/// A sample contributes its prediction, its label and the number of scores.
/// </summary>
internal sealed class ClassCountMetric : IFallibleMetric
{
    private readonly Func<ClassCount, double> _value;
    private readonly string _average;
    private readonly int _positive;
    private readonly double _threshold;
    private readonly string? _output;

    public ClassCountMetric(string name, Func<ClassCount, double> value, MetricParameters parameters)
    {
        (Name, _value) = (name, value);
        _average = parameters.OneOf("average", "macro", "macro", "micro", "binary");
        _positive = _average == "binary" ? parameters.Integer("positive", 0, int.MaxValue) ?? 1 : 1;
        _threshold = parameters.Number("threshold") ?? 0.5;
        _output = parameters.Text("output");
        Definition = FormattableString.Invariant($"{name}/2 average={_average} positive={_positive} threshold={_threshold:R} output={_output}");
    }

    public string Name { get; }

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

    /// <summary>1 when the prediction is right, else 0: the value of one sample says nothing of a rightly predicted negative.</summary>
    public double PerSample(IReadOnlyList<double> contribution) => double.IsNaN(contribution[0]) ? double.NaN : contribution[0] == contribution[1] ? 1 : 0;

    public double Aggregate(IReadOnlyList<double[]> contributions)
    {
        var classes = new SortedDictionary<double, ClassCount>();
        foreach (var contribution in contributions)
        {
            var (predicted, label) = (contribution[0], contribution[1]);
            if (double.IsNaN(predicted))
                return double.NaN;
            classes[predicted] = classes.GetValueOrDefault(predicted) + new ClassCount(predicted == label ? 1 : 0, 1, 0);
            classes[label] = classes.GetValueOrDefault(label) + new ClassCount(0, 0, 1);
        }
        if (_average == "binary" || contributions[0][2] == 1)
            return _value(classes.GetValueOrDefault(_positive));
        return _average == "macro" ? classes.Values.Sum(_value) / classes.Count : _value(classes.Values.Aggregate((a, b) => a + b));
    }

    /// <summary>Taken for the rarest of the other classes that are labelled, which is what hurts most; for another one when there is none.</summary>
    public double[] Wrong(double[] contribution, IReadOnlyList<double[]> all)
    {
        var label = contribution[1];
        var rarest = all.Where(c => c[1] != label).GroupBy(c => c[1]).OrderBy(g => g.Count()).ThenBy(g => g.Key).FirstOrDefault();
        return [rarest?.Key ?? (label == 0 ? 1 : 0), label, contribution[2]];
    }

    private double Predict(double[] scores)
    {
        if (scores.Length == 1)
            return double.IsNaN(scores[0]) ? double.NaN : scores[0] > _threshold ? 1 : 0;
        var chosen = ClassScores.ArgMax(Tensor.Create(scores, scores.Length), 0)[0];
        return chosen == ClassScores.None ? double.NaN : chosen;
    }
}
