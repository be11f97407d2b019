using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Manifest;

/// <summary>Reads <c>data</c>.</summary>
internal sealed class DataSection(ManifestPaths paths, PluginSection plugins, ErrorList errors)
{
    /// <summary>The validation and the calibration source; null where there is none or it is wrong.</summary>
    public (DataSourceSpecification? Validation, DataSourceSpecification? Calibration) Read(MappingNode root)
    {
        if (root.Mapping("data") is not { } data)
            return default;
        var validation = ReadSource(data.Mapping("validation"), "data.validation");
        if (data["calibration"] is { } node && (node as MappingNode)?["from"] is not { } from)
            return (validation, ReadSource(node as MappingNode, "data.calibration"));

        var own = data.Mapping("calibration");
        if (own?.Entries.FirstOrDefault(e => e.Key is "preprocess" or "labels" or "input" or "annotations") is { } beside)
            errors.Add(DiagnosticCodes.ConflictingKeys, beside.Position, null, $"'data.calibration.{beside.Key}' has no effect beside 'from', which takes everything from that section. Remove one of them.");
        if (data["validation"] is null)
            errors.Add(DiagnosticCodes.MissingKey, own ?? data, "'data' has neither a 'validation' source nor a 'calibration' source of its own, so there is nothing to calibrate with.");
        return (validation, validation);
    }

    /// <summary>What the verdict is given on when that is not the validation data: a source, or a share of the validation data.</summary>
    public (DataSourceSpecification? Source, HoldoutSpecification? Holdout) ReadCertification(MappingNode root)
    {
        var data = root.Mapping("data");
        var certify = data.Mapping("certify");
        if (certify is not null && data!["certification"] is not null)
            errors.Add(DiagnosticCodes.ConflictingKeys, certify, "'data.certify' keeps a part of the validation data back, but there is a 'data.certification' too. Remove one of them.");
        return (ReadSource(data.Mapping("certification"), "data.certification"),
            certify.Number("holdout") is { } fraction ? new HoldoutSpecification(fraction, certify.Whole("seed")?.Value ?? 0) : null);
    }

    private DataSourceSpecification? ReadSource(MappingNode? node, string path)
    {
        if (node is null)
            return null;
        if (plugins.Read(node, "loader") is { } loader)
        {
            foreach (var entry in node.Entries.Where(e => e.Key is "preprocess" or "input" or "labels"))
                errors.Add(DiagnosticCodes.ConflictingKeys, entry.Position, null, $"'{path}.{entry.Key}' has no effect beside 'loader', whose samples are fed as they are. Remove it, or give it to the loader under 'params'.");
            return new PluginSourceSpecification(node.Position, loader);
        }
        if (node["params"] is { } parameters)
            errors.Add(DiagnosticCodes.ConflictingKeys, parameters, $"'{path}.params' are those of a 'loader', and there is none. Remove them.");
        if (node.Text("images") is { } images)
            return new ImageSourceSpecification(
                node.Position, paths.Absolute(images), ImageLabels(node), node.Text("input"),
                [.. node.List("preprocess").OfType<MappingNode>().Select(new PreprocessSection(errors).Read).OfType<PreprocessStep>()]) { Annotations = new AnnotationSection(paths, errors).Read(node, path) };
        if (node.Mapping("tensors") is not { } tensors)
            return null;
        foreach (var entry in node.Entries.Where(e => e.Key is "preprocess" or "input" or "annotations"))
            errors.Add(DiagnosticCodes.ConflictingKeys, entry.Position, null, $"'{path}.{entry.Key}' applies to 'images'; 'tensors' are fed as they are. Remove it.");
        if (node.Text("labels") is { Value: "folders" } folders)
            errors.Add(DiagnosticCodes.ConflictingKeys, folders, $"'{path}.labels' is 'folders', which applies to 'images'; for 'tensors' it must be an .npy file.");
        var files = tensors.Entries.Where(e => tensors.Text(e.Key) is not null);
        return new TensorSourceSpecification(
            node.Position,
            files.ToImmutableSortedDictionary(e => e.Key, e => paths.AbsoluteArray(tensors.Text(e.Key)!), StringComparer.Ordinal),
            node.Text("labels") is { } labels ? paths.AbsoluteArray(labels) : null);
    }

    private Located<string>? ImageLabels(MappingNode node) => node.Text("labels") is not { } labels || labels.Value == "folders" ? node.Text("labels") : paths.AbsoluteArray(labels);
}
