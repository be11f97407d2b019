using System.Text.Json;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Tests;

[TestClass]
public sealed class CiTests
{
    private static RunReport Warn(ToolRun tool, QuantizationManifest manifest, RunOptions options, IProgress<RunEvent> events)
    {
        events.Report(new DiagnosticRaised(new Diagnostic("QTZ1010", DiagnosticSeverity.Warning, "100% of a, b;\nand ] more", new SourcePosition(tool.PathOf("a,b:c;d]/quantize.yaml"), 3, 7))));
        return ToolRun.Publish(manifest, options);
    }

    private static ToolRun Tool()
    {
        var tool = new ToolRun();
        tool.Pipeline = (manifest, options, events) => Warn(tool, manifest, options, events);
        return tool;
    }

    [TestMethod]
    public void Run_InGitHubActions_AnnotatesAndAppendsToTheStepSummary()
    {
        using var tool = Tool();
        tool.Variables["GITHUB_ACTIONS"] = "true";
        tool.Variables["GITHUB_WORKSPACE"] = tool.Folder;
        tool.Variables["GITHUB_STEP_SUMMARY"] = tool.Write("summary.md", "before\n");
        Assert.AreEqual(0, tool.Run("run", "quantize.yaml"));
        // Escapes as in actions/toolkit, packages/core/src/command.ts.
        StringAssert.StartsWith(tool.Error, "::warning file=a%2Cb%3Ac;d]/quantize.yaml,line=3,col=7,title=QTZ1010::");
        StringAssert.Contains(tool.Error, "warning QTZ1010: 100%25 of a, b;%0Aand ] more\n");
        Assert.DoesNotContain("\nand ] more", tool.Error, "one command is one line");
        var summary = File.ReadAllText(tool.PathOf("summary.md"));
        StringAssert.StartsWith(summary, "before\n### \u2705 ");
        Assert.AreEqual(Summary.Line(SampleReports.WithinBudget()) + "\n", tool.Out, "results are what they are anywhere");
    }

    [TestMethod]
    public void Run_InAzurePipelines_LogsIssuesAndUploadsASummary()
    {
        using var tool = Tool();
        tool.Variables["TF_BUILD"] = "True";
        tool.Variables["BUILD_SOURCESDIRECTORY"] = tool.Folder;
        Assert.AreEqual(0, tool.Run("run", "quantize.yaml", "--markdown", "quantize.md"));
        // Escapes as in azure-pipelines-task-lib, node/taskcommand.ts.
        StringAssert.StartsWith(tool.Error, "##vso[task.logissue type=warning;sourcepath=a,b:c%3Bd%5D/quantize.yaml;linenumber=3;columnnumber=7;code=QTZ1010;]");
        StringAssert.Contains(tool.Error, "100%AZP25 of a, b;%0Aand ] more\n");
        StringAssert.Contains(tool.Error, $"##vso[task.uploadsummary]{tool.PathOf("quantize.md")}\n");
        StringAssert.StartsWith(File.ReadAllText(tool.PathOf("quantize.md")), "### \u2705 ");
    }

    [TestMethod]
    public void Run_BudgetMissed_ErrorIsAnAnnotationInEverySystem()
    {
        foreach (var (variable, expected) in new[] { ("GITHUB_ACTIONS", "::error file="), ("TF_BUILD", "##vso[task.logissue type=error;sourcepath=") })
        {
            using var tool = new ToolRun { Pipeline = ToolRun.Miss };
            tool.Variables[variable] = "true";
            Assert.AreEqual(4, tool.Run("run", "quantize.yaml"));
            StringAssert.Contains(tool.Error, expected);
            StringAssert.Contains(tool.Error, "QTZ2001");
        }
    }

