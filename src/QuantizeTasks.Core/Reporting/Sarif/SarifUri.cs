namespace QuantizeTasks.Reporting.Sarif;

/// <summary>Paths as the URIs that SARIF wants (section 3.4): RFC 3986, relative ones without a leading slash, folders with a trailing one.</summary>
internal static class SarifUri
{
    /// <summary>An absolute URI.</summary>
    public static string OfFolder(string path) => Absolute(path).TrimEnd('/') + "/";

    /// <summary>Relative to the root when the file lies below it, else absolute.</summary>
    public static (string Uri, bool IsBelow) OfFile(string path, string root)
    {
        var full = Path.GetFullPath(path, root);
        var relative = Path.GetRelativePath(root, full);
        var isBelow = !Path.IsPathRooted(relative) && relative != ".." && !relative.StartsWith(".." + Path.DirectorySeparatorChar, StringComparison.Ordinal);
        return isBelow ? (Escape(relative), true) : (Absolute(full), false);
    }

    private static string Absolute(string path) => "file://" + (path.StartsWith('/') ? "" : "/") + Escape(path);

    // Drive letters keep their colon; everything else that is not plain is percent-encoded.
    private static string Escape(string path) => string.Join('/', path.Replace(Path.DirectorySeparatorChar, '/').Split('/').Select((part, i) => i == 0 && part is [var drive, ':'] && char.IsAsciiLetter(drive) ? part : Uri.EscapeDataString(part)));
}
