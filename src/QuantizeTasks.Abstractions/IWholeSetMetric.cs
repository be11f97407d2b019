namespace QuantizeTasks;

/// <summary>
/// A metric that is of a whole set of samples, such as a rank correlation or a precision over pairs: a single sample has no value of its own worth comparing. A search compares samples and layers by another
/// metric then, and accepts by this one over all samples.
/// </summary>
/// <remarks>Nothing is decided by its <see cref="IMetric.PerSample"/>. A manifest's <c>ranking_metric</c> goes before <see cref="RankingMetric"/>.</remarks>
public interface IWholeSetMetric : IMetric
{
    /// <summary>
    /// The name of a metric that comes with the quantizer and needs no options, such as <c>cosine</c>: how far the first output of the quantized model is from the float model's.
    /// </summary>
    string RankingMetric { get; }
}