    [TestMethod]
    [DataRow("GITHUB_ACTIONS", "false")]
    [DataRow("CI", "true")]
    [DataRow("GITHUB_STEP_SUMMARY", "summary.md")]
    [DataRow("BUILD_SOURCESDIRECTORY", "/somewhere")]
    public void Run_OutsideOfThem_SaysAndWritesNothingOfTheKind(string variable, string value)
    {
        using var tool = Tool();
        tool.Variables[variable] = value == "summary.md" ? tool.PathOf(value) : value;
        Assert.AreEqual(0, tool.Run("run", "quantize.yaml"));
        Assert.DoesNotContain("::", tool.Error);
        Assert.DoesNotContain("##vso", tool.Error);
        StringAssert.Contains(tool.Error, "(3,7): warning QTZ1010: 100% of a, b;");
        Assert.IsFalse(File.Exists(tool.PathOf("summary.md")));
    }

    [TestMethod]
    public void Run_FromABuild_LeavesTheLogToTheBuildAndStillAppendsTheSummary()
    {
        using var tool = Tool();
        tool.Variables["GITHUB_ACTIONS"] = "true";
        tool.Variables["GITHUB_STEP_SUMMARY"] = tool.PathOf("summary.md");
        Assert.AreEqual(0, tool.Run("run", "quantize.yaml", "--log-format", "msbuild"));
        var lines = tool.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.IsNotEmpty(lines);
        foreach (var line in lines)
            using (JsonDocument.Parse(line))
                Assert.DoesNotContain("::warning", line);
        Assert.IsTrue(File.Exists(tool.PathOf("summary.md")));
    }

    [TestMethod]
    public void Run_SummaryCannotBeWritten_IsNoFailure()
    {
        using var tool = Tool();
        tool.Variables["GITHUB_ACTIONS"] = "true";
        tool.Variables["GITHUB_STEP_SUMMARY"] = tool.Folder;
        Assert.AreEqual(0, tool.Run("run", "quantize.yaml"));
        StringAssert.Contains(tool.Error, "The job summary could not be written");
    }

    [TestMethod]
    public void Run_SarifAndMarkdown_AreWrittenHoweverTheRunEnds()
    {
        using var tool = new ToolRun { Pipeline = ToolRun.Miss };
        Assert.AreEqual(4, tool.Run("run", "quantize.yaml", "--sarif", "out/q.sarif", "--markdown", "out/q.md"));
        Assert.AreEqual(("QTZ2001", "error", "quantize.yaml", 4), FirstResult(tool));
        StringAssert.StartsWith(File.ReadAllText(tool.PathOf("out/q.md")), "### \u274c ");

        tool.Write("quantize.yaml", "modle: x\n");
        Assert.AreEqual(2, tool.Run("run", "quantize.yaml", "--sarif", "out/q.sarif", "--markdown", "out/q.md"));
        Assert.AreEqual(("QTZ1003", "error", "quantize.yaml", 2), FirstResult(tool));
        StringAssert.StartsWith(File.ReadAllText(tool.PathOf("out/q.md")), "### \u274c Quantization failed");
    }

    [TestMethod]
    public void Run_SarifCannotBeWritten_IsAnError()
    {
        using var tool = new ToolRun();
        Assert.AreEqual(70, tool.Run("run", "quantize.yaml", "--sarif", tool.Folder));
        StringAssert.Contains(tool.Error, DiagnosticCodes.OutputNotWritable);
    }

    private static (string?, string?, string?, int) FirstResult(ToolRun tool)
    {
        using var log = JsonDocument.Parse(File.ReadAllBytes(tool.PathOf("out/q.sarif")));
        var run = log.RootElement.GetProperty("runs")[0];
        var result = run.GetProperty("results")[0];
        return (result.GetProperty("ruleId").GetString(), result.GetProperty("level").GetString(),
            result.GetProperty("locations")[0].GetProperty("physicalLocation").GetProperty("artifactLocation").GetProperty("uri").GetString(), run.GetProperty("invocations")[0].GetProperty("exitCode").GetInt32());
    }
}
