using System.IO;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace QuantizeTasks;

/// <summary>Warnings of the tool in the log of a build.</summary>
internal static class WarningLog
{
    /// <summary>Logs a warning, or the error that the build makes of it.</summary>
    /// <returns>Whether it is a warning still.</returns>
    public static bool LogToolWarning(this TaskLoggingHelper log, IBuildEngine engine, ToolEvent warning, string manifest)
    {
        var file = warning.File.Length > 0 ? warning.File : manifest;
        if (IsPromoted(engine, warning.Code))
            log.LogError(null, warning.Code, null, file, warning.Line, warning.Column, 0, 0, "{0}", warning.Message);
        else
            log.LogWarning(null, warning.Code, null, file, warning.Line, warning.Column, 0, 0, "{0}", warning.Message);
        return !IsPromoted(engine, warning.Code);
    }

    /// <summary>
    /// MSBuild turns a promoted warning red and goes on to the next task, which would copy the model. Logged as the error that it is, it stops the build. For a bare
    /// -warnaserror in a project with a WarningsAsErrors list of its own, which the SDK gives every project, MSBuild 18 says no here and promotes all the same: the build
    /// fails then too, but the model, which is within its budget, is copied like the assembly.
    /// </summary>
    private static bool IsPromoted(IBuildEngine engine, string code) => engine is IBuildEngine8 newer && newer.ShouldTreatWarningAsError(code);
}
