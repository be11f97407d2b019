using QuantizeTasks.Plugins;

namespace QuantizeTasks.Metrics;

/// <summary>A metric of a whole set of which is known what a sample contributes when the model gets everything in it wrong: so it can be asked what a few such samples would do to it.</summary>
internal interface IFallibleMetric : IMetric
{
    /// <summary>What knows it of a metric; null when nothing does.</summary>
    static IFallibleMetric? Of(IMetric metric) => PostProcessedMetric.Unwrap(metric) as IFallibleMetric;

    /// <summary>What a sample contributes instead.</summary>
    /// <param name="contribution">What it does contribute.</param>
    /// <param name="all">What all samples contribute.</param>
    double[] Wrong(double[] contribution, IReadOnlyList<double[]> all);
}
