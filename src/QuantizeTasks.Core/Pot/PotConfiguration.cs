using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Manifest.Json;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Pot;

/// <summary>
/// Reads a configuration of OpenVINO's Post-training Optimization Tool by turning its tree into that of a <c>quantize.yaml</c>, so that everything after it is the same:
/// checks, defaults, errors with line and column, the manifest. <c>docs/pot.md</c> says what becomes what.
/// </summary>
internal static class PotConfiguration
{
    /// <summary>Whether a tree is such a configuration rather than a manifest in JSON form.</summary>
    public static bool Is(MappingNode root) => root["engine"] is not null || root["model"] is MappingNode;

    /// <summary>The tree of a file, JSON or YAML by its extension.</summary>
    public static MappingNode Tree(string path)
    {
        var text = ManifestText.Read(path);
        return Path.GetExtension(path).ToUpperInvariant() is ".YAML" or ".YML" ? YamlTree.Parse(path, text) : JsonTree.Parse(path, text);
    }

    /// <summary>Reads and checks a configuration.</summary>
    /// <exception cref="QuantizeException">Everything that is wrong with it.</exception>
    public static QuantizationManifest Manifest(string path, MappingNode root, ManifestOverrides? overrides)
    {
        var errors = new ErrorList();
        var translation = new Translation(Path.GetDirectoryName(path)!, errors);
        var manifest = Translate(root, translation, overrides);
        return ManifestReader.Build(path, manifest, overrides, errors) with { Includes = [.. translation.Files] };
    }

    /// <summary>The manifest's tree.</summary>
    public static MappingNode Translate(MappingNode root, Translation translation, ManifestOverrides? overrides)
    {
        var keys = new KeyReader(root, "configuration", translation);
        var (model, output) = ModelSection.Read(keys, translation);
        var file = overrides?.Values.LastOrDefault(o => o.Key == "model")?.Text is { } other ? other : model is null ? null : Translation.Full(keys.Node.Mapping("model").Text("model")!);
        var engine = Engine(keys, file, translation);
        var compression = new CompressionTranslation(translation).Read(keys, engine?.Metrics);
        keys.Finish();
        if (engine is null)
            translation.Errors.ThrowIfAny();
        return Pot.Tree.Mapping(root.Position,
            ("model", model), ("output", output), ("data", engine?.Data), ("metrics", compression.Metrics), ("compression", compression.Section));
    }

    private static EngineSettings? Engine(KeyReader root, string? model, Translation translation)
    {
        if (root.Mapping("engine") is not { } section)
        {
            if (!root.Has("engine"))
                translation.Errors.Add(DiagnosticCodes.MissingKey, root.Node, "'engine' is missing: it says where the data comes from.");
            return null;
        }
        var keys = new KeyReader(section, "engine", translation);
        var type = keys.OneOf("type", "accuracy_checker", "simplified") ?? (keys.Has("type") ? null : "accuracy_checker");
        // Without a readable model there is no telling what the rest should be.
        if (type is null || model is null || translation.Errors.HasAny)
            return null;
        return type == "simplified"
            ? new EngineSettings(SimplifiedEngine.Read(keys, model, translation), [])
            : new AccuracyCheckerEngine(model, translation).Read(keys);
    }
}
