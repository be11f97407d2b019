using System.Collections.Generic;

namespace QuantizeTasks;

/// <summary>
/// A quality measure. It has no state: each sample contributes a small vector of numbers, and the aggregate over any set of samples
/// follows from their contributions alone. So samples may be evaluated in any order and on any thread, and what is known of a sample
/// is never computed again.
/// </summary>
/// <remarks>
/// <para><see cref="Observe"/>, <see cref="PerSample"/> and <see cref="Aggregate"/> are called from several threads at once, and give the same result for the same arguments each time.</para>
/// <para>
/// As a plug-in: a public class with one public constructor, whose parameters are the manifest's <c>params</c> by name (<c>minimalOverlap</c> is <c>minimal_overlap</c> there).
/// The manifest names the metric; <see cref="Name"/> is not used. <see cref="MeanMetric"/> is the easy way to write one that is a mean over samples.
/// </para>
/// </remarks>
public interface IMetric
{
    /// <summary>The name a manifest uses, such as <c>accuracy@top1</c>.</summary>
    string Name { get; }

    /// <summary>Everything that changes the result (name, parameters, version of the definition) in a stable text form. It enters fingerprints. A plug-in may leave it empty:
    /// its type, its parameters and the versions of its assemblies are added to it.</summary>
    string Definition { get; }

    /// <summary>True when a larger value is better.</summary>
    bool HigherIsBetter { get; }

    /// <summary>True when samples need labels.</summary>
    bool NeedsLabels { get; }

    /// <summary>True when the float model's own outputs are needed beside the evaluated model's.</summary>
    bool NeedsReference { get; }

    /// <summary>What one sample contributes. The length is the same for every sample. Not a number (NaN) where the metric is not defined; it is an error then, never a pass.</summary>
    double[] Observe(in MetricInput input);

    /// <summary>The value of the metric on one sample, from its contribution. Larger is better when <see cref="HigherIsBetter"/>.</summary>
    double PerSample(IReadOnlyList<double> contribution);

    /// <summary>The value of the metric over samples, from their contributions in data-set order. Never called with none.</summary>
    double Aggregate(IReadOnlyList<double[]> contributions);
}
