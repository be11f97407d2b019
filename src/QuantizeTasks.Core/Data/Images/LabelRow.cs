namespace QuantizeTasks.Data;

/// <summary>What a data set knows of one image.</summary>
/// <param name="Label">A scalar: a class as a long, a number as a double, or a text.</param>
/// <param name="Slice">The part of the data set it belongs to; null for none.</param>
internal sealed record LabelRow(Tensor Label, string? Slice);
