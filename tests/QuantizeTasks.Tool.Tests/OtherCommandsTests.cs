using System.Text.Json;
using QuantizeTasks.Diagnostics;
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
    public void Inspect_Text_SaysWhyForEveryOperator()
    {
        using var tool = new ToolRun { Inspection = (model, _) => Inspected(model) };
        Assert.AreEqual(0, tool.Run("inspect", "m.onnx"), tool.Error);
        Assert.AreEqual("""
            operator      type     runs in  why
            conv1         Conv     int8     has an int8 kernel
            soft�[31mmax  Softmax  float    has no int8 kernel

            1 of 2 operators in int8

            """.ReplaceLineEndings("\n"), tool.Out);
    }

    [TestMethod]
    public void Inspect_Manifest_DecidesAsItsCompressionSays()
    {
        string? device = null;
        using var tool = new ToolRun { Inspection = (model, settings) => { device = settings?.TargetDevice.Value; return Inspected(model); } };
        Assert.AreEqual(0, tool.Run("inspect", "m.onnx"));
        Assert.IsNull(device);
        Assert.AreEqual(0, tool.Run("inspect", "m.onnx", "--manifest", "quantize.yaml"), tool.Error);
        Assert.AreEqual("CPU", device);
    }

    [TestMethod]
    public void Inspect_Json_PrintsOneDocument()
    {
        using var tool = new ToolRun { Inspection = (model, _) => Inspected(model) };
        tool.Run("inspect", "m.onnx", "--json");
        using var json = JsonDocument.Parse(tool.Out);
        Assert.AreEqual("float", json.RootElement.GetProperty("operators")[1].GetProperty("decision").GetString());
        Assert.AreEqual(13, json.RootElement.GetProperty("model").GetProperty("opset").GetInt32());
    }

    [TestMethod]
    public void Inspect_NoSuchModel_IsAModelError()
    {
        using var tool = new ToolRun { Inspection = (_, _) => throw ToolRun.Failure(DiagnosticCodes.ModelNotFound) };
        Assert.AreEqual(3, tool.Run("inspect", "m.onnx"));
        StringAssert.Contains(tool.Error, "error QTZ4001");
        Assert.AreEqual("", tool.Out);
    }

    private static EvaluationReport Evaluated(string model) => new(model, new string('a', 64),
        [new MetricValue("accuracy@top1", true, 0.719, 1000), new MetricValue("mae", false, 0.0121, 1000)], new EvaluationRecord(1, 1000, 0), new RuntimeRecord("p", "1", "x64"), []);

    private static InspectionReport Inspected(string model) => new(model, new string('a', 64), 13,
        [new OperatorRecord("conv1", "Conv", "int8", "conv1", "has an int8 kernel"), new OperatorRecord("soft\u001b[31mmax", "Softmax", "float", null, "has no int8 kernel")]);
}
