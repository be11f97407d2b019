using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Data;

/// <summary>Files that a data file names, which must lie below its folder.</summary>
internal static class ConfinedFile
{
    /// <summary>The file and its name relative to the folder, with forward slashes.</summary>
    /// <exception cref="QuantizeException">It is absolute, leads out of the folder, or is not there.</exception>
    public static ImageFile Resolve(string root, string file, SourcePosition position)
    {
        var relative = file.Replace('\\', '/');
        if (relative.Contains('\0', StringComparison.Ordinal))
            throw new QuantizeException(DiagnosticCodes.DataUnreadable, "The name of a file has a NUL character.", position);
        var absolute = Path.GetFullPath(Path.Combine(root, relative));
        var name = Path.GetRelativePath(root, absolute).Replace(Path.DirectorySeparatorChar, '/');
        if (relative.Length == 0 || Path.IsPathRooted(relative) || name is "." or ".." || name.StartsWith("../", StringComparison.Ordinal) || Path.IsPathRooted(name))
            throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"'{file}' is not a file below the folder '{root}'.", position);
        if (!File.Exists(absolute))
            throw new QuantizeException(DiagnosticCodes.DataNotFound, $"There is no file '{absolute}'.", position);
        return new ImageFile(absolute, name);
    }
}
