using System;
using System.Collections.Generic;
using System.IO;

namespace QuantizeTasks;

/// <summary>
/// Whether a job has anything to do, by times, as MSBuild decides for its own targets. Loops, because every build runs this before anything is compiled: a library method over a type of our own is
/// compiled anew each time.
/// </summary>
internal static class UpToDateCheck
{
    /// <summary>
    /// The files whose times decide: the options, the list of names, and of the tool's assemblies and of the data the newest each. Times cannot see that a file came with an old one or went
    /// away; so the list of names is a file too, rewritten when it changes. A stamp without what it stands for proves nothing and is removed.
    /// </summary>
    public static List<string> Inputs(QuantizeJob job, string toolAssembly)
    {
        var inputs = new List<string> { job.JobFile };
        if (!File.Exists(job.Stamp) || !File.Exists(toolAssembly))
            return inputs;
        if (!File.Exists(job.InputsFile) || !OutputFile.AllExist(job.OutputsFile) || !Stamp.IsSound(job.Stamp))
        {
            File.Delete(job.Stamp);
            return inputs;
        }
        var read = InputFiles.Expand(File.ReadAllLines(job.InputsFile));
        TextFile.WriteWhenDifferent(job.InputList, InputListText(toolAssembly, read));
        inputs.Add(job.InputList);
        AddNewest(inputs, Directory.GetFiles(Path.GetDirectoryName(toolAssembly)!, "*.dll"));
        AddNewest(inputs, read);
        return inputs;
    }

    /// <summary>Why a job has to run, or null when it need not.</summary>
    public static string? ReasonToRun(QuantizeJob job, List<string> inputs)
    {
        if (!File.Exists(job.Stamp))
            return "no run of it has gone well since its outputs were last there";
        var stamp = File.GetLastWriteTimeUtc(job.Stamp).Ticks;
        foreach (var input in inputs)
        {
            if (File.GetLastWriteTimeUtc(input).Ticks > stamp)
                return $"'{input}' is newer than its last run";
        }
        return null;
    }

    /// <summary>The tool's path is part of it: a package of another version may well be older than the stamp.</summary>
    public static string InputListText(string toolAssembly, IReadOnlyList<string> inputs) => toolAssembly + "\n" + string.Join("\n", inputs) + (inputs.Count > 0 ? "\n" : "");

    private static void AddNewest(List<string> inputs, IReadOnlyList<string> paths)
    {
        var (newest, time) = (-1, long.MinValue);
        for (var i = 0; i < paths.Count; i++)
        {
            var written = File.GetLastWriteTimeUtc(paths[i]).Ticks;
            if (written > time)
                (newest, time) = (i, written);
        }
        if (newest >= 0)
            inputs.Add(paths[newest]);
    }
}
