using System.Globalization;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Tool.Jobs;

/// <summary>
/// Where <c>pot</c> puts things: <c>log.txt</c>, <c>optimized/NAME.onnx</c> and, of a run that missed its budget, <c>accuracy_aware_intermediate/intermediate_model.onnx</c>; the report beside them.
/// </summary>
/// <param name="Path">The folder of the run.</param>
internal sealed record PotFolder(string Path)
{
    /// <summary>The folder of a run: <c>NAME_ALGORITHM/TIME</c> below the output folder, or that folder itself.</summary>
    public static PotFolder Of(string outputFolder, bool isDirect, string name, bool isAccuracyAware, DateTime now) => new(isDirect ? outputFolder : System.IO.Path.Combine(
        outputFolder, $"{name}_{(isAccuracyAware ? "AccuracyAwareQuantization" : "DefaultQuantization")}", now.ToString("yyyy-MM-dd_HH-mm-ss", CultureInfo.InvariantCulture)));

    /// <summary>What the model is called: the file name of its output without what the quantizer adds.</summary>
    public static string Name(QuantizationManifest manifest)
    {
        var name = System.IO.Path.GetFileNameWithoutExtension(manifest.Output.Value);
        return name.EndsWith(".int8", StringComparison.Ordinal) ? name[..^".int8".Length] : name;
    }

    public string Log => System.IO.Path.Combine(Path, "log.txt");

    /// <summary>The configuration that options amount to.</summary>
    public string Configuration => System.IO.Path.Combine(Path, "config.json");

    public string Report => System.IO.Path.Combine(Path, "quantize-report");

    /// <summary>The manifest with its output where it belongs in this folder.</summary>
    public static QuantizationManifest Place(QuantizationManifest manifest) => manifest with { Output = manifest.Output with { Value = $"optimized/{Name(manifest)}.onnx" } };

    /// <summary>Opens the log, which holds the lines that the console shows.</summary>
    public StreamWriter OpenLog()
    {
        try
        {
            Directory.CreateDirectory(Path);
            return new StreamWriter(Log) { AutoFlush = true };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new QuantizeException(DiagnosticCodes.OutputNotWritable, $"'{Log}' cannot be written: {e.Message}", new SourcePosition(Log), e);
        }
    }

    /// <summary>Keeps the best model of a run that missed its budget where the original keeps its intermediate one.</summary>
    public void KeepIntermediate(string? best)
    {
        if (best is not null && File.Exists(best))
            AtomicFile.Write(System.IO.Path.Combine(Path, "accuracy_aware_intermediate", "intermediate_model.onnx"), File.ReadAllBytes(best));
    }
}
