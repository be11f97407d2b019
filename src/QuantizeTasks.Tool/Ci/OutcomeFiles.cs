using System.Text;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Reporting;
using QuantizeTasks.Reporting.Sarif;
using QuantizeTasks.Storage;
using QuantizeTasks.Tool.Views;

namespace QuantizeTasks.Tool.Ci;

/// <summary>What a run leaves for those who were not watching: files that were asked for, and the summary page of the build system that it runs in.</summary>
/// <param name="Sarif">Where a SARIF log goes; null for none.</param>
/// <param name="Markdown">Where a summary in Markdown goes; null for none.</param>
internal sealed record OutcomeFiles(string? Sarif, string? Markdown)
{
    /// <summary>Writes them, however the run ended.</summary>
    /// <param name="outcome">What was shown.</param>
    /// <param name="manifest">The manifest's absolute path.</param>
    /// <param name="exitCode">What the command returns.</param>
    /// <param name="engine">Whose version is told.</param>
    /// <param name="context">The world outside.</param>
    /// <param name="showsCommands">Whether a log command may be written to standard error.</param>
    /// <exception cref="QuantizeException">A file that was asked for cannot be written.</exception>
    public void Write(WatchedView outcome, string manifest, int exitCode, Engine engine, ToolContext context, bool showsCommands)
    {
        var ci = CiSystem.Of(context);
        if (Sarif is not null)
            AtomicFile.Write(Sarif, SarifLog.Serialize(outcome.Diagnostics, outcome.Report, new SarifInvocation(engine.Version, manifest, Root(ci, context), exitCode)));
        // A shard that did its share has nothing to show yet.
        if ((Markdown is null && ci is null) || (outcome.Report is null && exitCode == ExitCodes.Success))
            return;
        var summary = Encoding.UTF8.GetBytes(MarkdownSummary.Render(outcome.Report, outcome.Diagnostics));
        if (Markdown is not null)
            AtomicFile.Write(Markdown, summary);
        if (ci is GitHubActions { StepSummary: { Length: > 0 } file })
            Append(file, summary, outcome);
        else if (ci is AzurePipelines && showsCommands && (Markdown ?? Beside(outcome.Report, summary)) is { } page)
            context.Error.WriteLine(AzurePipelines.Summary(page));
    }

    private static string Root(CiSystem? ci, ToolContext context) => ci?.SourceRoot is { Length: > 0 } root ? Path.GetFullPath(root) : context.WorkingDirectory;

    /// <summary>The agent uploads a file that is there when the job ends.</summary>
    private static string? Beside(RunReport? report, byte[] summary)
    {
        if (report?.Report is not { } html || Path.GetDirectoryName(html) is not { } folder || !Directory.Exists(folder))
            return null;
        var path = Path.Combine(folder, "summary.md");
        AtomicFile.Write(path, summary);
        return path;
    }

    /// <summary>Several steps write into one file. Nobody asked for the page by name, so that it cannot be written is no reason to fail.</summary>
    private static void Append(string file, byte[] summary, WatchedView outcome)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
            stream.Write(summary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            outcome.Note($"The job summary could not be written: {e.Message}");
        }
    }
}
