using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Tests;

/// <summary><c>-</c> for standard input and output.</summary>
[TestClass]
public sealed class StandardStreamTests
{
    [TestMethod]
    public void Evaluate_ModelFromStandardInput_IsKeptInAFileUntilTheEnd()
    {
        var path = "";
        using var tool = new ToolRun
        {
            Input = new MemoryStream("a model"u8.ToArray()),
            Evaluation = (model, _) =>
            {
                Assert.AreEqual("a model", File.ReadAllText(path = model));
                throw ToolRun.Failure(DiagnosticCodes.ModelInvalid);
            },
        };
        Assert.AreEqual(3, tool.Run("evaluate", "-", "quantize.yaml"), tool.Error);
        Assert.AreNotEqual("", path);
        Assert.IsFalse(Directory.Exists(Path.GetDirectoryName(path)), "also when it fails");
    }

    [TestMethod]
    [DataRow("evaluate - quantize.yaml")]
    [DataRow("inspect -")]
    [DataRow("compare a.onnx -")]
    [DataRow("bench - b.onnx")]
    public void StandardInput_Terminal_IsRefused(string arguments)
    {
        using var tool = new ToolRun();
        Assert.AreEqual(1, tool.Run(arguments.Split(' ')));
        StringAssert.StartsWith(tool.Error, "error QTZ7121: The model is to come from standard input (-), which is a terminal.");
    }

    [TestMethod]
    public void Run_ToStandardOutput_WritesTheModelAndNothingElse()
    {
        using var tool = new ToolRun();
        Assert.AreEqual(0, tool.Run("run", "quantize.yaml", "-o", "-"), tool.Error);
        CollectionAssert.AreEqual("int8"u8.ToArray(), tool.Binary.ToArray());
        Assert.AreEqual("", tool.Out);
        StringAssert.StartsWith(tool.Error, "quantized ");
        Assert.AreEqual(tool.PathOf("quantize-report/mobilenet.int8"), tool.Options!.ReportDirectory);
        Assert.IsFalse(Directory.Exists(tool.Options.OutputDirectory));
    }

    [TestMethod]
    public void Run_BudgetExceeded_WritesNothingToStandardOutput()
    {
        using var tool = new ToolRun { Pipeline = ToolRun.Miss };
        Assert.AreEqual(4, tool.Run("run", "quantize.yaml", "-o", "-"));
        Assert.IsEmpty(tool.Binary.ToArray());
        Assert.AreEqual("", tool.Out);
    }

    [TestMethod]
    public void Run_ToATerminal_IsRefusedBeforeAnythingRuns()
    {
        using var tool = new ToolRun { OutputIsTerminal = true };
        Assert.AreEqual(1, tool.Run("run", "quantize.yaml", "-o", "-"));
        StringAssert.StartsWith(tool.Error, "error QTZ7121: ");
        Assert.IsNull(tool.Options);
    }

    [TestMethod]
    [DataRow("run quantize.yaml -o - --json")]
    [DataRow("run quantize.yaml -o - --log-format msbuild")]
    [DataRow("compare - -")]
    [DataRow("bench - -")]
    public void StandardStream_TwoUses_IsAUsageError(string arguments)
    {
        using var tool = new ToolRun();
        Assert.AreEqual(1, tool.Run(arguments.Split(' ')));
        StringAssert.StartsWith(tool.Error, "error: ");
        StringAssert.Contains(tool.Error, "standard ");
    }
}
