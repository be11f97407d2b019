using System.Collections.Immutable;

namespace QuantizeTasks.Reporting;

/// <summary>How ranges of activations were found.</summary>
/// <param name="Preset">The preset of activations, such as <c>performance</c>.</param>
/// <param name="Estimator">The range estimator, such as <c>mse</c>.</param>
/// <param name="IsAutomatic">True when the estimator was chosen by trying several.</param>
/// <param name="Trials">What was tried for that, in order; empty when nothing was.</param>
public sealed record RangesRecord(string Preset, string Estimator, bool IsAutomatic, ImmutableArray<RangeTrialRecord> Trials);

/// <summary>One trial of the automatic choice.</summary>
/// <param name="Preset">The preset of activations.</param>
/// <param name="Estimator">The range estimator.</param>
/// <param name="Samples">On how many calibration samples.</param>
/// <param name="Error">Noise of the int8 model's outputs as a share of the float model's signal; the smaller the better.</param>
public sealed record RangeTrialRecord(string Preset, string Estimator, int Samples, double Error);

/// <summary>A tensor that is quantized between layers.</summary>
/// <param name="Name">Its name in the model.</param>
/// <param name="Type">The integers that it is stored in, such as <c>uint8</c>.</param>
/// <param name="Scale">The real value of one step.</param>
/// <param name="ZeroPoint">The stored value of 0.</param>
/// <param name="Low">The smallest real value that can be stored.</param>
/// <param name="High">The largest.</param>
public sealed record TensorRecord(string Name, string Type, double Scale, int ZeroPoint, double Low, double High)
{
    /// <summary>The values that were seen in the float model; null when nobody looked at them.</summary>
    public HistogramRecord? Values { get; init; }
}

/// <summary>How often which values of a tensor occur, on a few calibration samples.</summary>
/// <param name="Minimum">The smallest value.</param>
/// <param name="Maximum">The largest value.</param>
/// <param name="Zeros">The share of values that are exactly 0, which int8 stores without an error.</param>
/// <param name="Clipped">The share of values that lie outside the quantizer's range.</param>
/// <param name="Counts">The other values in bins of equal width from <paramref name="Minimum"/> to <paramref name="Maximum"/>.</param>
public sealed record HistogramRecord(double Minimum, double Maximum, double Zeros, double Clipped, ImmutableArray<long> Counts);

/// <summary>An operator of the float model as it was quantized, for drawing the network.</summary>
/// <param name="Name">Node name.</param>
/// <param name="OpType">Operator type.</param>
/// <param name="State">
/// <c>int8</c>; <c>float</c> when the search returned it to float; a rung's name; <c>passes</c> when it hands integers on as they are; <c>skipped</c> for what is never quantized.
/// </param>
/// <param name="Inputs">Indices of the operators whose outputs it reads, ascending; all are smaller than its own.</param>
public sealed record NetworkNode(string Name, string OpType, string State, ImmutableArray<int> Inputs);
