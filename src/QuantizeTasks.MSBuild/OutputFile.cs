using System;
using System.Collections.Generic;
using System.IO;

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
    public static List<OutputFile> ReadList(string path)
    {
        var outputs = new List<OutputFile>();
        foreach (var line in File.Exists(path) ? File.ReadAllLines(path) : [])
        {
            if (line.Length > 0)
                outputs.Add(Parse(line));
        }
        return outputs;
    }

    /// <summary>Whether the list exists, can be read, is not empty and names files that exist.</summary>
    public static bool AllExist(string path)
    {
        try
        {
            return AllExist(ReadList(path));
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    /// <summary>Whether there are any and all of them exist.</summary>
    public static bool AllExist(List<OutputFile> outputs)
    {
        foreach (var output in outputs)
        {
            if (!File.Exists(output.FullPath))
                return false;
        }
        return outputs.Count > 0;
    }

    private static OutputFile Parse(string line)
    {
        // The relative path comes from the manifest and has no bar; the absolute one may.
        var bar = line.LastIndexOf('|');
        var target = line.Substring(bar + 1);
        if (bar <= 0 || target.Length == 0 || target[0] == '/' || target.IndexOf(':') >= 0 || Array.IndexOf(target.Split('/', '\\'), "..") >= 0)
            throw new InvalidDataException($"'{line}' is not '<absolute path>|<path below the output directory>'");
        return new OutputFile(line.Substring(0, bar), target);
    }
}
