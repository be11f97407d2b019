namespace QuantizeTasks.Quantization.Placement;

/// <summary>What an operator is predicted to take, in picoseconds on one core.</summary>
internal readonly record struct OperatorCost(long Float, long Int8);
