using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Tests.Pipeline;

/// <summary>Other settings that are tried before layers go back to float, on a real network.</summary>
[TestClass]
public sealed class SchemePipelineTests : IDisposable
{
    private readonly PipelineProject _project = new();

    public void Dispose() => _project.Dispose();

    [TestMethod]
    public void Run_ConvertToMixedPreset_PublishesWhatThatPresetGives()
    {
        var searched = Run(a => a with { ConvertToMixedPreset = true, MaxIterNum = 0 }, maximalDrop: 0);
        var mixed = searched.Schemes.Single(s => s != searched.Schemes[0]);
        Assert.AreEqual("preset mixed", mixed.Name);
        var plain = _project.Run(_project.Manifest(maximalDrop: null, isAccuracyAware: false, edit: m => Quantized(m, q => q with { Preset = new("mixed", m.Model.Position) })));
        Assert.AreEqual(plain.Metrics[0].Quantized, mixed.Values[0], "the same as with the preset in the manifest");
        Assert.AreEqual(mixed.Kept ? mixed.Values[0] : searched.Metrics[0].FullyQuantized, searched.Metrics[0].Quantized);
    }

    [TestMethod]
    public void Run_TuneHyperparams_IsNeverWorseAndPublishesTheWinnersBytes()
    {
        var plain = _project.Run(_project.Manifest(maximalDrop: null, isAccuracyAware: false));
        Assert.IsLessThan(1, plain.Metrics[0].Quantized, "the fixture must lose something in int8, or this tests nothing");
        var tuned = _project.Run(_project.Manifest(maximalDrop: null, isAccuracyAware: false, edit: m => m with
        {
            Compression = m.Compression with { Accuracy = m.Compression.Accuracy with { TuneHyperparams = true } },
        }));
        Assert.IsGreaterThanOrEqualTo(plain.Metrics[0].Quantized, tuned.Metrics[0].Quantized);
        Assert.HasCount(18 + (tuned.Metrics[0].Quantized > plain.Metrics[0].Quantized ? 1 : 0), tuned.Schemes);
        Assert.AreEqual(tuned.Schemes.Max(s => s.Values[0]), Math.Max(plain.Metrics[0].Quantized, tuned.Metrics[0].Quantized));
        Assert.HasCount(1, tuned.Timings.Where(t => t.Stage == "calibrate").ToArray(), "one pass serves all");
    }

    [TestMethod]
    public void Run_TuneHyperparamsWithoutAMetric_IsAnError()
    {
        var error = Assert.ThrowsExactly<QuantizeException>(() => _project.Run(_project.Manifest(maximalDrop: null, isAccuracyAware: false, edit: m => m with
        {
            Metrics = [],
            Compression = m.Compression with { Accuracy = m.Compression.Accuracy with { TuneHyperparams = true } },
        })));
        Assert.AreEqual(DiagnosticCodes.MissingKey, error.Diagnostics[0].Code);
        StringAssert.Contains(error.Message, "tune_hyperparams");
    }

    [TestMethod]
    public void Run_TuneHyperparamsInASearch_GoesOnFromTheWinner()
    {
        var report = Run(a => a with { TuneHyperparams = true }, maximalDrop: 0);
        Assert.AreEqual(RunStatus.WithinBudget, report.Status);
        Assert.IsNotEmpty(report.Schemes);
        Assert.AreEqual(1, report.Metrics[0].Quantized);
        var kept = report.Schemes.LastOrDefault(s => s.Kept && s.Samples == PipelineProject.Samples);
        Assert.IsNotNull(kept, string.Join('\n', report.Schemes));
        Assert.AreEqual(kept.Values[0], 1 - report.Search[0].Drops[0], 1e-12, "the search starts where the trials ended");
    }

    private RunReport Run(Func<AccuracyAwareParameters, AccuracyAwareParameters> edit, double maximalDrop) =>
        _project.Run(_project.Manifest(maximalDrop, edit: m => m with { Compression = m.Compression with { Accuracy = edit(m.Compression.Accuracy) } }));

    private static QuantizationManifest Quantized(QuantizationManifest manifest, Func<DefaultQuantizationParameters, DefaultQuantizationParameters> edit) =>
        manifest with { Compression = manifest.Compression with { Quantization = edit(manifest.Compression.Quantization) } };
}
