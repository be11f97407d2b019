using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inspection;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Reporting;
using QuantizeTasks.Tests.Pipeline;

namespace QuantizeTasks.Tests.Inspection;

[TestClass]
public sealed class InspectionPipelineTests
{
    [TestMethod]
    public void Inspect_WithoutData_NamesKernelsAndMeasuresNothing()
    {
        using var project = new PipelineProject();
        var report = Inspect(project.ModelPath);
        Assert.AreEqual((13L, 0), (report.Opset, report.Samples));
        Assert.IsNull(report.Latency);
        var conv = report.Operators.Single(o => o.Name == "conv2");
        Assert.AreEqual(("int8", "QLinearConv"), (conv.Decision, conv.Kernel));
        Assert.IsNotNull(conv.Group);
        Assert.IsGreaterThan(20, conv.WeightDecibels!.Value);
        Assert.AreEqual("QLinearConv", report.Operators.Single(o => o.Name == "relu2").Kernel, "fused into the convolution");
        Assert.IsTrue(report.Operators.All(o => o.Reason.Length > 0 && o.LocalDecibels is null && o.SaturatedShare is null));
        Assert.AreEqual("first-convolution", report.Warnings.Single(w => w.Operator == "conv1").Kind);
    }

    /// <summary>The model of the sample RequestRouter hides what its mask says is no text; of a text that is all hidden a softmax makes no numbers.</summary>
    [TestMethod]
    public void Inspect_TransformerWithMaskWithoutData_FindsKernels()
    {
        var report = Inspect(Path.Combine(Repository.Root, "samples/RequestRouter/models/router.onnx"));
        Assert.AreEqual("int8", report.Operators.Single(o => o.Name == "/layers.0/up/MatMul").Decision);
    }

    [TestMethod]
    public void Inspect_IgnoredScope_DecidesAsTheSettingsSay()
    {
        using var project = new PipelineProject();
        var ignored = project.Manifest(edit: m => m with { Compression = m.Compression with { Quantization = m.Compression.Quantization with { Ignored = IgnoredOperators.None with { Scope = [new Located<string>("conv2", m.Model.Position)] } } } });
        var conv = Inspect(project.ModelPath, ignored.Compression).Operators.Single(o => o.Name == "conv2");
        Assert.AreEqual("float", conv.Decision);
        Assert.IsNotNull(conv.Kernel);
        Assert.AreNotEqual("QLinearConv", conv.Kernel);
    }

    [TestMethod]
    public void Inspect_Data_MeasuresErrorsSaturationAndLatency()
    {
        using var project = new PipelineProject();
        var report = Inspect(project.ModelPath, data: project.Manifest(), cache: project.StorePath);
        Assert.AreEqual(16, report.Samples);
        Assert.IsGreaterThan(0, report.Latency!.Int8Ms);
        var layers = report.Operators.Where(o => o.LocalDecibels is not null).ToArray();
        CollectionAssert.AreEqual(report.Operators.Where(o => o.Decision == "int8" && o.Reason == "has an int8 kernel").ToArray(), layers);
        var first = layers.First();
        Assert.AreEqual(first.LocalDecibels!.Value, first.AccumulatedDecibels!.Value, 1e-6, "nothing lies before the first layer");
        foreach (var layer in layers)
            Assert.IsGreaterThan(5, layer.LocalDecibels!.Value, layer.Name);
        // The third convolution divides by a hundred what the second multiplied: its input has one scale for both.
        Assert.IsLessThan(first.AccumulatedDecibels.Value, layers.Single(l => l.Name == "conv3").AccumulatedDecibels!.Value);
        Assert.IsTrue(layers.Any(l => l.SaturatedShare > 0), "random weights fill int8");
        Assert.AreEqual(report.Latency.Ratio >= 1, report.Warnings.Any(w => w.Kind == "not-faster"));
    }

    [TestMethod]
    public void Inspect_QOperatorForm_MeasuresTheSameErrors()
    {
        using var project = new PipelineProject();
        var pairs = Inspect(project.ModelPath, data: project.Manifest(), cache: project.StorePath);
        var operators = Inspect(project.ModelPath, data: project.Manifest(edit: m => m with { Compression = m.Compression with { Format = ModelFormat.QOperator } }), cache: project.StorePath);
        Assert.IsTrue(pairs.Operators.Any(o => o.LocalDecibels is not null), "errors were measured");
        Assert.HasCount(pairs.Operators.Length, operators.Operators);
        foreach (var (a, b) in pairs.Operators.Zip(operators.Operators))
            Assert.AreEqual((a.Kernel, a.WeightDecibels, a.LocalDecibels, a.AccumulatedDecibels), (b.Kernel, b.WeightDecibels, b.LocalDecibels, b.AccumulatedDecibels), a.Name);
    }

