using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Tests.Pipeline;

[TestClass]
public sealed class RunExplanationTests
{
    [TestMethod]
    public void Run_OneGroupHarmful_ReportShowsItsErrorTheScalesWrittenAndTheNetwork()
    {
        using var project = new PipelineProject();
        var report = project.Run(project.Manifest(maximalDrop: 0));
        Assert.AreEqual(RunStatus.WithinBudget, report.Status);
        Assert.IsNotEmpty(report.Layers.Reverted);
        Assert.AreEqual(8, report.Layers.ErrorSamples);
        Assert.IsNull(report.Layers.NoErrors);

        // The planted outlier lies between the second and the third convolution; their common quantizer is one that neither can do well with.
        var layers = report.Layers.Details.Where(l => l.LocalDecibels is not null).ToDictionary(l => l.Name);
        CollectionAssert.IsSubsetOf(new[] { layers.Values.Where(l => l.OpType == "Conv").MinBy(l => l.LocalDecibels)!.Name }, new[] { "conv2", "conv3" });
        Assert.IsTrue(layers.Values.All(l => double.IsFinite(l.LocalDecibels!.Value) && double.IsFinite(l.AccumulatedDecibels!.Value) && l.WeightDecibels > 20));
        Assert.AreEqual("r2", layers["conv3"].Input);

        // The scales are those in the published file.
        var written = OnnxModel.Load(project.OutputPath).Graph;
        var quantizers = written.Nodes.Where(n => n.OpType == "QuantizeLinear").ToArray();
        Assert.IsNotEmpty(quantizers);
        foreach (var node in quantizers)
        {
            var tensor = report.Tensors.Single(t => node.Name == $"{t.Name}/QuantizeLinear");
            Assert.IsTrue(written.TryGetConstant(node.Input[1], out var scale));
            Assert.IsTrue(written.TryGetConstant(node.Input[2], out var zero));
            Assert.AreEqual((scale.ToFloats()[0], zero.ToInt64s()[0]), ((float)tensor.Scale, tensor.ZeroPoint), tensor.Name);
        }
        foreach (var tensor in report.Tensors)
            Assert.IsTrue(tensor.Values is { } v && v.Counts.Sum() > 0 && v.Minimum < v.Maximum && tensor.Low <= 0 && tensor.High > 0, tensor.ToString());

        var network = report.Network.ToDictionary(n => n.Name);
        Assert.AreEqual("int8", network["conv1"].State);
        Assert.IsTrue(report.Layers.Reverted.All(layer => network[layer].State == "float"));
        Assert.IsTrue(network.Keys.Intersect(["conv1", "relu1", "conv2", "relu2", "conv3", "relu3", "conv4", "relu4", "flatten", "classes"]).Count() == 10);
        Assert.AreEqual("relu1", report.Network[network["conv2"].Inputs.Single()].Name);
        Assert.IsTrue(report.Network.Select((node, i) => node.Inputs.All(input => input < i)).All(ok => ok), "topological");
    }

    [TestMethod]
    public void Run_EstimatorLeftOpen_ReportHasTheTrialsOfTheChoice()
    {
        using var project = new PipelineProject();
        var report = project.Run(project.Manifest(maximalDrop: 1, edit: manifest => manifest with
        {
            Compression = manifest.Compression with { Quantization = new DefaultQuantizationParameters { RangeEstimator = new(new Located<string>("auto", default), null, null) } },
        }));
        var ranges = report.Ranges!;
        Assert.IsTrue(ranges.IsAutomatic);
        CollectionAssert.AreEqual(new[] { "mse", "minmax", "default", "percentile", "entropy" }.Order().ToArray(), ranges.Trials.Where(t => t.Samples == 8).Select(t => t.Estimator).Distinct().Order().ToArray());
        Assert.IsTrue(ranges.Trials.All(t => t.Error > 0 && double.IsFinite(t.Error)));
        Assert.IsTrue(ranges.Trials.Any(t => (t.Estimator, t.Preset) == (ranges.Estimator, ranges.Preset)));
    }

    [TestMethod]
    public void Run_Again_MeasuresNoErrorAnewAndReportsTheSame()
    {
        using var project = new PipelineProject();
        var first = project.Run(project.Manifest(maximalDrop: 0.5));
        var entries = Directory.GetFiles(project.StorePath, "*", SearchOption.AllDirectories).Length;
        var again = project.Run(project.Manifest(maximalDrop: 0.5));
        Assert.AreEqual(entries, Directory.GetFiles(project.StorePath, "*", SearchOption.AllDirectories).Length);
        CollectionAssert.AreEqual(first.Layers.Details.Select(l => (l.Name, l.LocalDecibels, l.AccumulatedDecibels)).ToArray(), again.Layers.Details.Select(l => (l.Name, l.LocalDecibels, l.AccumulatedDecibels)).ToArray());
    }
}
