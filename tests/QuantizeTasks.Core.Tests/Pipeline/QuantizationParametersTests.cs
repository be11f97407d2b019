using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Reporting;
using QuantizeTasks.Runs;

namespace QuantizeTasks.Tests.Pipeline;

/// <summary>Parameters of DefaultQuantization that show in what a run leaves behind.</summary>
[TestClass]
public sealed class QuantizationParametersTests : IDisposable
{
    private readonly PipelineProject _project = new();

    public void Dispose() => _project.Dispose();

    [TestMethod]
    public void Run_SkipModel_PublishesTheFloatModelWithAWarning()
    {
        var report = Run(q => q with { Ignored = IgnoredOperators.None with { SkipModel = true, Scope = [new("nowhere", Quantization.Settings.Position)] } });

        Assert.AreEqual(RunStatus.NotGated, report.Status);
        TestRuns.AssertEquivalent(OnnxModel.Load(_project.ModelPath), OnnxModel.Load(_project.OutputPath));
        Assert.IsNull(QuantizedOperators.FindIn(OnnxModel.Load(_project.OutputPath)));
        StringAssert.Contains(Warnings().Single().Message, "skip_model");
    }

    [TestMethod]
    public void Run_DumpIntermediateModel_KeepsWhatIsThereBeforeTheSearch()
    {
        var path = IntermediateModel.PathIn(_project.Options().ReportDirectory);
        Run(q => q with { DumpIntermediateModel = true });
        Assert.IsTrue(File.ReadAllBytes(path).AsSpan().SequenceEqual(File.ReadAllBytes(_project.OutputPath)), "without a search it is what is published");

        // A run whose search changes the model keeps the one from before; one that is not asked to keep it leaves none that is not its own.
        var report = _project.Run(_project.Manifest(maximalDrop: 0, edit: m => m with { Compression = m.Compression with { Quantization = m.Compression.Quantization with { DumpIntermediateModel = true } } }));
        Assert.AreNotEqual(0, report.Layers.Reverted.Length);
        Assert.IsNotNull(QuantizedOperators.FindIn(OnnxModel.Load(path)));
        Assert.IsFalse(File.ReadAllBytes(path).AsSpan().SequenceEqual(File.ReadAllBytes(_project.BestPath)));
        Run(q => q);
        Assert.IsFalse(File.Exists(path));
    }

    [TestMethod]
    public void Run_WishesThatTheDeviceCannotDo_AreWarningsAtTheirPlace()
    {
        var report = Run(q => q with
        {
            Weights = QuantizerSettings.None with { Bits = new(16, new("quantize.yaml", 7, 3)) },
            Activations = QuantizerSettings.None with { Granularity = new("perchannel", new("quantize.yaml", 8, 4)) },
        });

        Assert.IsNotNull(report.Output);
        CollectionAssert.AreEqual(
            new[] { "quantize.yaml(7,3): warning QTZ1010", "quantize.yaml(8,4): warning QTZ1010" },
            Warnings().Select(w => w.ToString().Split(": '")[0]).Order(StringComparer.Ordinal).ToArray());
    }

    private RunReport Run(Func<DefaultQuantizationParameters, DefaultQuantizationParameters> edit) => _project.Run(
        _project.Manifest(maximalDrop: null, isAccuracyAware: false, edit: m => m with { Compression = m.Compression with { Quantization = edit(m.Compression.Quantization) } }));

    private IEnumerable<Diagnostic> Warnings() => _project.Events.OfType<DiagnosticRaised>().Select(e => e.Diagnostic).Where(d => d.Severity == DiagnosticSeverity.Warning);
}
