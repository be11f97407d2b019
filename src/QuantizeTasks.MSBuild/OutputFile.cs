using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace QuantizeTasks;

/// <summary>One file that a quantization made: where it lies, and where it goes below the output directory.</summary>
internal sealed class OutputFile
{
    private OutputFile(string path, string targetPath) => (FullPath, TargetPath) = (path, targetPath);

    public string FullPath { get; }

    /// <summary>Relative, with forward slashes.</summary>
    public string TargetPath { get; }

    /// <summary>Reads the tool's list, a line <c>absolute path|relative path</c> each. Empty when there is none.</summary>
    /// <exception cref="InvalidDataException">A line is malformed or leads out of the output directory.</exception>
    public static IReadOnlyList<OutputFile> ReadList(string path) =>
        File.Exists(path) ? [.. File.ReadAllLines(path).Where(line => line.Length > 0).Select(Parse)] : [];

    /// <summary>Whether the list exists, can be read, is not empty and names files that exist.</summary>
    public static bool AllExist(string path)
    {
        try
        {
            var outputs = ReadList(path);
            return outputs.Count > 0 && outputs.All(output => File.Exists(output.FullPath));
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    private static OutputFile Parse(string line)
    {
        // The relative path comes from the manifest and has no bar; the absolute one may.
        var bar = line.LastIndexOf('|');
        var target = line.Substring(bar + 1);
        if (bar <= 0 || target.Length == 0 || target[0] == '/' || target.IndexOf(':') >= 0 || target.Split('/', '\\').Contains(".."))
            throw new InvalidDataException($"'{line}' is not '<absolute path>|<path below the output directory>'");
        return new OutputFile(line.Substring(0, bar), target);
    }
}
