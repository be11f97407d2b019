using System;
using System.IO;
using System.Linq;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace QuantizeTasks;

/// <summary>What decides whether the jobs are up to date, for Visual Studio, which compares times without calling MSBuild. Only in design-time builds.</summary>
[MSBuildMultiThreadableTask]
public sealed class ListQuantizationInputs : Task
{
    /// <summary>From <see cref="PrepareQuantization"/>.</summary>
    [Required]
    public ITaskItem[] Jobs { get; set; } = [];

    /// <summary>Existing files, each once, in ordinal order. Of a job that has not run yet: its manifest.</summary>
    [Output]
    public ITaskItem[] Inputs { get; private set; } = [];

    /// <inheritdoc/>
    public override bool Execute()
    {
        Inputs = [.. Jobs.SelectMany(Read).Distinct(StringComparer.Ordinal).OrderBy(path => path, StringComparer.Ordinal).Select(path => new TaskItem(PrepareQuantization.Escape(path)))];
        return true;
    }

    private static string[] Read(ITaskItem job)
    {
        var list = job.GetMetadata("InputsFile");
        return File.Exists(list) ? [job.GetMetadata("Manifest"), .. InputFiles.Expand(File.ReadAllLines(list))] : [job.GetMetadata("Manifest")];
    }
}
