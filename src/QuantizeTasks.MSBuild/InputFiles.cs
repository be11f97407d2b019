using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace QuantizeTasks;

/// <summary>
/// What a quantization read: the tool writes one absolute path or glob a line, and the next build looks whether anything there changed.
/// <c>*</c> and <c>?</c> match inside one path segment, <c>**</c> any number of folders.
/// </summary>
internal static class InputFiles
{
    private static readonly char[] Separators = ['/', '\\'];
    private static readonly char[] Wildcards = ['*', '?'];

    /// <summary>The existing files behind the lines, each once, in ordinal order. A file that has gone is missing here, which changes the list and so is noticed.</summary>
    public static IReadOnlyList<string> Expand(IEnumerable<string> lines) =>
        [.. lines.Where(line => line.Length > 0).SelectMany(Expand).Distinct(StringComparer.Ordinal).OrderBy(path => path, StringComparer.Ordinal)];

    private static IEnumerable<string> Expand(string line)
    {
        // On Linux a file name may contain a star; the file itself wins over the pattern.
        if (File.Exists(line))
            return [line];
        var wildcard = line.IndexOfAny(Wildcards);
        if (wildcard < 0)
            return [];
        var folderEnd = line.LastIndexOfAny(Separators, wildcard);
        if (folderEnd < 0)
            return [];
        var folder = line.Substring(0, folderEnd + 1);
        return Directory.Exists(folder) ? Match(folder, line.Substring(folderEnd + 1).Split(Separators, StringSplitOptions.RemoveEmptyEntries), 0) : [];
    }

    private static IEnumerable<string> Match(string folder, string[] segments, int index)
    {
        var segment = segments[index];
        var last = index == segments.Length - 1;
        if (segment == "**")
        {
            var rest = last ? Directory.EnumerateFiles(folder) : Match(folder, segments, index + 1);
            return rest.Concat(Directory.EnumerateDirectories(folder).SelectMany(sub => Match(sub, segments, index)));
        }
        return last
            ? Directory.EnumerateFiles(folder, segment)
            : Directory.EnumerateDirectories(folder, segment).SelectMany(sub => Match(sub, segments, index + 1));
    }
}
