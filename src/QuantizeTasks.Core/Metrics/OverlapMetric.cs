using System.Collections.Immutable;
using System.Globalization;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Metrics;

/// <summary>
/// <c>mean_iou</c>, <c>dice</c> and <c>mean_accuracy</c>: how prediction and label of every class overlap (intersection over union, twice the intersection over the sum, the share of the label that is found), from one
/// confusion matrix over all samples, averaged over the classes that occur in the labels, or with <c>average: seen</c> in labels or predictions; <c>pixel_accuracy</c>: the share of all positions that are right. The prediction is
/// the argmax along <c>axis</c>; a single score, with <c>classes: 2</c>, is class 1 above <c>threshold</c>; with <c>predictions: classes</c> the output holds classes.
/// A sample contributes, for each class, how many positions have it in prediction and label, in the prediction, and in the label; these counts are
/// all that the matrix is needed for, and they add up exactly in any order.
/// </summary>
internal sealed class OverlapMetric : IFallibleMetric
{
    private const int Counts = 3;
    private readonly Func<ClassCount, double> _value;
    private readonly int _classes;
    private readonly int _axis;
    private readonly ImmutableArray<double> _ignore;
    private readonly bool _ignoresPredicted;
    private readonly bool _averagesSeen;
    private readonly bool _isPooled;
    private readonly bool _hasClasses;
    private readonly double _threshold;
    private readonly string? _output;

    /// <param name="name">The metric's name.</param>
    /// <param name="value">What the counts of a class, or of all classes together, amount to.</param>
    /// <param name="parameters">Its options.</param>
    /// <param name="isPooled">All classes together.</param>
    public OverlapMetric(string name, Func<ClassCount, double> value, MetricParameters parameters, bool isPooled = false)
    {
        (Name, _value, _isPooled) = (name, value, isPooled);
        _classes = parameters.Integer("classes", 2, 1 << 16) ?? throw new QuantizeException(DiagnosticCodes.MissingKey, $"{name} needs the parameter 'classes'.", parameters.Position);
        _axis = parameters.Integer("axis", -8, 8) ?? 1;
        _ignore = parameters.Numbers("ignore");
        _ignoresPredicted = parameters.OneOf("ignore_predicted", "false", "false", "true") == "true";
        _averagesSeen = !isPooled && parameters.OneOf("average", "labelled", "labelled", "seen") == "seen";
        _hasClasses = parameters.OneOf("predictions", "scores", "scores", "classes") == "classes";
        _threshold = parameters.Number("threshold") ?? 0.5;
        _output = parameters.Text("output");
        Definition = FormattableString.Invariant($"{name}/2 classes={_classes} axis={_axis} ignore={Text(_ignore)}{(_ignoresPredicted ? ",predicted" : "")}{(_averagesSeen ? " seen" : "")}{(_hasClasses ? " classes" : "")} threshold={_threshold:R} output={_output}");
    }

    public string Name { get; }

    public string Definition { get; }

    public bool HigherIsBetter => true;

    public bool NeedsLabels => true;

    public bool NeedsReference => false;

    public double[] Observe(in MetricInput input)
    {
        var output = input.Output(_output);
        if (_hasClasses)
            return ObserveClasses(input, output);
        var axis = DenseAxis.Resolve(output, _axis, Name, input.SampleName);
        var isBinary = _classes == 2 && output.Shape[axis] == 1;
        if (!isBinary && output.Shape[axis] != _classes)
            throw new QuantizeException(DiagnosticCodes.ShapeMismatch, $"{Name} has {_classes} classes, but axis {axis} of the output of {input.SampleName}, {output}, has {output.Shape[axis]}.");
        var label = input.RequiredLabel(Name);
        if (!output.Shape.Where((extent, a) => a != axis && extent != 1).SequenceEqual(label.Shape.Where(extent => extent != 1)))
            throw new QuantizeException(DiagnosticCodes.ShapeMismatch, $"The mask of {input.SampleName} is {label}, which does not fit the output {output} without axis {axis}.");
        return Count(isBinary ? AboveThreshold(output) : ClassScores.ArgMax(output, axis), MetricTensors.ToDoubles(label), input.SampleName);
    }

