using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Pot;

namespace QuantizeTasks;

/// <summary>Reads a manifest of any kind: <c>quantize.yaml</c>, the same in JSON, or a JSON configuration of OpenVINO's Post-training Optimization Tool.</summary>
public static class ManifestFile
{
    /// <summary>Reads and checks a manifest.</summary>
    /// <param name="path">The file; one that ends in <c>.json</c> is JSON, with comments and trailing commas allowed.</param>
    /// <param name="overrides">Values that take the place of the manifest's own.</param>
    /// <exception cref="QuantizeException">Everything that is wrong with the manifest and the overrides, each with file, line and column.</exception>
    public static QuantizationManifest Read(string path, ManifestOverrides? overrides = null)
    {
        path = Path.GetFullPath(path);
        if (!Path.GetExtension(path).Equals(".json", StringComparison.OrdinalIgnoreCase))
            return ManifestReader.Read(path, overrides);
        var root = PotConfiguration.Tree(path);
        return PotConfiguration.Is(root) ? PotConfiguration.Manifest(path, root, overrides) : ManifestReader.Build(path, root, overrides);
    }

    /// <summary>Reads and checks a configuration of the Post-training Optimization Tool, in JSON or, with the extension <c>.yaml</c>, in YAML.</summary>
    /// <exception cref="QuantizeException">Everything that is wrong with it.</exception>
    public static QuantizationManifest ReadPot(string path, ManifestOverrides? overrides = null)
    {
        path = Path.GetFullPath(path);
        return PotConfiguration.Manifest(path, PotConfiguration.Tree(path), overrides);
    }

    /// <summary>The text of the <c>quantize.yaml</c> that says the same as such a configuration.</summary>
    /// <param name="path">The configuration.</param>
    /// <param name="folder">The folder that the manifest will lie in.</param>
    /// <exception cref="QuantizeException">Everything that is wrong with it.</exception>
    public static string ImportPot(string path, string folder) => PotImport.Text(path, folder);
}
