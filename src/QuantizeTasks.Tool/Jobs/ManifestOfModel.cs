using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Tool.Jobs;

/// <summary>Finds the manifest of a model, for those who name the model.</summary>
internal static class ManifestOfModel
{
    /// <summary>Whether a path on the command line is that of a model.</summary>
    public static bool IsModel(string path) => string.Equals(Path.GetExtension(path), ".onnx", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a path on the command line is that of a manifest.</summary>
    public static bool IsManifest(string path) => Path.GetExtension(path).ToUpperInvariant() is ".YAML" or ".YML" or ".JSON";

    /// <summary><c>NAME.quantize.yaml</c> or <c>quantize.yaml</c>, beside the model or in the current folder, that names the model.</summary>
    /// <param name="model">The model's absolute path.</param>
    /// <param name="workingDirectory">The current folder.</param>
    /// <param name="read">Reads a manifest.</param>
    /// <exception cref="QuantizeException">There is none (QTZ7120), or one cannot be read.</exception>
    public static string Find(string model, string workingDirectory, Func<string, QuantizationManifest> read)
    {
        var (folder, name) = (Path.GetDirectoryName(model)!, Path.GetFileNameWithoutExtension(model));
        string[] candidates = [.. new[] { folder, workingDirectory }.Distinct().SelectMany(f => new[] { Path.Combine(f, name + ".quantize.yaml"), Path.Combine(f, "quantize.yaml") }).Where(File.Exists)];
        foreach (var candidate in candidates)
            if (read(candidate).Model.Value == model)
                return candidate;
        var found = candidates.Length == 0 ? "" : $" {string.Join(", ", candidates.Select(c => $"'{c}'"))} {(candidates.Length == 1 ? "is" : "are")} for another model.";
        throw new QuantizeException(DiagnosticCodes.ModelWithoutManifest,
            $"There is no manifest for this model: neither '{name}.quantize.yaml' nor 'quantize.yaml', beside it or in the current folder.{found} Accuracy can only be proven with data, and a manifest says where it is. `dotnet quantize init {Path.GetRelativePath(workingDirectory, model)}` writes one.",
            new SourcePosition(model));
    }
}
