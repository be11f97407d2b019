using QuantizeTasks.Reporting;
using QuantizeTasks.Tool;

namespace QuantizeTasks.Tests;

[TestClass]
public sealed class StreamTests
{
    [TestMethod]
    [DataRow(false, null, null, DisplayName = "piped")]
    [DataRow(true, "NO_COLOR", "1", DisplayName = "NO_COLOR")]
    [DataRow(true, "CI", "true", DisplayName = "CI")]
    [DataRow(true, "TF_BUILD", "True", DisplayName = "Azure Pipelines")]
    [DataRow(true, "TERM", "dumb", DisplayName = "dumb terminal")]
    public void Run_NoTerminalToDrawOn_WritesNoEscapeCodes(bool isTerminal, string? variable, string? value)
    {
        using var tool = new ToolRun { ErrorIsTerminal = isTerminal, Pipeline = Events };
        // What makes Spectre.Console write escape codes into pipes.
        tool.Variables["TERM"] = "xterm-256color";
        if (variable is not null)
            tool.Variables[variable] = value!;
        Assert.AreEqual(0, tool.Run("run", "quantize.yaml"));
        Assert.DoesNotContain("\u001b", tool.Out + tool.Error);
        StringAssert.Contains(tool.Error, "search: Reverting");
    }

    [TestMethod]
    [DataRow("--json")]
    [DataRow("--log-format=msbuild")]
    [DataRow("-v=quiet")]
    public void Run_ForAProgramOnATerminal_WritesNoEscapeCodes(string option)
    {
        using var tool = new ToolRun { ErrorIsTerminal = true, Pipeline = Events };
        tool.Variables["TERM"] = "xterm-256color";
        Assert.AreEqual(0, tool.Run("run", "quantize.yaml", option));
        Assert.DoesNotContain("\u001b", tool.Out + tool.Error);
        Assert.AreEqual("", tool.Error);
    }

    [TestMethod]
    public void WantsLiveView_PlainTerminal_IsTrue()
    {
        var context = new ToolContext
        {
            Out = TextWriter.Null,
            Error = TextWriter.Null,
            ErrorIsTerminal = true,
            OpenInput = () => Stream.Null,
            OpenOutput = () => Stream.Null,
            InputIsTerminal = false,
            OutputIsTerminal = false,
            Variable = name => name == "NO_COLOR" ? "" : name == "TERM" ? "xterm" : null,
            WorkingDirectory = "/",
            Cancellation = default,
        };
        Assert.IsTrue(context.WantsLiveView, "an empty NO_COLOR counts as not set (no-color.org)");
        Assert.IsFalse((context with { ErrorIsTerminal = false }).WantsLiveView);
    }

    private static RunReport Events(Manifest.QuantizationManifest manifest, RunOptions options, IProgress<RunEvent> events)
    {
        events.Report(new StageStarted("search", "Reverting the most harmful groups"));
        events.Report(new StageProgress("search", 1, 2));
        events.Report(new StageFinished("search", 1));
        return ToolRun.Publish(manifest, options);
    }
}
