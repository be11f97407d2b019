namespace QuantizeTasks;

/// <summary>
/// A metric that is the mean of one number a sample, of which there is a best: then what a part of the samples gave bounds what all of them can give, and a search
/// stops evaluating a model early that cannot meet its budget any more. <see cref="MeanMetric"/> is the easy way to write one.
/// </summary>
/// <remarks>A metric that says so wrongly makes a search reject what it should not; it never makes one accept.</remarks>
public interface IMeanMetric : IMetric
{
    /// <summary>No sample contributes anything better: the largest contribution where larger is better, else the smallest.</summary>
    double Best { get; }
}
