namespace QuantizeTasks.Quantization.Calibration;

/// <summary>A tensor whose statistics are wanted.</summary>
/// <param name="Tensor">Its name in the prepared model.</param>
/// <param name="ChannelAxis">The axis whose channels' means are wanted; null when the mean of all values will do.</param>
/// <param name="Rank">Number of axes; only used with <paramref name="ChannelAxis"/>.</param>
internal sealed record Observation(string Tensor, int? ChannelAxis = null, int Rank = 0);
