namespace QuantizeTasks.Quantization.Calibration.Ranges;

/// <summary>How the two borders of a range are estimated.</summary>
internal sealed record RangeEstimator(RangeBorder Min, RangeBorder Max);

/// <summary>How one border of a range is estimated.</summary>
/// <param name="Reduction">What is taken of every sample, or of the weights.</param>
/// <param name="Aggregator">How the samples' values become one; not used for weights.</param>
/// <param name="ClippingValue">No lower border lies below this, no upper border above it.</param>
internal sealed record RangeBorder(Reduction Reduction, Aggregator Aggregator, double? ClippingValue = null);