    private double[] ObserveClasses(in MetricInput input, Tensor output)
    {
        var label = input.RequiredLabel(Name);
        if (!output.Shape.Where(extent => extent != 1).SequenceEqual(label.Shape.Where(extent => extent != 1)))
            throw new QuantizeException(DiagnosticCodes.ShapeMismatch, $"The mask of {input.SampleName} is {label}, which does not fit the classes in the output {output}.");
        var sample = input.SampleName;
        return Count(Array.ConvertAll(MetricTensors.ToDoubles(output), value => double.IsNaN(value) ? ClassScores.None : value == Math.Floor(value) && value >= 0 && value < _classes ? (int)value
            : throw new QuantizeException(DiagnosticCodes.ShapeMismatch, FormattableString.Invariant($"The output of {sample} has the class {value}; {Name} has classes 0 to {_classes - 1}."))), MetricTensors.ToDoubles(label), sample);
    }

    private static string Text(ImmutableArray<double> numbers) => string.Join(',', numbers.Select(n => n.ToString("R", CultureInfo.InvariantCulture)));

    private int[] AboveThreshold(Tensor output) =>
        Array.ConvertAll(MetricTensors.ToDoubles(output), score => double.IsNaN(score) ? ClassScores.None : score > _threshold ? 1 : 0);

    /// <summary>1 for a sample without a labelled position: there is nothing in it to get wrong.</summary>
    public double PerSample(IReadOnlyList<double> contribution) => Value(contribution, 1);

    /// <summary>NaN without any labelled position at all: nothing was measured.</summary>
    public double Aggregate(IReadOnlyList<double[]> contributions)
    {
        var sums = new double[_classes * Counts];
        foreach (var contribution in contributions)
        {
            for (var i = 0; i < sums.Length; i++)
                sums[i] += contribution[i];
        }
        return Value(sums, double.NaN);
    }

    /// <summary>As much of each class is predicted as before, and none of it where it is labelled.</summary>
    public double[] Wrong(double[] contribution, IReadOnlyList<double[]> all) => [.. contribution.Select((count, i) => i % Counts == 0 ? 0 : count)];

    private double[] Count(int[] predicted, double[] labels, string sample)
    {
        var counts = new double[_classes * Counts];
        for (var i = 0; i < predicted.Length; i++)
        {
            if (predicted[i] == ClassScores.None)
            {
                Array.Fill(counts, double.NaN);
                return counts;
            }
            if (_ignore.Contains(labels[i]) || (_ignoresPredicted && _ignore.Contains(predicted[i])))
                continue;
            if (labels[i] != Math.Floor(labels[i]) || labels[i] < 0 || labels[i] >= _classes)
                throw new QuantizeException(DiagnosticCodes.LabelInvalid, FormattableString.Invariant($"The mask of {sample} has the class {labels[i]}; {Name} has classes 0 to {_classes - 1}{(_ignore.IsEmpty ? "" : $" and ignores {Text(_ignore)}")}."));
            var label = (int)labels[i];
            counts[(predicted[i] * Counts) + 1]++;
            counts[(label * Counts) + 2]++;
            if (predicted[i] == label)
                counts[label * Counts]++;
        }
        return counts;
    }

    private double Value(IReadOnlyList<double> counts, double nothing)
    {
        var (sum, classes, all) = (0.0, 0, default(ClassCount));
        for (var c = 0; c < _classes; c++)
        {
            var count = new ClassCount(counts[c * Counts], counts[(c * Counts) + 1], counts[(c * Counts) + 2]);
            all += count;
            if (count.Labelled == 0 && !(_averagesSeen && count.Predicted > 0))
                continue;
            sum += _value(count);
            classes++;
        }
        return classes == 0 ? nothing : _isPooled ? _value(all) : sum / classes;
    }
}
