using System.Collections.Immutable;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Comparison;

/// <summary>Two models side by side.</summary>
public sealed record ComparisonReport
{
    /// <summary>The model that the other is compared with, usually the float one.</summary>
    public required ModelStructure First { get; init; }

    /// <summary>The other one.</summary>
    public required ModelStructure Second { get; init; }

    /// <summary>On how many samples outputs were compared; 0 without data.</summary>
    public int Samples { get; init; }

    /// <summary>How far outputs are apart, in the order of the first model's; empty without data.</summary>
    public ImmutableArray<OutputDifference> Outputs { get; init; } = [];

    /// <summary>The metrics of both on the whole validation data; empty without data, or when the manifest has none.</summary>
    public ImmutableArray<MetricPair> Metrics { get; init; } = [];

    /// <summary>The runtime that ran them; null without data.</summary>
    public RuntimeRecord? Runtime { get; init; }
}

/// <summary>A metric of two models.</summary>
public sealed record MetricPair(string Name, bool HigherIsBetter, double First, double Second, int Samples);

/// <summary>How far an output of the second model is from that of the first.</summary>
/// <param name="Name">The first model's name of it.</param>
/// <param name="SecondName">The second model's.</param>
/// <param name="SignalToNoise">10 log10 of the first's energy by that of the difference, in dB; infinite when they are equal.</param>
/// <param name="Cosine">The cosine of the angle between the outputs of a sample, averaged over samples.</param>
/// <param name="LargestDifference">The largest difference of two elements.</param>
/// <param name="Agreement">The share of equal predictions; null when the output makes none.</param>
/// <param name="Predictions">How many predictions there are.</param>
public sealed record OutputDifference(string Name, string SecondName, double SignalToNoise, double Cosine, double LargestDifference, double? Agreement, long Predictions);
