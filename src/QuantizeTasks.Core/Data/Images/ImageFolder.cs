using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Data;

/// <summary>What <c>images:</c> names: a folder with everything below it, or the files in it that match a glob.</summary>
internal sealed class ImageFolder
{
    private static readonly string[] Extensions = [".jpg", ".jpeg", ".png"];

    /// <summary>Hidden files and folders are tools' droppings (<c>.ipynb_checkpoints</c>, <c>._x.jpg</c>), not data.</summary>
    private static readonly EnumerationOptions Recursive = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.System, IgnoreInaccessible = false, MaxRecursionDepth = 16 };

    private ImageFolder(string root, ImageGlob? glob, IReadOnlyList<ImageFile> files)
    {
        Root = root;
        Glob = glob;
        Files = files;
    }

    /// <summary>The folder that names are relative to: all of the path before the first wildcard.</summary>
    public string Root { get; }

    /// <summary>Which files of the folder are meant; null for every image.</summary>
    public ImageGlob? Glob { get; }

    /// <summary>The images in ordinal order of their names.</summary>
    public IReadOnlyList<ImageFile> Files { get; }

    /// <summary>The sub-folders in ordinal order: the classes of <c>labels: folders</c>. Empty ones count, so that a class without images keeps its index.</summary>
    public IReadOnlyList<string> SubFolders =>
        [.. Directory.EnumerateDirectories(Root).Select(path => Path.GetFileName(path)).Where(name => !name.StartsWith('.')).Order(StringComparer.Ordinal)];

    /// <summary>Lists the images.</summary>
    /// <exception cref="QuantizeException">The folder is missing or has no image.</exception>
    public static ImageFolder Open(Located<string> images)
    {
        var (root, glob) = Split(images.Value);
        if (!Directory.Exists(root))
            throw new QuantizeException(DiagnosticCodes.DataNotFound, $"There is no folder '{root}'.", images.Position);
        try
        {
            var files = Directory.EnumerateFiles(root, "*", Recursive)
                .Select(path => new ImageFile(path, Path.GetRelativePath(root, path).Replace(Path.DirectorySeparatorChar, '/')))
                .Where(file => IsImage(file.Name) && (glob is null || glob.IsMatch(file.Name)))
                .OrderBy(file => file.Name, StringComparer.Ordinal).ToList();
            if (files.Count == 0)
                throw new QuantizeException(DiagnosticCodes.DataNotFound, $"'{images.Value}' has no image ({string.Join(", ", Extensions)}).", images.Position);
            return new ImageFolder(root, glob, files);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"'{root}' cannot be listed: {e.Message}", images.Position, e);
        }
    }

    /// <summary>The folder, and what in it is meant. A folder that exists is a folder, whatever characters its name has.</summary>
    public static (string Root, ImageGlob? Glob) Split(string images)
    {
        if (Directory.Exists(images) || !ImageGlob.IsGlob(images))
            return (Path.GetFullPath(images), null);
        var segments = images.Replace('\\', '/').Split('/');
        var wild = Array.FindIndex(segments, ImageGlob.IsGlob);
        var root = string.Join('/', segments.Take(wild));
        return (Path.GetFullPath(root.Length == 0 ? "/" : root), new ImageGlob(string.Join('/', segments.Skip(wild))));
    }

    private static bool IsImage(string name) =>
        Extensions.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase) && !name.StartsWith('.') && !name.Contains("/.", StringComparison.Ordinal);
}
