using System;
using System.Collections.Generic;
using System.IO;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace QuantizeTasks;

/// <summary>Lists what the jobs have made, for copying to the output directory. Runs in every build, also when the work itself was skipped: items of a skipped target are lost.</summary>
[MSBuildMultiThreadableTask]
public sealed class CollectQuantizedModels : Task
{
    /// <summary>From <see cref="PrepareQuantization"/>.</summary>
    [Required]
    public ITaskItem[] Jobs { get; set; } = [];

    /// <summary>Nothing is built (<c>--no-build</c>), so every job must have been: a model that silently did not come along would be missed at run time only.</summary>
    public bool Required { get; set; }

    /// <summary>Absolute paths with metadata TargetPath, relative to the output directory.</summary>
    [Output]
    public ITaskItem[] Models { get; private set; } = [];

    /// <inheritdoc/>
    public override bool Execute()
    {
        Models = Collect(Log, Jobs, Required);
        return !Log.HasLoggedErrors;
    }

    /// <summary>What the jobs have made; what is wrong with it is logged.</summary>
    internal static ITaskItem[] Collect(TaskLoggingHelper log, ITaskItem[] jobs, bool required)
    {
        var models = new List<ITaskItem>();
        var owners = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var job in jobs)
        {
            var manifest = job.GetMetadata("Manifest");
            var outputs = Read(log, job);
            if (required && !OutputFile.AllExist(outputs))
                log.LogError(null, BuildDiagnosticCodes.NotBuilt, null, manifest, 0, 0, 0, 0, "{0}", "There is no int8 model of this manifest to take: it was not built yet, or the last build of it failed. Build first, or leave --no-build (NoBuild=true) away.");
            foreach (var output in outputs)
            {
                if (owners.TryGetValue(output.TargetPath, out var other))
                    log.LogError(null, BuildDiagnosticCodes.ItemsCollide, null, manifest, 0, 0, 0, 0, "{0}", $"Both '{other}' and '{manifest}' write '{output.TargetPath}'. Give one of them another `output:` in the manifest, or TargetPath=\"...\" on the QuantizeModel item.");
                owners[output.TargetPath] = manifest;
                var item = new TaskItem(PrepareQuantization.Escape(output.FullPath));
                item.SetMetadata("TargetPath", PrepareQuantization.Escape(output.TargetPath));
                models.Add(item);
            }
        }
        return models.ToArray();
    }

    /// <summary>In a design-time build nothing may have been made yet.</summary>
    private static List<OutputFile> Read(TaskLoggingHelper log, ITaskItem job)
    {
        try
        {
            return OutputFile.ReadList(job.GetMetadata("OutputsFile"));
        }
        catch (InvalidDataException e)
        {
            log.LogError(null, BuildDiagnosticCodes.ToolFailed, null, job.GetMetadata("Manifest"), 0, 0, 0, 0, "{0}", $"The list of outputs cannot be read: {e.Message}.");
            return [];
        }
    }
}
