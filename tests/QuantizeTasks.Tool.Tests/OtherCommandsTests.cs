using System.Text.Json;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inspection;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Tests;

[TestClass]
public sealed class OtherCommandsTests
{
    [TestMethod]
    public void Evaluate_Text_PrintsATableOfMetrics()
    {
        using var tool = new ToolRun { Evaluation = (model, manifest) => Evaluated(model) };
        Assert.AreEqual(0, tool.Run("evaluate", "models/mobilenet.onnx", "quantize.yaml"), tool.Error);
        Assert.AreEqual("""
            metric         value   samples
            accuracy@top1  71.90%  1000     higher is better
            mae            0.0121  1000     lower is better

            """.ReplaceLineEndings("\n"), tool.Out);
    }

    [TestMethod]
    public void Evaluate_Json_PrintsOneDocument()
    {
        using var tool = new ToolRun { Evaluation = (model, manifest) => Evaluated(model) };
        Assert.AreEqual(0, tool.Run("evaluate", "models/mobilenet.onnx", "quantize.yaml", "--json"), tool.Error);
        using var json = JsonDocument.Parse(tool.Out);
        Assert.AreEqual(1, json.RootElement.GetProperty("schemaVersion").GetInt32());
        Assert.AreEqual(tool.PathOf("models/mobilenet.onnx"), json.RootElement.GetProperty("model").GetProperty("path").GetString());
        Assert.AreEqual(0.719, json.RootElement.GetProperty("metrics")[0].GetProperty("value").GetDouble());
    }

    [TestMethod]
    public void Evaluate_NotFinite_IsNullInJson()
    {
        using var tool = new ToolRun { Evaluation = (model, manifest) => Evaluated(model) with { Metrics = [new MetricValue("psnr", true, double.PositiveInfinity, 3)] } };
        Assert.AreEqual(0, tool.Run("evaluate", "m.onnx", "quantize.yaml", "--json"), tool.Error);
        using var json = JsonDocument.Parse(tool.Out);
        Assert.AreEqual(JsonValueKind.Null, json.RootElement.GetProperty("metrics")[0].GetProperty("value").ValueKind);
    }

    [TestMethod]
    public void Inspect_WithoutData_SaysThatRangesArePlaceholders()
    {
        using var tool = new ToolRun { Inspection = request => Inspected(request.Model) };
        Assert.AreEqual(0, tool.Run("inspect", "m.onnx"), tool.Error);
        Assert.AreEqual("""
            operator      type     runs in  kernel       weights dB  why
            conv1         Conv     int8     QLinearConv  42.5        has an int8 kernel
            soft�[31mmax  Softmax  float    -                        has no int8 kernel

            1 of 2 operators in int8; kernels of p 1 on x64
            Ranges of activations are placeholders, which show kernels and not errors. --data measures.
            unfused: 'conv1' runs in float.

            """.ReplaceLineEndings("\n"), tool.Out);
        Assert.AreEqual("", tool.Error);
    }

    [TestMethod]
    public void Inspect_Data_AddsWhatWasMeasured()
    {
        InspectionRequest? asked = null;
        using var tool = new ToolRun { Inspection = request => Measured((asked = request).Model) };
        Assert.AreEqual(0, tool.Run("inspect", "m.onnx", "--data", "quantize.yaml", "--workers", "3"), tool.Error);
        Assert.AreEqual((tool.PathOf("m.onnx"), 3, tool.PathOf("quantize.yaml")), (asked!.Model, asked.Workers, asked.Data!.Path));
        Assert.AreEqual("""
            operator      type     runs in  kernel       weights dB  own dB  dB    saturated  why
            conv1         Conv     int8     QLinearConv  42.5        33.3    28.1  0.25%      has an int8 kernel
            soft�[31mmax  Softmax  float    -                                                 has no int8 kernel

            1 of 2 operators in int8; kernels of p 1 on x64
            dB: signal to quantization noise over 16 samples, larger is better: of the weights, of the layer alone, and at its output in the int8 model
            latency: float 2.00 ms, int8 3.00 ms a run on one thread
            unfused: 'conv1' runs in float.

            """.ReplaceLineEndings("\n"), tool.Out);
    }

