using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Data;

/// <summary>The folder that an annotation's images are in. Names come from a file, so none may lead out of it.</summary>
internal sealed class AnnotatedFolder
{
    private readonly string _root;

    public AnnotatedFolder(Located<string> images)
    {
        _root = Path.GetFullPath(images.Value);
        if (!Directory.Exists(_root))
            throw new QuantizeException(DiagnosticCodes.DataNotFound, $"There is no folder '{_root}'. With 'annotations', 'images' is the folder that their names are relative to.", images.Position);
    }

    /// <summary>An image by the name that an annotation gives it: its path below the folder, or only the last part of it, as annotations are often written on another machine.</summary>
    public ImageFile Find(string written, SourcePosition position)
    {
        var relative = written.Replace('\\', '/');
        var name = Below(relative) ?? Below(relative[(relative.LastIndexOf('/') + 1)..]);
        if (name is not null && File.Exists(Path.Combine(_root, name)))
            return new ImageFile(Path.Combine(_root, name), name);
        var last = Below(relative[(relative.LastIndexOf('/') + 1)..]);
        if (last is not null && File.Exists(Path.Combine(_root, last)))
            return new ImageFile(Path.Combine(_root, last), last);
        throw new QuantizeException(DiagnosticCodes.DataNotFound, $"There is no image '{ScalarText(written)}' in '{_root}'.", position);
    }

    /// <summary>An image by its name without extension.</summary>
    public ImageFile FindAny(string stem, IReadOnlyList<string> extensions, SourcePosition position)
    {
        if (Below(stem.Replace('\\', '/')) is { } name && extensions.Select(extension => name + extension).FirstOrDefault(file => File.Exists(Path.Combine(_root, file))) is { } file)
            return new ImageFile(Path.Combine(_root, file), file);
        throw new QuantizeException(DiagnosticCodes.DataNotFound, $"There is no image '{ScalarText(stem)}' with an extension such as {extensions[0]} in '{_root}'.", position);
    }

    private string? Below(string relative)
    {
        if (relative.Length == 0 || relative.Any(char.IsControl) || Path.IsPathRooted(relative))
            return null;
        var name = Path.GetRelativePath(_root, Path.GetFullPath(Path.Combine(_root, relative))).Replace(Path.DirectorySeparatorChar, '/');
        return name is "." or ".." || name.StartsWith("../", StringComparison.Ordinal) || Path.IsPathRooted(name) ? null : name;
    }

    private static string ScalarText(string text) => string.Concat(text.Take(200).Select(c => char.IsControl(c) ? ' ' : c));
}
