using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Data;

/// <summary>What <c>images:</c> (or <c>audio:</c>) names: a folder with everything below it, the files in it that match a glob, or a text file with a relative path a line.</summary>
internal sealed class ImageFolder
{
    /// <summary>What images are called.</summary>
    public static IReadOnlyList<string> ImageExtensions { get; } = [".jpg", ".jpeg", ".png", ".bmp", ".ppm", ".pgm", ".pbm", ".pnm"];

    private const string ListExtension = ".txt";

    /// <summary>Hidden files and folders are tools' droppings (<c>.ipynb_checkpoints</c>, <c>._x.jpg</c>), not data.</summary>
    private static readonly EnumerationOptions Recursive = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.System, IgnoreInaccessible = false, MaxRecursionDepth = 16 };

    private ImageFolder(string root, Predicate<string> covers, IReadOnlyList<ImageFile> files)
    {
        Root = root;
        Covers = covers;
        Files = files;
    }

    /// <summary>The folder that names are relative to: all of the path before the first wildcard, or where the list lies.</summary>
    public string Root { get; }

    /// <summary>Whether a file of the folder, by its name, is meant: not when it does not match the glob or is not on the list.</summary>
    public Predicate<string> Covers { get; }

    /// <summary>The files in ordinal order of their names, or in the order of the list.</summary>
    public IReadOnlyList<ImageFile> Files { get; }

    /// <summary>The sub-folders in ordinal order: the classes of <c>labels: folders</c>. Empty ones count, so that a class without images keeps its index.</summary>
    public IReadOnlyList<string> SubFolders =>
        [.. Directory.EnumerateDirectories(Root).Select(path => Path.GetFileName(path)).Where(name => !name.StartsWith('.')).Order(StringComparer.Ordinal)];

    /// <summary>Lists the files.</summary>
    /// <exception cref="QuantizeException">The folder or the list is missing or has no such file.</exception>
    public static ImageFolder Open(Located<string> images, IReadOnlyList<string> extensions)
    {
        if (IsList(images.Value))
            return OpenList(images);
        var (root, glob) = Split(images.Value);
        if (!Directory.Exists(root))
            throw new QuantizeException(DiagnosticCodes.DataNotFound, $"There is no folder '{root}'.", images.Position);
        try
        {
            var files = Directory.EnumerateFiles(root, "*", Recursive)
                .Select(path => new ImageFile(path, Path.GetRelativePath(root, path).Replace(Path.DirectorySeparatorChar, '/')))
                .Where(file => IsMeant(file.Name, extensions) && (glob is null || glob.IsMatch(file.Name)))
                .OrderBy(file => file.Name, StringComparer.Ordinal).ToList();
            if (files.Count == 0)
                throw new QuantizeException(DiagnosticCodes.DataNotFound, $"'{images.Value}' has no file of the kind ({string.Join(", ", extensions)}).", images.Position);
            return new ImageFolder(root, name => glob?.IsMatch(name) != false, files);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"'{root}' cannot be listed: {e.Message}", images.Position, e);
        }
    }

    /// <summary>What has to be watched for changes.</summary>
    public static IEnumerable<string> FilesOf(Located<string> images)
    {
        if (IsList(images.Value))
            return File.Exists(images.Value) ? OpenList(images).Files.Select(file => file.Path).Append(images.Value) : [images.Value];
        var (root, glob) = Split(images.Value);
        return [Path.Combine(root, glob?.Pattern ?? "**/*").Replace('/', Path.DirectorySeparatorChar)];
    }

    /// <summary>A path a line, relative to the list's folder and below it; blank lines and those that start with # do not count.</summary>
    private static ImageFolder OpenList(Located<string> list)
    {
        var root = Path.GetDirectoryName(list.Value)!;
        var files = new List<ImageFile>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (line, number) in TextLines.Read(list.Value, list.Position).Where(l => l.Text.Trim() is { Length: > 0 } text && text[0] != '#'))
        {
            var position = new SourcePosition(list.Value, number, 1);
            var file = ConfinedFile.Resolve(root, line.Trim(), position);
            if (!names.Add(file.Name))
                throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"'{file.Name}' is on the list twice.", position);
            files.Add(file);
        }
        return files.Count > 0 ? new ImageFolder(root, names.Contains, files)
            : throw new QuantizeException(DiagnosticCodes.DataNotFound, $"The list '{list.Value}' names no file.", list.Position);
    }

    private static bool IsList(string path) => Path.GetExtension(path).Equals(ListExtension, StringComparison.OrdinalIgnoreCase) && !Directory.Exists(path) && !ImageGlob.IsGlob(path);

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

    private static bool IsMeant(string name, IReadOnlyList<string> extensions) =>
        extensions.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase) && !name.StartsWith('.') && !name.Contains("/.", StringComparison.Ordinal);
}
