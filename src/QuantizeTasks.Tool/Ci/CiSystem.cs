using System.Globalization;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Tool.Ci;

/// <summary>The build system that a command runs in, known by its environment variables, and how that is told of errors and warnings so that it shows them at their place.</summary>
internal abstract record CiSystem
{
    /// <summary>Null outside of one that is known.</summary>
    public static CiSystem? Of(ToolContext context)
    {
        if (context.Variable("GITHUB_ACTIONS") == "true")
            return new GitHubActions(context.Variable("GITHUB_WORKSPACE"), context.Variable("GITHUB_STEP_SUMMARY"));
        return string.Equals(context.Variable("TF_BUILD"), "true", StringComparison.OrdinalIgnoreCase) ? new AzurePipelines(context.Variable("BUILD_SOURCESDIRECTORY")) : null;
    }

    /// <summary>Where the repository is checked out; null when the system does not say.</summary>
    public abstract string? SourceRoot { get; }

    /// <summary>The line of the log that stands for a diagnostic.</summary>
    public abstract string Annotation(Diagnostic diagnostic);

    /// <summary>Relative to the repository where the file is part of it, as both systems want it.</summary>
    protected string Relative(string file)
    {
        if (string.IsNullOrEmpty(SourceRoot))
            return file;
        var relative = Path.GetRelativePath(SourceRoot, file);
        return Path.IsPathRooted(relative) || relative.StartsWith("..", StringComparison.Ordinal) ? file : relative.Replace('\\', '/');
    }

    protected static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>GitHub Actions: workflow commands, and a job summary in Markdown.</summary>
/// <param name="SourceRoot">The checkout.</param>
/// <param name="StepSummary">The file that a step's summary is appended to; null when there is none.</param>
internal sealed record GitHubActions(string? SourceRoot, string? StepSummary) : CiSystem
{
    public override string? SourceRoot { get; } = SourceRoot;

    public override string Annotation(Diagnostic diagnostic)
    {
        var command = diagnostic.Severity switch { DiagnosticSeverity.Error => "error", DiagnosticSeverity.Warning => "warning", _ => "notice" };
        var place = diagnostic.Position is { } at ? $"file={Property(Relative(at.File))},{(at.Line > 0 ? $"line={Number(at.Line)},col={Number(at.Column)}," : "")}" : "";
        return $"::{command} {place}title={Property(diagnostic.Code)}::{Data(diagnostic.ToString())}";
    }

    // Escapes of actions/toolkit, packages/core/src/command.ts.
    private static string Data(string text) => text.Replace("%", "%25", StringComparison.Ordinal).Replace("\r", "%0D", StringComparison.Ordinal).Replace("\n", "%0A", StringComparison.Ordinal);

    private static string Property(string text) => Data(text).Replace(":", "%3A", StringComparison.Ordinal).Replace(",", "%2C", StringComparison.Ordinal);
}

/// <summary>Azure Pipelines: logging commands.</summary>
/// <param name="SourceRoot">The checkout.</param>
internal sealed record AzurePipelines(string? SourceRoot) : CiSystem
{
    public override string? SourceRoot { get; } = SourceRoot;

    /// <summary>Has the agent show a Markdown file on the run's page.</summary>
    public static string Summary(string path) => $"##vso[task.uploadsummary]{Data(path)}";

    public override string Annotation(Diagnostic diagnostic)
    {
        // There are two types only; what is neither is a plain line.
        if (diagnostic.Severity == DiagnosticSeverity.Information)
            return diagnostic.ToString();
        var type = diagnostic.Severity == DiagnosticSeverity.Error ? "error" : "warning";
        var place = diagnostic.Position is { } at ? $"sourcepath={Property(Relative(at.File))};{(at.Line > 0 ? $"linenumber={Number(at.Line)};columnnumber={Number(at.Column)};" : "")}" : "";
        return $"##vso[task.logissue type={type};{place}code={Property(diagnostic.Code)};]{Data(diagnostic.ToString())}";
    }

    // Escapes of azure-pipelines-task-lib, node/taskcommand.ts; %AZP25 since agent 2.210.
    private static string Data(string text) => text.Replace("%", "%AZP25", StringComparison.Ordinal).Replace("\r", "%0D", StringComparison.Ordinal).Replace("\n", "%0A", StringComparison.Ordinal);

    private static string Property(string text) => Data(text).Replace("]", "%5D", StringComparison.Ordinal).Replace(";", "%3B", StringComparison.Ordinal);
}
