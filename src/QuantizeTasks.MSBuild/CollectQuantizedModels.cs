using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace QuantizeTasks;

/// <summary>Lists what the jobs have made, for copying to the output directory. Runs in every build, also when the work itself was skipped: items of a skipped target are lost.</summary>
public sealed class CollectQuantizedModels : Task
{
    /// <summary>From <see cref="PrepareQuantization"/>.</summary>
    [Required]
    public ITaskItem[] Jobs { get; set; } = [];

    /// <summary>Absolute paths with metadata TargetPath, relative to the output directory.</summary>
    [Output]
    public ITaskItem[] Models { get; private set; } = [];

    /// <inheritdoc/>
    public override bool Execute()
    {
        var models = new List<ITaskItem>();
        var owners = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var job in Jobs)
        {
            foreach (var output in Read(job))
            {
                var manifest = job.GetMetadata("Manifest");
                if (owners.TryGetValue(output.TargetPath, out var other))
                    Log.LogError(null, BuildDiagnosticCodes.ItemsCollide, null, manifest, 0, 0, 0, 0, "{0}", $"Both '{other}' and '{manifest}' write '{output.TargetPath}'. Give one of them another `output:` in the manifest, or Output=\"...\" on the QuantizeModel item.");
                owners[output.TargetPath] = manifest;
                var item = new TaskItem(PrepareQuantization.Escape(output.FullPath));
                item.SetMetadata("TargetPath", PrepareQuantization.Escape(output.TargetPath));
                models.Add(item);
            }
        }
        Models = [.. models];
        return !Log.HasLoggedErrors;
    }

    /// <summary>In a design-time build nothing may have been made yet, and an output may be missing.</summary>
    private IEnumerable<OutputFile> Read(ITaskItem job)
    {
        try
        {
            return OutputFile.ReadList(job.GetMetadata("OutputsFile")).Where(output => File.Exists(output.FullPath));
        }
        catch (InvalidDataException e)
        {
            Log.LogError(null, BuildDiagnosticCodes.ToolFailed, null, job.GetMetadata("Manifest"), 0, 0, 0, 0, "{0}", $"The list of outputs cannot be read: {e.Message}.");
            return [];
        }
    }
}
