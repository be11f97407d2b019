using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using QuantizeTasks.Json;

namespace QuantizeTasks.Testing;

/// <summary>Asserts in tests what a build proves: that the int8 model of a manifest stays within its accuracy budget.</summary>
public static class QuantizedModel
{
    private const int BudgetExceeded = 4;

    /// <summary>Quantizes as the manifest says and throws when a budget is missed.</summary>
    /// <param name="manifest">The manifest. A relative path is looked for in the current folder and in every folder above the test assembly.</param>
    /// <param name="options">The defaults when null.</param>
    /// <exception cref="BudgetNotMetException">The int8 model is not within the budget, or the manifest states none.</exception>
    /// <exception cref="VerificationFailedException">Nothing could be proven: manifest, model, data or quantizer are missing or wrong.</exception>
    public static void Verify(string manifest, VerificationOptions? options = null)
    {
        var report = Measure(manifest, options);
        if (!report.IsWithinBudget)
            throw new BudgetNotMetException(report);
    }

    /// <summary>The same without throwing for a missed budget.</summary>
    /// <returns>What was measured.</returns>
    /// <exception cref="VerificationFailedException">Nothing could be proven.</exception>
    public static VerificationReport Measure(string manifest, VerificationOptions? options = null)
    {
        options ??= new VerificationOptions();
        var path = Find(manifest ?? throw new ArgumentNullException(nameof(manifest)));
        var folder = Path.Combine(Path.GetTempPath(), $"quantize-verify-{Guid.NewGuid():N}");
        var keepsReport = false;
        try
        {
            var run = QuantizerProcess.Run(options.ToolPath, Arguments(path, folder, options));
            if (run.ExitCode is not (0 or BudgetExceeded) || !run.Output.TrimStart().StartsWith("{", StringComparison.Ordinal))
                throw new VerificationFailedException($"'{path}' could not be verified (exit code {run.ExitCode}): {Errors(run.Error)}");
            var report = VerificationReport.Parse((Dictionary<string, object?>)JsonReader.Read(run.Output)!, run.Output, Errors(run.Error));
            // The message of a missed budget says where it lies.
            keepsReport = !report.IsWithinBudget;
            return report;
        }
        catch (Exception e) when (e is FormatException or KeyNotFoundException or InvalidCastException)
        {
            throw new VerificationFailedException($"The quantizer's answer was not understood. It should be of the same version as QuantizeTasks.Testing: {e.Message}", e);
        }
        finally
        {
            if (!keepsReport && Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
    }

    private static IEnumerable<string> Arguments(string manifest, string folder, VerificationOptions options)
    {
        // Nothing is written beside the sources.
        foreach (var argument in new[] { "run", manifest, "--json", "--no-latency", "--lock-file", "none", "-o", folder })
            yield return argument;
        foreach (var (name, value) in new[] { ("--cache-directory", options.CacheDirectory), ("--plugins", options.Plugins), ("--onnxruntime-path", options.OnnxRuntimePath), ("--model", options.Model) })
            if (value is not null)
            {
                yield return name;
                yield return value;
            }
    }

    private static string Find(string manifest)
    {
        var folders = new List<string> { Directory.GetCurrentDirectory() };
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            folders.Add(folder.FullName);
        return folders.Select(f => Path.GetFullPath(Path.Combine(f, manifest))).FirstOrDefault(File.Exists)
            ?? throw new VerificationFailedException($"There is no manifest '{manifest}', neither in the current folder ('{folders[0]}') nor in one above the test assembly ('{AppContext.BaseDirectory}').");
    }

    /// <summary>The lines that say what is wrong; everything when there is none.</summary>
    private static string Errors(string text)
    {
        var lines = text.Split('\r', '\n').Select(l => l.Trim()).Where(l => l.Length > 0).ToList();
        var errors = lines.Where(l => l.Contains("error QTZ") || l.StartsWith("error:", StringComparison.Ordinal)).ToList();
        return string.Join(Environment.NewLine, errors.Count > 0 ? errors : lines);
    }
}
