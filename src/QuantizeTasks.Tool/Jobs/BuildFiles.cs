using System.Text;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Tool.Jobs;

/// <summary>
/// The files by which a build knows what a run read and made, and whether it is up to date. The stamp comes last and holds the warnings, which every build that finds it repeats without
/// running again; a failed run leaves no stamp, no list and no model.
/// </summary>
/// <param name="Stamp">Newer than every input when all is well.</param>
/// <param name="InputsFile">One absolute path or glob a line.</param>
/// <param name="OutputsFile">One line an output: <c>absolute path|path below the output directory</c>.</param>
/// <param name="OutputDirectory">The folder below which outputs lie.</param>
/// <param name="JobTime">When the job file was written: before the build began that runs it.</param>
internal sealed record BuildFiles(string Stamp, string InputsFile, string OutputsFile, string OutputDirectory, DateTime JobTime)
{
    /// <summary>A run begins: what an earlier one proved holds no longer.</summary>
    public void Begin() => Delete(Stamp);

    /// <summary>A run ended well.</summary>
    /// <param name="inputs">Files and globs that it read.</param>
    /// <param name="outputs">What it made.</param>
    /// <param name="warnings">What every build has to repeat, a line each.</param>
    public void Succeed(IEnumerable<string> inputs, IEnumerable<string> outputs, IEnumerable<string> warnings)
    {
        Write(InputsFile, inputs);
        Write(OutputsFile, outputs.Select(path => $"{path}|{Path.GetRelativePath(OutputDirectory, path).Replace('\\', '/')}"));
        Write(Stamp, warnings);
    }

    /// <summary>A run failed. <paramref name="output"/> is the manifest's output below the output directory, null when not even that is known.</summary>
    public void Fail(string? output)
    {
        Delete(Stamp);
        foreach (var path in Listed().Concat(output is null ? [] : [Path.GetFullPath(output, OutputDirectory)]).Where(IsBelowOutputDirectory))
            Delete(path);
        Delete(OutputsFile);
    }

    private IEnumerable<string> Listed() =>
        File.Exists(OutputsFile) ? File.ReadAllLines(OutputsFile).Where(line => line.Contains('|', StringComparison.Ordinal)).Select(line => line[..line.LastIndexOf('|')]) : [];

    // The list is a file that anything may have written; it cannot have files deleted elsewhere.
    private bool IsBelowOutputDirectory(string path)
    {
        var relative = Path.GetRelativePath(OutputDirectory, Path.GetFullPath(path));
        return Path.IsPathFullyQualified(path) && !Path.IsPathRooted(relative) && relative != ".." && !relative.StartsWith(".." + Path.DirectorySeparatorChar, StringComparison.Ordinal);
    }

    private static void Write(string path, IEnumerable<string> lines) =>
        AtomicFile.Write(path, Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n"))));

    private static void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (DirectoryNotFoundException)
        {
            // Nothing there: as wanted.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new QuantizeException(DiagnosticCodes.OutputNotWritable, $"'{path}' is of an earlier run, is not proven any more and cannot be removed: {e.Message} Remove it by hand and do not ship it.", new SourcePosition(path), e);
        }
    }
}
