using System;
using System.Linq;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace QuantizeTasks;

/// <summary>
/// Warnings of the tool in the log of a build. MSBuild turns a promoted warning red and goes on to the next task, which would copy the model. Logged as the error that it is, it stops the build.
/// </summary>
internal sealed class WarningLog(TaskLoggingHelper log, IBuildEngine engine, string[] commandLine, string[] exceptions)
{
    private static readonly char[] Separators = [',', ' ', '\t', '\r', '\n'];

    /// <summary>Logs a warning, or the error that the build makes of it.</summary>
    /// <returns>Whether it is a warning still.</returns>
    public bool Warn(ToolEvent warning, string manifest)
    {
        var file = warning.File.Length > 0 ? warning.File : manifest;
        var promoted = IsPromoted(warning.Code);
        if (promoted)
            log.LogError(null, warning.Code, null, file, warning.Line, warning.Column, 0, 0, "{0}", warning.Message);
        else
            log.LogWarning(null, warning.Code, null, file, warning.Line, warning.Column, 0, 0, "{0}", warning.Message);
        return !promoted;
    }

    /// <summary>
    /// For a bare -warnaserror in a project with a list of its own MSBuild says no here and promotes all the same (LoggingService.GetWarningsForProject joins the lists), so the answer that was given
    /// outside of the project counts too, where neither the command line nor the project excepts the code.
    /// </summary>
    private bool IsPromoted(string code) =>
        (engine is IBuildEngine8 newer && newer.ShouldTreatWarningAsError(code))
        || (commandLine.Length > 0 && !commandLine.Concat(exceptions).SelectMany(codes => codes.Split(Separators)).Contains(code, StringComparer.OrdinalIgnoreCase));
}
