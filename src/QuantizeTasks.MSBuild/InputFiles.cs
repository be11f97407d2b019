using System;
using System.Collections.Generic;
using System.IO;

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
    public static List<string> Expand(IEnumerable<string> lines)
    {
        var files = new List<string>();
        foreach (var line in lines)
        {
            if (line.Length > 0)
                Add(files, line);
        }
        files.Sort(StringComparer.Ordinal);
        var kept = 0;
        for (var i = 0; i < files.Count; i++)
        {
            if (kept == 0 || files[i] != files[kept - 1])
                files[kept++] = files[i];
        }
        files.RemoveRange(kept, files.Count - kept);
        return files;
    }

    private static void Add(List<string> files, string line)
    {
        // On Linux a file name may contain a star; the file itself wins over the pattern.
        if (File.Exists(line))
        {
            files.Add(line);
            return;
        }
        var wildcard = line.IndexOfAny(Wildcards);
        var folderEnd = wildcard < 0 ? -1 : line.LastIndexOfAny(Separators, wildcard);
        if (folderEnd < 0)
            return;
        var folder = line.Substring(0, folderEnd + 1);
        if (Directory.Exists(folder))
            Match(files, folder, line.Substring(folderEnd + 1).Split(Separators, StringSplitOptions.RemoveEmptyEntries), 0);
    }

    private static void Match(List<string> files, string folder, string[] segments, int index)
    {
        var segment = segments[index];
        var last = index == segments.Length - 1;
        var anyDepth = segment == "**";
        if (last)
            files.AddRange(Directory.GetFiles(folder, anyDepth ? "*" : segment));
        else if (anyDepth)
            Match(files, folder, segments, index + 1);
        if (last && !anyDepth)
            return;
        foreach (var sub in Directory.GetDirectories(folder, anyDepth ? "*" : segment))
            Match(files, sub, segments, anyDepth ? index : index + 1);
    }
}
