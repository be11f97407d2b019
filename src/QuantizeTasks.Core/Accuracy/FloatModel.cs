namespace QuantizeTasks.Accuracy;

/// <summary>The user's float model as it lies on disk: what the baseline is measured on.</summary>
/// <param name="Path">The model file; external data beside it.</param>
/// <param name="Fingerprint">Identifies its contents, external data included.</param>
internal sealed record FloatModel(string Path, string Fingerprint);