    [TestMethod]
    public void Inspect_Manifest_StandsForItsModelAndItsSettings()
    {
        InspectionRequest? asked = null;
        using var tool = new ToolRun { Inspection = request => Inspected((asked = request).Model) };
        Assert.AreEqual(0, tool.Run("inspect", "quantize.yaml"), tool.Error);
        Assert.AreEqual((tool.PathOf("models/mobilenet.onnx"), "CPU"), (asked!.Model, asked.Compression!.TargetDevice.Value));
        Assert.IsNull(asked.Data);
        Assert.AreEqual(0, tool.Run("inspect", "m.onnx"), tool.Error);
        Assert.IsNull(asked.Compression);
    }

    [TestMethod]
    public void Inspect_Json_HasTheMembersThatAreDocumented()
    {
        using var tool = new ToolRun { Inspection = request => Measured(request.Model) };
        Assert.AreEqual(0, tool.Run("inspect", "m.onnx", "--json"), tool.Error);
        using var json = JsonDocument.Parse(tool.Out);
        var root = json.RootElement;
        CollectionAssert.AreEqual(new[] { "schemaVersion", "model", "runtime", "ranges", "samples", "operators", "latency", "warnings" }, root.EnumerateObject().Select(p => p.Name).ToArray());
        CollectionAssert.AreEqual(
            new[] { "name", "opType", "decision", "group", "reason", "kernel", "weightDecibels", "localDecibels", "accumulatedDecibels", "saturatedShare" },
            root.GetProperty("operators")[0].EnumerateObject().Select(p => p.Name).ToArray());
        Assert.AreEqual((1, "measured", 16), (root.GetProperty("schemaVersion").GetInt32(), root.GetProperty("ranges").GetString(), root.GetProperty("samples").GetInt32()));
        Assert.AreEqual(13, root.GetProperty("model").GetProperty("opset").GetInt32());
        Assert.AreEqual(JsonValueKind.Null, root.GetProperty("operators")[1].GetProperty("kernel").ValueKind);
        Assert.AreEqual(1.5, root.GetProperty("latency").GetProperty("ratio").GetDouble());
        Assert.AreEqual("conv1", root.GetProperty("warnings")[0].GetProperty("operator").GetString());
        using var documentation = new StreamReader(Path.Combine(Repository.Root, "docs", "tool.md"));
        var text = documentation.ReadToEnd();
        foreach (var member in root.EnumerateObject().Select(p => p.Name).Concat(root.GetProperty("operators")[0].EnumerateObject().Select(p => p.Name)))
            StringAssert.Contains(text, $"`{member}`");
    }

    [TestMethod]
    public void Inspect_NoSuchModel_IsAModelError()
    {
        using var tool = new ToolRun { Inspection = _ => throw ToolRun.Failure(DiagnosticCodes.ModelNotFound) };
        Assert.AreEqual(3, tool.Run("inspect", "m.onnx"));
        StringAssert.Contains(tool.Error, "error QTZ4001");
        Assert.AreEqual("", tool.Out);
    }

    internal static EvaluationReport AnyEvaluation(string model, Manifest.QuantizationManifest manifest) => Evaluated(model);

    internal static InspectionReport AnyInspection(InspectionRequest request) => Measured(request.Model);

    private static EvaluationReport Evaluated(string model) => new(model, new string('a', 64),
        [new MetricValue("accuracy@top1", true, 0.719, 1000), new MetricValue("mae", false, 0.0121, 1000)], new EvaluationRecord(1, 1000, 0), new RuntimeRecord("p", "1", "x64"), []);

    private static InspectionReport Inspected(string model) => new()
    {
        Model = model,
        Sha256 = new string('a', 64),
        Opset = 13,
        Runtime = new RuntimeRecord("p", "1", "x64"),
        Samples = 0,
        Operators =
        [
            new OperatorRecord { Name = "conv1", OpType = "Conv", Decision = "int8", Group = "conv1", Reason = "has an int8 kernel", Kernel = "QLinearConv", WeightDecibels = 42.51 },
            new OperatorRecord { Name = "soft\u001b[31mmax", OpType = "Softmax", Decision = "float", Reason = "has no int8 kernel" },
        ],
        Warnings = [new InspectionWarning("unfused", "conv1", "runs in float.")],
    };

    private static InspectionReport Measured(string model)
    {
        var report = Inspected(model);
        return report with
        {
            Samples = 16,
            Latency = new LatencyRecord(2, 3, 1.5, 1),
            Operators = [report.Operators[0] with { LocalDecibels = 33.3, AccumulatedDecibels = 28.1, SaturatedShare = 0.0025 }, report.Operators[1]],
        };
    }
}
