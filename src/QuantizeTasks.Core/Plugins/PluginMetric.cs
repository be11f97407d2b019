using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Plugins;

/// <summary>A metric of the user's own, held to what <see cref="IMetric"/> says.</summary>
internal class PluginMetric : IMetric
{
    private readonly IMetric _metric;
    private int _length;

    private protected PluginMetric(string name, IMetric metric, PluginCalls calls, string identity)
    {
        (Name, _metric, Calls) = (name, metric, calls);
        RankingMetric = metric is IWholeSetMetric set ? calls.Run("RankingMetric", () => set.RankingMetric) ?? throw calls.Broken("has no RankingMetric; it names a metric, such as cosine") : null;
        (HigherIsBetter, NeedsLabels, NeedsReference, Definition) = calls.Run("A property", () => (metric.HigherIsBetter, metric.NeedsLabels, metric.NeedsReference, $"{identity}; {metric.Definition}"));
    }

    public string Name { get; }

    public string Definition { get; }

    public bool HigherIsBetter { get; }

    public bool NeedsLabels { get; }

    public bool NeedsReference { get; }

    /// <summary>The metric that ranks in its place, when it says of itself that it is of a whole set only.</summary>
    public string? RankingMetric { get; }

    protected PluginCalls Calls { get; }

    /// <summary>Creates the metric that an entry of the manifest names.</summary>
    /// <exception cref="QuantizeException">There is no such class, or it cannot be created.</exception>
    public static IMetric Create(MetricSpecification specification)
    {
        var found = PluginClass.Find<IMetric>(specification.Plugin!);
        var metric = found.Create<IMetric>(out var calls);
        return metric is IMeanMetric mean ? new PluginMeanMetric(specification.Name.Value, mean, calls, found.Identity) : new PluginMetric(specification.Name.Value, metric, calls, found.Identity);
    }

    public double[] Observe(in MetricInput input)
    {
        var seen = input;
        // A copy: a plug-in may fill one array again and again, and what was observed must not change any more.
        var contribution = Calls.Run($"Observe({input.SampleName})", () => _metric.Observe(seen)?.ToArray());
        if (contribution is null || contribution.Length == 0)
            throw Calls.Broken($"contributed {(contribution is null ? "null" : "nothing")} for {input.SampleName}; Observe gives at least one number");
        if (Interlocked.CompareExchange(ref _length, contribution.Length, 0) is not 0 and var length && length != contribution.Length)
            throw Calls.Broken($"contributed {contribution.Length} numbers for {input.SampleName} and {length} for another sample; the length of what Observe gives is the same for every sample");
        Check(contribution, input.SampleName);
        return contribution;
    }

    public double PerSample(IReadOnlyList<double> contribution) => Calls.Run("PerSample", () => _metric.PerSample(contribution));

    public virtual double Aggregate(IReadOnlyList<double[]> contributions) => Calls.Run("Aggregate", () => _metric.Aggregate(contributions));

    /// <summary>What else holds for a contribution.</summary>
    protected virtual void Check(double[] contribution, string sample)
    {
    }
}

/// <summary>One that says of itself that it is a mean, on which early stopping relies.</summary>
internal sealed class PluginMeanMetric : PluginMetric, IMeanMetric
{
    /// <summary>Sums may be added up in another order.</summary>
    private const double Rounding = 1e-9;

    public PluginMeanMetric(string name, IMeanMetric metric, PluginCalls calls, string identity)
        : base(name, metric, calls, identity) => Best = calls.Run("Best", () => metric.Best);

    public double Best { get; }

    public override double Aggregate(IReadOnlyList<double[]> contributions)
    {
        var value = base.Aggregate(contributions);
        var mean = contributions.Average(c => c[0]);
        return double.IsFinite(mean) && !(Math.Abs(value - mean) <= Rounding * Math.Max(1, Math.Abs(mean)))
            ? throw Calls.Broken(FormattableString.Invariant($"is an IMeanMetric, but its Aggregate gives {value} where the mean is {mean}. Implement IMetric alone"))
            : value;
    }

    protected override void Check(double[] contribution, string sample)
    {
        if (contribution.Length != 1)
            throw Calls.Broken($"is an IMeanMetric and contributed {contribution.Length} numbers for {sample}; it contributes one");
        if (HigherIsBetter ? contribution[0] > Best : contribution[0] < Best)
            throw Calls.Broken(FormattableString.Invariant($"contributed {contribution[0]} for {sample}, which is better than what it calls the best, {Best}"));
    }
}