    [TestMethod]
    public void Inspect_ModelWithSlowSpots_NamesEachAndWhatToDo()
    {
        const int C = 32;
        var model = TestModels.Opset(13).Input("x", 1, 3, 32, 32).Random("w1", C, 3, 3, 3).Random("w2", C, C, 3, 3).Random("w3", C, C / 4, 3, 3).Random("w4", C, C, 3, 3).Random("w5", C, C, 3, 3)
            .Named("first", "Conv", ["x", "w1"], ["c1"], n => n.With("pads", 1, 1, 1, 1)).Named("relu1", "Relu", ["c1"], ["r1"])
            .Named("second", "Conv", ["r1", "w2"], ["c2"], n => n.With("pads", 1, 1, 1, 1)).Named("elu", "Elu", ["c2"], ["e"])
            .Named("groups", "Conv", ["e", "w3"], ["c3"], n => n.With("pads", 1, 1, 1, 1).With("group", 4L)).Named("relu3", "Relu", ["c3"], ["r3"])
            .Named("fourth", "Conv", ["r3", "w4"], ["c4"], n => n.With("pads", 1, 1, 1, 1)).Named("relu4", "Relu", ["c4"], ["r4"])
            .Named("pool", "AveragePool", ["r4"], ["p"], n => n.With("kernel_shape", 2, 2).With("strides", 2, 2))
            .Named("fifth", "Conv", ["p", "w5"], ["y"], n => n.With("pads", 1, 1, 1, 1)).Output("y").Build();
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("m.onnx"), model.ToBytes());
        var report = Inspect(folder.File("m.onnx"));
        var kinds = report.Warnings.ToDictionary(w => w.Operator ?? "", w => w.Kind);
        var int8 = report.Operators.Where(o => o.Decision == "int8").Select(o => o.Name).ToHashSet();

        // Each warning when, and only when, the choice of layers leaves its cause in the model.
        Assert.AreEqual(int8.Contains("first"), kinds.GetValueOrDefault("first") == "first-convolution");
        Assert.AreEqual(int8.Contains("groups"), kinds.GetValueOrDefault("groups") == "grouped-convolution");
        Assert.AreEqual(int8.IsSupersetOf(["second", "groups"]), kinds.GetValueOrDefault("elu") == "standalone-activation");
        Assert.AreEqual(int8.IsSupersetOf(["fourth", "fifth"]), kinds.GetValueOrDefault("pool") == "average-pool");
        Assert.IsTrue(int8.IsSupersetOf(["second", "fourth", "fifth"]), "or this tests nothing");
        CollectionAssert.Contains(kinds.Values.ToArray(), "average-pool");
        foreach (var warning in report.Warnings)
            StringAssert.Contains(warning.Message, " ");
    }

    [TestMethod]
    public void Inspect_NothingToQuantize_StillExplainsEveryOperator()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("m.onnx"), TestModels.Opset(13).Input("x", 4).Named("neg", "Neg", ["x"], ["y"]).Output("y").Build().ToBytes());
        var report = Inspect(folder.File("m.onnx"));
        Assert.AreEqual("float", report.Operators.Single().Decision);
        Assert.IsEmpty(report.Warnings);
    }

    [TestMethod]
    public void Inspect_QuantizedModel_IsAnError()
    {
        using var project = new PipelineProject();
        project.Run(project.Manifest(maximalDrop: 1));
        Assert.AreEqual(DiagnosticCodes.AlreadyQuantized, Assert.ThrowsExactly<QuantizeException>(() => Inspect(project.OutputPath)).Diagnostics[0].Code);
    }

    [TestMethod]
    [DataRow("cifar10_resnet8")]
    [DataRow("superres_x3")]
    public void Inspect_Case_EveryInt8LayerHasAnIntegerKernel(string name)
    {
        var manifest = ManifestReader.Read(Cases.PathOf(name, "quantize.yaml"));
        var report = Inspect(manifest.Model.Value, manifest.Compression);
        var layers = report.Operators.Where(o => o.Reason == "has an int8 kernel").ToArray();
        Assert.IsNotEmpty(layers);
        foreach (var layer in layers)
            Assert.IsTrue(layer.Kernel is { } kernel && kernel.StartsWith('Q'), $"{layer.Name}: {layer.Kernel}");
        foreach (var warning in report.Warnings)
            Assert.IsFalse(warning.Kind is "not-integer" or "weights-dequantized-at-run-time", warning.ToString());
    }

    private static InspectionReport Inspect(string model, CompressionSettings? settings = null, QuantizationManifest? data = null, string cache = "") =>
        InspectionPipeline.Inspect(new InspectionRequest { Model = model, Compression = settings, Data = data, CacheDirectory = cache, Workers = 2 }, new Progress<RunEvent>(), default);
}
