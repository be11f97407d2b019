using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Accuracy;

/// <summary>What the float model scores.</summary>
/// <param name="Values">One value per metric.</param>
/// <param name="Measured">The evaluation they come from; null when the user stated them.</param>
internal sealed record Baseline(ImmutableArray<double> Values, Evaluation? Measured)
{
    /// <summary>
    /// Takes the stated values when every metric has one, and measures otherwise: POT's rule (accuracy_aware_common), under which a value that only
    /// some metrics state is not used.
    /// </summary>
    /// <param name="evaluator">Evaluates the float model.</param>
    /// <param name="model">What a message calls that model.</param>
    /// <param name="specifications">What the manifest says of each of the evaluator's metrics.</param>
    /// <param name="cancellation">Ends the evaluation.</param>
    /// <exception cref="QuantizeException">A metric of the float model is not finite.</exception>
    public static Baseline Of(IConfigurationEvaluator evaluator, ImmutableArray<MetricSpecification> specifications, string model, CancellationToken cancellation)
    {
        if (IsStated(specifications))
            return new Baseline([.. specifications.Select(s => s.BaselineValue!.Value)], null);
        var measured = evaluator.Evaluate(Configuration.Float, [.. Enumerable.Range(0, evaluator.SampleCount)], cancellation);
        return new Baseline([.. specifications.Select((s, i) => FiniteMetric.Of(measured, i, model, s.Name.Position))], measured);
    }

    /// <summary>Whether the stated values are taken: when every metric has one.</summary>
    public static bool IsStated(ImmutableArray<MetricSpecification> specifications) => specifications.All(s => s.BaselineValue is not null);

    /// <summary>The float model sample by sample, on what is compared one by one. Evaluated when first asked for.</summary>
    public Lazy<Evaluation> Reference(IConfigurationEvaluator evaluator, double metricSubsetRatio, CancellationToken cancellation) =>
        new(() => Measured ?? evaluator.Evaluate(Configuration.Float, ComparisonSubset.Choose(evaluator.SampleCount, metricSubsetRatio, baselinesStated: true), cancellation));
}
