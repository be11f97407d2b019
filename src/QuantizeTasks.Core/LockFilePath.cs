namespace QuantizeTasks;

/// <summary>Where a lock file lies when nobody says: beside its manifest, under its name.</summary>
public static class LockFilePath
{
    /// <summary>The word by which one says that no lock file is wanted.</summary>
    public const string None = "none";

    /// <summary>
    /// <c>quantize.lock.json</c> for <c>quantize.yaml</c>, <c>x.quantize.lock.json</c> for <c>x.quantize.yaml</c>. A model that takes the place of the manifest's has a decision of its own:
    /// <c>quantize.other.lock.json</c> for <c>models/other.onnx</c>.
    /// </summary>
    /// <param name="manifest">The manifest's path.</param>
    /// <param name="model">The model that takes the place of the manifest's; null for the manifest's own.</param>
    public static string Of(string manifest, string? model) =>
        Path.ChangeExtension(manifest, (model is null ? "" : Path.GetFileNameWithoutExtension(model) + ".") + "lock.json");
}
