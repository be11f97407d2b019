using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Metrics;

/// <summary>
/// <c>agreement</c>: the share of predictions equal to the float model's. Needs no labels. A prediction is the class with the largest score; with <c>axis</c>, one for every
/// position of a dense output; for an output of integers, which are predictions already, the integer; for a single score, whether it is above <c>threshold</c> (default 0.5).
/// A sample contributes how many predictions agree and how many there are.
/// </summary>
internal sealed class Agreement : IMetric
{
    private readonly int? _axis;
    private readonly double _threshold;
    private readonly string? _output;

    public Agreement(MetricParameters parameters)
    {
        _axis = parameters.Integer("axis", -8, 8);
        _threshold = parameters.Number("threshold") ?? 0.5;
        _output = parameters.Text("output");
        Definition = FormattableString.Invariant($"agreement/1 axis={_axis} threshold={_threshold:R} output={_output}");
    }

    public string Name => "agreement";

    public string Definition { get; }

    public bool HigherIsBetter => true;

    public bool NeedsLabels => false;

    public bool NeedsReference => true;

    public double[] Observe(in MetricInput input)
    {
        var (output, reference) = (input.Output(_output), input.ReferenceOutput(_output));
        MetricTensors.RequireSameShape(output, reference, "float model's output", input.SampleName);
        var (ours, theirs) = (Predictions(output, input.SampleName), Predictions(reference, input.SampleName));
        var equal = 0;
        for (var i = 0; i < ours.Length; i++)
        {
            if (double.IsNaN(ours[i]) || double.IsNaN(theirs[i]))
                return [double.NaN, ours.Length];
            equal += ours[i] == theirs[i] ? 1 : 0;
        }
        return [equal, ours.Length];
    }

    public double PerSample(IReadOnlyList<double> contribution) => contribution[0] / contribution[1];

    public double Aggregate(IReadOnlyList<double[]> contributions)
    {
        var (equal, count) = (0.0, 0.0);
        foreach (var contribution in contributions)
            (equal, count) = (equal + contribution[0], count + contribution[1]);
        return equal / count;
    }

    private double[] Predictions(Tensor output, string sample)
    {
        if (output.Data is not (float[] or double[]))
            return MetricTensors.ToDoubles(output);
        if (_axis is null && output.Shape.Count(extent => extent > 1) > 1)
            throw new QuantizeException(DiagnosticCodes.ShapeMismatch, $"The output of {sample} is {output}: agreement needs the parameter 'axis', the one its classes lie along.");
        var axis = _axis is { } given ? DenseAxis.Resolve(output, given, Name, sample) : Math.Max(0, output.Shape.ToList().FindIndex(extent => extent > 1));
        if (output.Length == 1 || output.Shape[axis] == 1)
            return Array.ConvertAll(MetricTensors.ToDoubles(output), score => double.IsNaN(score) ? double.NaN : score > _threshold ? 1 : 0);
        return Array.ConvertAll(ClassScores.ArgMax(output, axis), chosen => chosen == ClassScores.None ? double.NaN : chosen);
    }
}
