using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Pot;

/// <summary>What the parts of a translation from a POT configuration to a manifest share.</summary>
/// <param name="folder">The folder that relative paths of the manifest are relative to.</param>
/// <param name="errors">Takes what is wrong.</param>
internal sealed class Translation(string folder, ErrorList errors)
{
    private readonly List<string> _ignored = [];
    private readonly SortedSet<string> _files = new(StringComparer.Ordinal);

    public ErrorList Errors => errors;

    /// <summary>What was left out because it changes no result, in the order of reading.</summary>
    public IReadOnlyList<string> Ignored => _ignored;

    /// <summary>Files that were read besides the configuration itself, absolute.</summary>
    public IReadOnlyCollection<string> Files => _files;

    /// <summary>A path of the configuration, which is relative to the file that says it, as the manifest says it.</summary>
    public ScalarNode Path(Located<string> path)
    {
        var full = Full(path);
        var isBelowTarget = System.IO.Path.IsPathRooted(path.Value) || FolderOf(path) == folder;
        var text = isBelowTarget ? path.Value : System.IO.Path.GetRelativePath(folder, full);
        return new ScalarNode(text.Replace('\\', '/'), IsPlain: false, path.Position, path.Source);
    }

    /// <summary>The absolute form of a path of the configuration.</summary>
    public static string Full(Located<string> path) => System.IO.Path.GetFullPath(path.Value, FolderOf(path));

    /// <summary>Notes that a file was read.</summary>
    public void Reads(string file) => _files.Add(file);

    /// <summary>Notes that something was left out because it changes no result.</summary>
    public void Leave(string what) => _ignored.Add(what);

    /// <summary>Reports something that has no counterpart here.</summary>
    public void Unsupported(ManifestNode at, string message) => errors.Add(DiagnosticCodes.PotKeyUnsupported, at, message);

    private static string FolderOf(Located<string> path) => System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path.Position.File))!;
}
