using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Accuracy;

/// <summary>What the user allows each metric to lose against the float model: POT's <c>maximal_drop</c> and <c>drop_type</c>.</summary>
internal sealed class Budget
{
    private readonly IReadOnlyList<IMetric> _metrics;
    private readonly IReadOnlyList<double> _baselines;
    private readonly IReadOnlyList<BudgetTerm> _terms;

    /// <summary>The same budget for every metric.</summary>
    /// <param name="metrics">The metrics, in the manifest's order.</param>
    /// <param name="baselines">The float model's value of each.</param>
    /// <param name="maximalDrop">The largest drop that passes; null for no budget. A negative one asks for a gain.</param>
    /// <param name="type">What the drop is measured in.</param>
    /// <param name="position">Where the budget is written.</param>
    /// <exception cref="QuantizeException">A baseline is not finite, or a relative budget has a baseline of zero, or a metric of which more is better has.</exception>
    public Budget(IReadOnlyList<IMetric> metrics, IReadOnlyList<double> baselines, double? maximalDrop, DropType type, SourcePosition? position = null)
        : this(metrics, baselines, [.. metrics.Select(_ => new BudgetTerm(maximalDrop, type, position))])
    {
    }

    /// <param name="metrics">The metrics, in the manifest's order.</param>
    /// <param name="baselines">The float model's value of each.</param>
    /// <param name="terms">What each may lose.</param>
    /// <exception cref="QuantizeException">A baseline is not finite, or a relative budget has a baseline of zero, or a metric of which more is better has.</exception>
    public Budget(IReadOnlyList<IMetric> metrics, IReadOnlyList<double> baselines, IReadOnlyList<BudgetTerm> terms)
    {
        if (metrics.Count != baselines.Count || metrics.Count != terms.Count)
            throw new ArgumentException("There must be one baseline and one budget per metric.", nameof(baselines));
        (_metrics, _baselines, _terms) = (metrics, baselines, terms);
        for (var i = 0; i < metrics.Count; i++)
        {
            var (drop, type, position) = terms[i];
            if (drop is { } bound && !double.IsFinite(bound))
                throw new QuantizeException(DiagnosticCodes.ValueOutOfRange, $"maximal_drop is {bound}; it must be a number.", position);
            FiniteMetric.Require(metrics[i], baselines[i], "the float model", position);
            if (type == DropType.Relative && baselines[i] == 0)
                throw new QuantizeException(DiagnosticCodes.RelativeDropOfZero,
                    $"{metrics[i].Name} of the float model is 0, and no drop can be a share of that. Set `drop_type: absolute`, or check the labels and the preprocessing: a float model that scores 0 usually sees the wrong data.", position);
            // Nothing is below the least value that a metric can have, so every int8 model would be within budget.
            if (metrics[i].HigherIsBetter && baselines[i] == 0 && drop >= 0)
                throw new QuantizeException(DiagnosticCodes.NothingToLose,
                    $"{metrics[i].Name} of the float model is 0, so it has nothing to lose and the budget would hold whatever the int8 model answers. Check the labels (classes count from 0), the preprocessing and the metric's options: a float model that scores 0 usually sees the wrong data.", position);
        }
    }

    /// <summary>Whether any metric has a bound, so that there is something to prove.</summary>
    public bool IsStated => _terms.Any(t => t.MaximalDrop is not null);

    /// <summary>Holds an evaluation against the budget. The comparison is inclusive, as in POT (accuracy_aware_common, <c>_accuracy_drop_satisfied</c>).</summary>
    /// <exception cref="QuantizeException">A metric is not finite: that is never a pass, and no search can make sense of it.</exception>
    public Verdict Judge(Evaluation evaluation) => new([.. _metrics.Select((_, i) => Judge(i, FiniteMetric.Of(evaluation, i, "the int8 model", _terms[i].Position)))]);

    /// <summary>Holds values that were not measured against the budget, one a metric.</summary>
    public Verdict JudgeValues(IReadOnlyList<double> values) => new([.. values.Select((value, i) => Judge(i, value))]);

    private MetricVerdict Judge(int index, double value)
    {
        var (metric, baseline, term) = (_metrics[index], _baselines[index], _terms[index]);
        var worsening = metric.HigherIsBetter ? Difference(baseline, value) : Difference(value, baseline);
        var drop = term.Type == DropType.Relative ? Quotient(worsening, Math.Abs(baseline)) : worsening;
        var excess = drop - (term.MaximalDrop ?? 0);
        // POT divides by the baseline (accuracy_aware_common, optimize); a relative drop already is, and a baseline of 0 cannot be divided by.
        var violation = term.Type == DropType.Relative || baseline == 0 ? excess : excess / Math.Abs(baseline);
        return new MetricVerdict(metric, baseline, value, drop, term.MaximalDrop, term.MaximalDrop is null && IsStated ? double.NegativeInfinity : violation) { Type = term.Type };
    }

    // Most metrics are ratios of counts, which binary fractions cannot hold: 0.881 - 0.876 is 0.0050000000000000044 in doubles, which would fail an inclusive
    // budget of 0.005. Converting to decimal keeps 15 significant digits, in which such differences are exact.
    private static double Difference(double a, double b) => IsDecimal(a) && IsDecimal(b) ? (double)((decimal)a - (decimal)b) : a - b;

    private static double Quotient(double a, double b) => IsDecimal(a) && IsDecimal(b) ? (double)((decimal)a / (decimal)b) : a / b;

    /// <summary>Whether decimal (28 digits behind the point, up to 7.9e28) holds 15 significant digits of the value, and of quotients of such values.</summary>
    private static bool IsDecimal(double value) => value == 0 || Math.Abs(value) is >= 1e-13 and <= 1e14;
}
