using System.IO;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace QuantizeTasks;

/// <summary>Says again what the runs warned of that this build did not have to repeat: a warning that only the first build shows would be lost, and -warnaserror would pass in the second.</summary>
[MSBuildMultiThreadableTask]
public sealed class RepeatWarnings : Task
{
    /// <summary>From <see cref="PrepareQuantization"/>; those with metadata Warned.</summary>
    [Required]
    public ITaskItem[] Jobs { get; set; } = [];

    /// <summary>Absolute path of the project's output directory, from which models are removed when a warning is an error.</summary>
    [Required]
    public string OutputDirectory { get; set; } = "";

    /// <summary>From <see cref="ListWarningsAsErrors"/>.</summary>
    public string[] WarningsAsErrors { get; set; } = [];

    /// <summary>Codes that stay warnings, or messages, in this project.</summary>
    public string[] WarningsNotAsErrors { get; set; } = [];

    /// <inheritdoc/>
    public override bool Execute()
    {
        var log = new WarningLog(Log, BuildEngine, WarningsAsErrors, WarningsNotAsErrors);
        foreach (var job in Jobs)
        {
            var stamp = job.GetMetadata("Stamp");
            // With another time it is of a run of this build, which has said everything itself.
            if (!File.Exists(stamp) || Stamp.Time(stamp) != job.GetMetadata("Warned"))
                continue;
            var passes = true;
            foreach (var warning in Stamp.Read(stamp))
                passes &= warning is null || log.Warn(warning, job.GetMetadata("Manifest"));
            if (!passes)
                PublishedCopies.Remove(job.GetMetadata("OutputsFile"), OutputDirectory, message => Log.LogError(null, BuildDiagnosticCodes.ToolFailed, null, job.GetMetadata("Manifest"), 0, 0, 0, 0, "{0}", message));
        }
        return !Log.HasLoggedErrors;
    }
}
