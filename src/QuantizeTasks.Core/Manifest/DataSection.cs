using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest.Schema;
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
        if (own?.Entries.FirstOrDefault(e => e.Key == "subset" || SourceSchema.IsOption(e.Key)) is { } beside)
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

    private DataSourceSpecification? ReadSource(MappingNode? node, string path) => new SourceSection(paths, plugins, errors).Read(node, path);
}
