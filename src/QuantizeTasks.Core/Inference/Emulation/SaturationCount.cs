namespace QuantizeTasks.Inference.Emulation;

/// <summary>How often an operator's sums of two products left 16 bits.</summary>
/// <param name="Layer">The operator's name in the model.</param>
/// <param name="RiskyWeightPairs">Pairs of neighbouring weights that saturate with some activations.</param>
/// <param name="WeightPairs">All pairs of neighbouring weights.</param>
/// <param name="Pairs">Pairs of products that were added.</param>
/// <param name="Saturated">How many of them saturated.</param>
internal sealed record SaturationCount(string Layer, long RiskyWeightPairs, long WeightPairs, long Pairs, long Saturated);
