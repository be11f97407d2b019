using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Manifest.Json;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Pot;

/// <summary>The engine <c>accuracy_checker</c>: launcher and datasets, inline or in a file of their own.</summary>
/// <param name="model">The model's absolute path.</param>
/// <param name="translation">Takes what is wrong.</param>
internal sealed class AccuracyCheckerEngine(string model, Translation translation)
{
    public EngineSettings? Read(KeyReader engine)
    {
        engine.Leave("the model runs in ONNX Runtime on the processor", "device", "stat_requests_number", "eval_requests_number");
        var settings = engine.Text("config") is { } config ? OfFile(config) : OfModel(engine);
        engine.Finish();
        return settings;
    }

    private EngineSettings? OfFile(Located<string> config)
    {
        var file = Translation.Full(config);
        if (!File.Exists(file))
        {
            translation.Errors.Add(DiagnosticCodes.ManifestNotFound, config, $"There is no Accuracy Checker configuration '{file}'.");
            return null;
        }
        var text = ManifestText.Read(file);
        var root = Path.GetExtension(file).Equals(".json", StringComparison.OrdinalIgnoreCase) ? JsonTree.Parse(file, text) : YamlTree.Parse(file, text);
        translation.Reads(file);
        var keys = new KeyReader(root, Path.GetFileName(file), translation);
        if (!keys.Has("models"))
            return Finished(keys, OfModel(keys));
        var models = keys.List("models");
        keys.Finish();
        if (models is [MappingNode only])
        {
            var entry = new KeyReader(only, "models[0]", translation);
            return Finished(entry, OfModel(entry));
        }
        translation.Unsupported(root["models"]!, $"'models' must be a list of one model, but has {models.Length} entries.");
        return null;
    }

    private static EngineSettings? Finished(KeyReader keys, EngineSettings? settings)
    {
        keys.Finish();
        return settings;
    }

    private EngineSettings? OfModel(KeyReader keys)
    {
        keys.Leave("the name of the model comes from 'model'", "name");
        var launcher = LauncherSection.Read(keys, translation);
        var input = ModelInput.Read(model, launcher.Layout, launcher.Input?.Value);
        var (optimization, evaluation, preprocessing) = Datasets(keys);
        if (evaluation is null && optimization is null)
            return null;
        var reader = new DatasetSection(input, launcher, translation);
        var validation = evaluation is null ? null : reader.Read(evaluation, preprocessing, needsLabels: true);
        var calibration = optimization is null ? null : reader.Read(optimization, preprocessing, needsLabels: false);
        return new EngineSettings(
            Tree.Mapping(keys.Node.Position, ("validation", validation?.Source), ("calibration", calibration?.Source)),
            validation?.Metrics ?? []);
    }

    /// <summary>A list, of which the first entry is for both, or <c>{ optimization, evaluation, preprocessing }</c>.</summary>
    private (KeyReader? Optimization, KeyReader? Evaluation, ListNode? Preprocessing) Datasets(KeyReader keys)
    {
        switch (keys.Take("datasets"))
        {
            case ListNode { Items: [MappingNode only] }:
                return (null, new KeyReader(only, "datasets[0]", translation), null);
            case MappingNode mapping:
                var named = new KeyReader(mapping, "datasets", translation);
                var (optimization, evaluation, shared) = (named.Mapping("optimization"), named.Mapping("evaluation"), named.Take("preprocessing") as ListNode);
                named.Finish();
                return (
                    optimization is null ? null : new KeyReader(optimization, "datasets.optimization", translation),
                    evaluation is null ? null : new KeyReader(evaluation, "datasets.evaluation", translation), shared);
            case null:
                translation.Errors.Add(DiagnosticCodes.MissingKey, keys.Node, $"'{keys.Path}' has neither 'config' nor 'datasets'.");
                break;
            case var other:
                translation.Unsupported(other, "'datasets' must be a list of one dataset, or a mapping with 'optimization' and 'evaluation'.");
                break;
        }
        return default;
    }
}
