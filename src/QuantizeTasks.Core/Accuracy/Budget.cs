using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Accuracy;

/// <summary>What the user allows each metric to lose against the float model: POT's <c>maximal_drop</c> and <c>drop_type</c>.</summary>
internal sealed class Budget
{
    private readonly IReadOnlyList<IMetric> _metrics;
    private readonly IReadOnlyList<double> _baselines;
    private readonly DropType _type;
    private readonly SourcePosition? _position;

    /// <param name="metrics">The metrics, in the manifest's order.</param>
    /// <param name="baselines">The float model's value of each.</param>
    /// <param name="maximalDrop">The largest drop that passes; null for no budget. A negative one asks for a gain.</param>
    /// <param name="type">What the drop is measured in.</param>
    /// <param name="position">Where the budget is written.</param>
    /// <exception cref="QuantizeException">A baseline is not finite, or a relative budget has a baseline of zero.</exception>
    public Budget(IReadOnlyList<IMetric> metrics, IReadOnlyList<double> baselines, double? maximalDrop, DropType type, SourcePosition? position = null)
    {
        if (metrics.Count != baselines.Count)
            throw new ArgumentException("There must be one baseline per metric.", nameof(baselines));
        (_metrics, _baselines, _type, _position, MaximalDrop) = (metrics, baselines, type, position, maximalDrop);
        if (maximalDrop is { } drop && !double.IsFinite(drop))
            throw new QuantizeException(DiagnosticCodes.ValueOutOfRange, $"maximal_drop is {drop}; it must be a number.", position);
        for (var i = 0; i < metrics.Count; i++)
        {
            FiniteMetric.Require(metrics[i], baselines[i], "the float model", position);
            if (type == DropType.Relative && baselines[i] == 0)
                throw new QuantizeException(DiagnosticCodes.RelativeDropOfZero,
                    $"{metrics[i].Name} of the float model is 0, and no drop can be a share of that. Set `drop_type: absolute`, or check the labels and the preprocessing: a float model that scores 0 usually sees the wrong data.", position);
        }
    }

    public double? MaximalDrop { get; }

    /// <summary>Holds an evaluation against the budget. The comparison is inclusive, as in POT (accuracy_aware_common, <c>_accuracy_drop_satisfied</c>).</summary>
    /// <exception cref="QuantizeException">A metric is not finite: that is never a pass, and no search can make sense of it.</exception>
    public Verdict Judge(Evaluation evaluation) => new([.. _metrics.Select((_, i) => Judge(i, FiniteMetric.Of(evaluation, i, "the int8 model", _position)))]);

    private MetricVerdict Judge(int index, double value)
    {
        var (metric, baseline) = (_metrics[index], _baselines[index]);
        var worsening = metric.HigherIsBetter ? Difference(baseline, value) : Difference(value, baseline);
        var drop = _type == DropType.Relative ? Quotient(worsening, Math.Abs(baseline)) : worsening;
        var excess = drop - (MaximalDrop ?? 0);
        // POT divides by the baseline (accuracy_aware_common, optimize); a relative drop already is, and a baseline of 0 cannot be divided by.
        var violation = _type == DropType.Relative || baseline == 0 ? excess : excess / Math.Abs(baseline);
        return new MetricVerdict(metric, baseline, value, drop, MaximalDrop, violation);
    }

    // Most metrics are ratios of counts, which binary fractions cannot hold: 0.881 - 0.876 is 0.0050000000000000044 in doubles, which would fail an inclusive
    // budget of 0.005. Converting to decimal keeps 15 significant digits, in which such differences are exact.
    private static double Difference(double a, double b) => IsDecimal(a) && IsDecimal(b) ? (double)((decimal)a - (decimal)b) : a - b;

    private static double Quotient(double a, double b) => IsDecimal(a) && IsDecimal(b) ? (double)((decimal)a / (decimal)b) : a / b;

    /// <summary>Whether decimal (28 digits behind the point, up to 7.9e28) holds 15 significant digits of the value, and of quotients of such values.</summary>
    private static bool IsDecimal(double value) => value == 0 || Math.Abs(value) is >= 1e-13 and <= 1e14;
}
