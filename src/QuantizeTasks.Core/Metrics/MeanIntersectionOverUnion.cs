using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Metrics;

/// <summary>
/// <c>mean_iou</c>: intersection over union of every class, from one confusion matrix over all samples, averaged over the classes that occur in the labels.
/// A sample contributes, for each class, how many positions have it in prediction and label, in the prediction, and in the label; these counts are
/// all that the matrix is needed for, and they add up exactly in any order.
/// </summary>
internal sealed class MeanIntersectionOverUnion : IMetric
{
    private const int Counts = 3;
    private readonly int _classes;
    private readonly int _axis;
    private readonly int? _ignore;
    private readonly string? _output;

    public MeanIntersectionOverUnion(MetricParameters parameters)
    {
        _classes = parameters.Integer("classes", 2, 1 << 16) ?? throw new QuantizeException(DiagnosticCodes.MissingKey, "mean_iou needs the parameter 'classes'.", parameters.Position);
        _axis = parameters.Integer("axis", -8, 8) ?? 1;
        _ignore = parameters.Integer("ignore", int.MinValue, int.MaxValue);
        _output = parameters.Text("output");
        Definition = FormattableString.Invariant($"mean_iou/1 classes={_classes} axis={_axis} ignore={_ignore} output={_output}");
    }

    public string Name => "mean_iou";

    public string Definition { get; }

    public bool HigherIsBetter => true;

    public bool NeedsLabels => true;

    public bool NeedsReference => false;

    public double[] Observe(in MetricInput input)
    {
        var output = input.Output(_output);
        var axis = DenseAxis.Resolve(output, _axis, Name, input.SampleName);
        if (output.Shape[axis] != _classes)
            throw new QuantizeException(DiagnosticCodes.ShapeMismatch, $"mean_iou has {_classes} classes, but axis {axis} of the output of {input.SampleName}, {output}, has {output.Shape[axis]}.");
        var label = input.RequiredLabel(Name);
        if (!output.Shape.Where((extent, a) => a != axis && extent != 1).SequenceEqual(label.Shape.Where(extent => extent != 1)))
            throw new QuantizeException(DiagnosticCodes.ShapeMismatch, $"The mask of {input.SampleName} is {label}, which does not fit the output {output} without axis {axis}.");
        return Count(ClassScores.ArgMax(output, axis), MetricTensors.ToDoubles(label), input.SampleName);
    }

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
            if (labels[i] == _ignore)
                continue;
            if (labels[i] != Math.Floor(labels[i]) || labels[i] < 0 || labels[i] >= _classes)
                throw new QuantizeException(DiagnosticCodes.LabelInvalid, FormattableString.Invariant($"The mask of {sample} has the class {labels[i]}; mean_iou has classes 0 to {_classes - 1}{(_ignore is { } ignore ? $" and ignores {ignore}" : "")}."));
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
        var (sum, classes) = (0.0, 0);
        for (var c = 0; c < _classes; c++)
        {
            var (both, predicted, labelled) = (counts[c * Counts], counts[(c * Counts) + 1], counts[(c * Counts) + 2]);
            if (labelled == 0)
                continue;
            sum += both / (predicted + labelled - both);
            classes++;
        }
        return classes == 0 ? nothing : sum / classes;
    }
}
