using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Manifest;

/// <summary>Reads <c>verdict</c>.</summary>
internal static class VerdictSection
{
    public static VerdictSettings Read(MappingNode root) => root.Mapping("verdict") is { } section
        ? new VerdictSettings(section.Number("confidence"), section.Number("max_size_ratio"), section.Number("min_speedup"))
        : VerdictSettings.None;
}
