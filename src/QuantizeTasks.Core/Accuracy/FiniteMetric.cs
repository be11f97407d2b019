using System.Globalization;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Accuracy;

/// <summary>A metric that is not a finite number is an error and never a pass: any comparison with NaN is false, also "is worse".</summary>
internal static class FiniteMetric
{
    private const int NamedSamples = 3;

    /// <summary>The metric over all samples of an evaluation.</summary>
    /// <param name="evaluation">The evaluation.</param>
    /// <param name="metric">Position of the metric.</param>
    /// <param name="model">What the message calls the model.</param>
    /// <param name="position">Where the message points; nowhere when null.</param>
    /// <exception cref="QuantizeException">The value is not finite; the message says on which samples.</exception>
    public static double Of(Evaluation evaluation, int metric, string model, SourcePosition? position = null)
    {
        var value = evaluation.Metrics[metric].Value;
        if (double.IsFinite(value))
            return value;
        var perSample = evaluation.Metrics[metric].PerSample;
        var guilty = evaluation.Samples.Where((_, i) => !double.IsFinite(perSample[i])).ToArray();
        var where = guilty.Length == 0 ? "" : $" It is not finite on {guilty.Length} of {perSample.Length} samples, first {string.Join(", ", guilty.Take(NamedSamples))} (counted from 0).";
        throw Error(evaluation.Metrics[metric].Metric, value, model, where, position);
    }

    /// <summary>Checks a value that comes from elsewhere.</summary>
    /// <exception cref="QuantizeException">It is not finite.</exception>
    public static void Require(IMetric metric, double value, string model, SourcePosition? position)
    {
        if (!double.IsFinite(value))
            throw Error(metric, value, model, "", position);
    }

    private static QuantizeException Error(IMetric metric, double value, string model, string where, SourcePosition? position) => new(DiagnosticCodes.MetricNotFinite,
        $"{metric.Name} of {model} is {value.ToString(CultureInfo.InvariantCulture)}, so nothing can be proven.{where} The model's outputs, the labels or the metric's options are at fault.", position);
}
