using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Tests;

[TestClass]
public sealed class ExitCodeTests
{
    [TestMethod]
    [DataRow(DiagnosticCodes.UnknownKey, 2)]
    [DataRow(DiagnosticCodes.MetricNotFinite, 4)]
    [DataRow(DiagnosticCodes.RuntimeNotFound, 5)]
    [DataRow(DiagnosticCodes.ModelUnreadable, 3)]
    [DataRow(DiagnosticCodes.TooFewSamples, 6)]
    [DataRow(DiagnosticCodes.StoreUnusable, 70)]
    [DataRow(DiagnosticCodes.InternalError, 70)]
    public void Run_Failure_ExitsWithTheCodeOfItsArea(string code, int expected)
    {
        using var tool = new ToolRun { Pipeline = (_, _, _) => throw ToolRun.Failure(code) };
        Assert.AreEqual(expected, tool.Run("run", "quantize.yaml"));
        StringAssert.Contains(tool.Error, $"(3,5): error {code}: ");
    }

    [TestMethod]
    public void Run_NoSuchManifest_IsAManifestError()
    {
        using var tool = new ToolRun();
        Assert.AreEqual(2, tool.Run("run", "nowhere.yaml"));
        StringAssert.Contains(tool.Error, "error QTZ1001");
    }

    [TestMethod]
    [DataRow("nonsense", "dotnet quantize --help", DisplayName = "unknown command")]
    [DataRow("nonsense", "There is no command 'nonsense', nor is it a manifest (.yaml) or a model (.onnx).", DisplayName = "unknown command, named")]
    [DataRow("inspec m.onnx", "Did you mean 'inspect'?", DisplayName = "misspelt command")]
    [DataRow("run --maximl-drop=3 quantize.yaml", "'run' has no option '--maximl-drop'. Did you mean '--maximal-drop'?", DisplayName = "misspelt option before the argument")]
    [DataRow("quantize.yaml --workesr 2", "'run' has no option '--workesr'. Did you mean '--workers'?", DisplayName = "misspelt option without a command")]
    [DataRow("inspect m.onnx --qqqqqq", "'inspect' has no option '--qqqqqq'.\nUsage: ", DisplayName = "nothing near")]
    [DataRow("run quantize.yaml --log-format xml", "Argument 'xml' not recognized. Must be one of: 'text' 'msbuild'\n", DisplayName = "unknown value, in a line")]
    [DataRow("explain QTZ20001", "There is no diagnostic 'QTZ20001'. Did you mean 'QTZ2001'?", DisplayName = "unknown code")]
    [DataRow("completion csh", "'csh' not recognized", DisplayName = "unknown shell")]
    [DataRow("", "dotnet quantize --help", DisplayName = "no command")]
    [DataRow("run", "Give either a manifest or --job.", DisplayName = "neither manifest nor job")]
    [DataRow("run quantize.yaml --job job.json", "Give either a manifest or --job.", DisplayName = "manifest and job")]
    [DataRow("run --job job.json --maximal-drop 0.5", "--maximal-drop cannot be combined with --job", DisplayName = "job and option")]
    [DataRow("run quantize.yaml --json --log-format msbuild", "--json cannot be combined", DisplayName = "two formats")]
    [DataRow("run quantize.yaml --log-format xml", "xml", DisplayName = "unknown format")]
    [DataRow("run quantize.yaml --workers -1", "--workers", DisplayName = "negative workers")]
    [DataRow("run quantize.yaml --workers many", "--workers", DisplayName = "workers in words")]
    [DataRow("run quantize.yaml --maximal-dorp 1", "--maximal-dorp", DisplayName = "unknown option")]
    [DataRow("run a.yaml b.yaml", "'b.yaml' is one argument too many.", DisplayName = "two manifests")]
    [DataRow("evaluate model.onnx", "manifest", DisplayName = "evaluate without manifest")]
    [DataRow("inspect", "model", DisplayName = "inspect without model")]
    public void Run_Usage_Exits1WithAMessageOnError(string arguments, string message)
    {
        using var tool = new ToolRun();
        Assert.AreEqual(1, tool.Run(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        StringAssert.Contains(tool.Error, message);
        Assert.AreEqual("", tool.Out);
        Assert.IsNull(tool.Options, "nothing ran");
    }
}
