using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Manifest;

/// <summary>Paths of a manifest, which are relative to its folder.</summary>
internal sealed class ManifestPaths(string manifest, ErrorList errors)
{
    private const string ArchiveExtension = ".npz";
    private readonly string _folder = Path.GetDirectoryName(manifest)!;

    /// <summary>The absolute form of a path to read from.</summary>
    public Located<string> Absolute(Located<string> path) => path with { Value = Full(path.Value) };

    /// <summary>The absolute form of an .npy file or of a member of an .npz archive (<c>file.npz#member</c>), whose name is not a path.</summary>
    public Located<string> AbsoluteArray(Located<string> path)
    {
        var end = path.Value.IndexOf(ArchiveExtension + "#", StringComparison.OrdinalIgnoreCase);
        if (end < 0)
            return Absolute(path);
        end += ArchiveExtension.Length;
        return path with { Value = Full(path.Value[..end]) + path.Value[end..] };
    }

    /// <summary>The path below the output directory: with forward slashes and unable to leave it, on any platform.</summary>
    public Located<string> Output(Located<string> path)
    {
        var parts = path.Value.Replace('\\', '/').Split('/');
        if (parts[0].Length == 0 || path.Value.Contains(':', StringComparison.Ordinal))
            errors.Add(DiagnosticCodes.ValueOutOfRange, path, $"'output' must be a relative path below the output directory, but is '{path.Value}'.");
        else if (parts.Contains(".."))
            errors.Add(DiagnosticCodes.ValueOutOfRange, path, $"'output' must stay below the output directory, but '{path.Value}' contains '..'.");
        else if (parts[^1] is "" or ".")
            errors.Add(DiagnosticCodes.ValueOutOfRange, path, $"'output' must name a file, but '{path.Value}' is a folder.");
        return path with { Value = string.Join('/', parts.Where(p => p is not ("" or "."))) };
    }

    /// <summary>The output of a model when the manifest names none: the model's own relative path, or its name when it lies outside the manifest's folder, with <c>.int8</c> before the extension.</summary>
    public Located<string> DefaultOutput(Located<string> model)
    {
        var relative = Path.GetRelativePath(_folder, model.Value).Replace(Path.DirectorySeparatorChar, '/');
        if (Path.IsPathRooted(relative) || relative == ".." || relative.StartsWith("../", StringComparison.Ordinal))
            relative = Path.GetFileName(model.Value);
        var extension = Path.GetExtension(relative);
        return model with { Value = $"{relative[..^extension.Length]}.int8{extension}" };
    }

    private string Full(string path) => Path.GetFullPath(path, _folder);
}
