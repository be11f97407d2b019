using QuantizeTasks.Tool.Ci;

namespace QuantizeTasks.Tool.Views;

/// <summary>Chooses how a command shows what it does.</summary>
internal static class RunViews
{
    /// <summary>The live view where it is welcome, else lines; with <paramref name="isForProgram"/> neither, only diagnostics.</summary>
    /// <param name="context">Where, and whether that is a terminal.</param>
    /// <param name="verbosity">Of the option.</param>
    /// <param name="isForProgram">Whether standard output is a document.</param>
    /// <param name="summary">Where the summary line of a run goes.</param>
    public static IRunView Choose(ToolContext context, string? verbosity, bool isForProgram, TextWriter summary)
    {
        var isQuiet = Commands.CommonOptions.IsQuiet(verbosity);
        return isForProgram ? new PlainView(summary, context.Error, showsProgress: false, showsSummary: false, CiSystem.Of(context))
            : context.WantsLiveView && !isQuiet && new LiveView(summary, context.Error) is { CanDraw: true } live ? live
            : new PlainView(summary, context.Error, showsProgress: !isQuiet, showsSummary: true, CiSystem.Of(context));
    }
}
