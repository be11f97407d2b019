namespace QuantizeTasks.Manifest.Yaml;

/// <summary>How much of a manifest is read at most. A manifest comes with a repository, so it is not trusted with the machine's memory; real ones stay far below.</summary>
internal static class YamlLimits
{
    public const int Bytes = 1 << 20;
    public const int Depth = 32;

    /// <summary>Nodes including the contents of aliases, which otherwise grow without bound from a few lines.</summary>
    public const int Nodes = 50_000;
}
