using System.Globalization;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest.Schema;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Manifest;

/// <summary>Reads quantize.yaml.</summary>
public static class ManifestReader
{
    /// <summary>Reads and checks a manifest.</summary>
    /// <param name="path">The file.</param>
    /// <param name="overrides">Values that take the place of the manifest's own.</param>
    /// <exception cref="QuantizeException">Everything that is wrong with the manifest and the overrides (QTZ1...), each with file, line and column.</exception>
    public static QuantizationManifest Read(string path, ManifestOverrides? overrides = null)
    {
        path = Path.GetFullPath(path);
        return Parse(path, ManifestText.Read(path), overrides);
    }

    internal static QuantizationManifest Parse(string path, string text, ManifestOverrides? overrides = null)
    {
        return Build(path, YamlTree.Parse(path, text), overrides);
    }

    /// <summary>The manifest that a tree says, wherever the tree comes from.</summary>
    /// <param name="path">What relative paths are relative to.</param>
    /// <param name="root">The tree.</param>
    /// <param name="overrides">Values that take the place of the tree's own.</param>
    /// <param name="errors">What is already known to be wrong.</param>
    internal static QuantizationManifest Build(string path, MappingNode root, ManifestOverrides? overrides, ErrorList? errors = null)
    {
        errors ??= new ErrorList();
        root = CompressionSchema.WithDefaultAlgorithm(root);
        root = overrides?.Apply(root, errors) ?? root;
        new ShapeCheck(errors, ManifestSchema.Root, "a manifest").Check(root);

        // The sections are read even when their shape is wrong, because what they have to say about the rest is wanted too.
        var paths = new ManifestPaths(path, errors);
        var model = root.Text("model") is { } written ? paths.Absolute(written) : null;
        var output = root.Text("output") is { } named ? paths.Output(named) : model is null ? null : paths.DefaultOutput(model);
        var plugins = new PluginSection(root, paths, Path.GetDirectoryName(path)!, overrides?.Project, errors);
        var data = new DataSection(paths, plugins, errors);
        var (validation, calibration) = data.Read(root);
        var (certification, holdout) = data.ReadCertification(root);
        var metrics = new MetricSection(plugins, errors).Read(root, CompressionSection.Parameters(root));
        var postProcessing = plugins.ReadPostProcessing(root);
        var compression = new CompressionSection(errors).Read(root);
        CheckBudgetCanBeProven(root, compression, errors);
        foreach (var random in new[] { validation, calibration, certification }.OfType<RandomSourceSpecification>().Distinct())
            if (compression is { IsAccuracyAware: true } || compression?.Accuracy.MaximalDrop is not null || metrics.Any(m => m.HasBudget))
                errors.Add(DiagnosticCodes.ConflictingKeys, random.Position, null, "Nothing can be proven with 'random' data, and there is a budget. Give real samples, or use DefaultQuantization without 'maximal_drop' to try things.");
        errors.ThrowIfAny();
        return new QuantizationManifest
        {
            Path = path,
            Model = model!,
            Output = output!,
            Validation = validation,
            Calibration = calibration!,
            CheckCalibration = root.Mapping("data").Flag("check_calibration") ?? true,
            Certification = certification,
            Holdout = holdout,
            Verdict = VerdictSection.Read(root),
            Metrics = metrics,
            PostProcessing = postProcessing,
            Compression = compression!,
        };
    }

    private static void CheckBudgetCanBeProven(MappingNode root, CompressionSettings? compression, ErrorList errors)
    {
        var hasMetrics = root["metrics"] is not null || CompressionSection.Parameters(root)?["metrics"] is not null;
        if (compression?.Accuracy.MaximalDrop is { } budget && !hasMetrics)
            errors.Add(DiagnosticCodes.MissingKey, budget.Position, null, string.Create(CultureInfo.InvariantCulture,
                $"There is a budget of {budget.Value}{(budget.Source is null ? "" : $", set by {budget.Source},")} but no metric to measure it in. Add 'metrics' with at least one metric."));
        foreach (var (section, key) in (((string, string)[])[("verdict", "confidence"), ("data", "certification"), ("data", "certify")]))
            if (!hasMetrics && root.Mapping(section)?[key] is { } asked)
                errors.Add(DiagnosticCodes.MissingKey, asked, $"'{section}.{key}' is about a drop, but there is no metric to measure one in. Add 'metrics' with at least one metric.");
        if ((hasMetrics || compression?.Accuracy.MaximalDrop is not null) && root.Mapping("data") is { } data && data["validation"] is null)
            errors.Add(DiagnosticCodes.MissingKey, data, "'data.validation' is missing: a metric needs labelled samples to be measured on.");
    }
}
