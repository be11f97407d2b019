using System;
using System.Collections.Generic;

namespace QuantizeTasks;

/// <summary>A metric that is the mean over samples of one number a sample: all that is left to write is that number.</summary>
/// <example>
/// <code>
/// public sealed class AngleError : MeanMetric
/// {
///     public override bool HigherIsBetter => false;
///     public override double Best => 0;
///     protected override double Score(in MetricInput input) => ...;
/// }
/// </code>
/// </example>
public abstract class MeanMetric : IMeanMetric
{
    /// <inheritdoc/>
    public virtual string Name => GetType().Name;

    /// <inheritdoc/>
    public virtual string Definition => "";

    /// <inheritdoc/>
    public abstract bool HigherIsBetter { get; }

    /// <inheritdoc/>
    public abstract double Best { get; }

    /// <inheritdoc/>
    public virtual bool NeedsLabels => true;

    /// <inheritdoc/>
    public virtual bool NeedsReference => false;

    /// <inheritdoc/>
    public double[] Observe(in MetricInput input) => [Score(input)];

    /// <inheritdoc/>
    public double PerSample(IReadOnlyList<double> contribution) => (contribution ?? throw new ArgumentNullException(nameof(contribution)))[0];

    /// <inheritdoc/>
    public double Aggregate(IReadOnlyList<double[]> contributions)
    {
        if (contributions is null)
            throw new ArgumentNullException(nameof(contributions));
        var sum = 0.0;
        foreach (var contribution in contributions)
            sum += contribution[0];
        return sum / contributions.Count;
    }

    /// <summary>What one sample contributes. Called from several threads at once.</summary>
    /// <param name="input">Outputs, label and, with <see cref="NeedsReference"/>, the float model's outputs.</param>
    protected abstract double Score(in MetricInput input);
}
