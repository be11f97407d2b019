using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Onnx;

/// <summary>Paths that a model names, which must not lead out of the folder that the model lies in.</summary>
internal static class ConfinedPath
{
    /// <summary>As many links in a row as Linux follows.</summary>
    private const int MostLinks = 40;

    /// <summary>The full path of a file that a model names relative to itself. The file need not exist.</summary>
    /// <exception cref="QuantizeException">The path is empty or absolute, has a '..', or leads out of the folder through a link.</exception>
    public static string Resolve(string modelPath, string location, string place)
    {
        // Models travel between systems: what is a separator, a drive or a root on one of them is taken for one everywhere.
        var parts = location.Split('/', '\\');
        if (location.Length == 0 || location.Contains('\0', StringComparison.Ordinal) || location.Contains(':', StringComparison.Ordinal) || parts[0].Length == 0 || parts.Contains(".."))
            throw Escapes("External data must lie in the model's own folder, and be named relative to it.");
        var folder = Path.GetDirectoryName(Path.GetFullPath(modelPath)) ?? throw Escapes("The model lies in no folder.");
        var path = Path.GetFullPath(Path.Combine([folder, .. parts]));
        try
        {
            var root = Path.TrimEndingDirectorySeparator(Real(folder, 0)) + Path.DirectorySeparatorChar;
            if (!Real(path, 0).StartsWith(root, StringComparison.Ordinal))
                throw Escapes("A link leads out of the model's folder; put the file itself there.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Escapes(e.Message);
        }
        return path;

        QuantizeException Escapes(string why) =>
            new(DiagnosticCodes.ExternalDataInvalid, $"The {place} has its values in '{location}', which is not allowed. {why}", new SourcePosition(modelPath));
    }

    /// <summary>The path without links in any of its parts. What does not exist is taken as it is.</summary>
    private static string Real(string path, int links)
    {
        if (links > MostLinks)
            throw new IOException($"'{path}' has too many links.");
        if (Path.GetDirectoryName(path) is not { } parent)
            return path;
        var here = Path.Combine(Real(parent, links), Path.GetFileName(path));
        // A link to a folder is reported by FileInfo too.
        return new FileInfo(here).LinkTarget is { } target ? Real(Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, target)), links + 1) : here;
    }
}
