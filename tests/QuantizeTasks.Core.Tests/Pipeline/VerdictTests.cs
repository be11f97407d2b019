using System.Collections.Immutable;
using System.Text.Json;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Tests.Pipeline;

/// <summary>What else than a drop on the validation data a verdict may ask for, on real models.</summary>
[TestClass]
public sealed class VerdictTests : IDisposable
{
    private static readonly SourcePosition Written = new("quantize.yaml", 7, 3);

    private readonly PipelineProject _project = new();

    public void Dispose() => _project.Dispose();

    [TestMethod]
    public void Run_ConfidenceThatSamplesCannotGive_IsNotEnoughEvidence()
    {
        // Within budget by a hair: the drop itself, as measured.
        var drop = Plain().Metrics[0].Drop;
        Assert.IsGreaterThan(0, drop, "the fixture must lose something in int8");

        var report = _project.Run(Manifest(drop, m => m with { Verdict = m.Verdict with { Confidence = new(0.95, Written) } }));

        Assert.AreEqual(RunStatus.NotEnoughEvidence, report.Status);
        Assert.IsNull(report.Output);
        Assert.IsFalse(File.Exists(_project.OutputPath));
        var metric = report.Metrics.Single();
        Assert.IsTrue(metric.WithinBudget);
        Assert.IsTrue(metric.Evidence is { IsEnough: false, Confidence: 0.95 } evidence && evidence.AtMost > drop);
        var error = Summary.BudgetErrors(report, Written).Single();
        Assert.AreEqual(DiagnosticCodes.NotEnoughEvidence, error.Code);
        StringAssert.Contains(error.Message, "at most");
        StringAssert.Contains(File.ReadAllText(report.Report!), "too few samples");
        using var json = JsonDocument.Parse(File.ReadAllBytes(_project.File("report", "report.json")));
        Assert.AreEqual("notEnoughEvidence", json.RootElement.GetProperty("status").GetString());
        Assert.IsFalse(json.RootElement.GetProperty("metrics")[0].GetProperty("evidence").GetProperty("isEnough").GetBoolean());
    }

    [TestMethod]
    public void Run_ConfidenceThatSamplesGive_Publishes()
    {
        var report = _project.Run(Manifest(0.6, m => m with { Verdict = m.Verdict with { Confidence = new(0.95, Written) } }));
        Assert.AreEqual(RunStatus.WithinBudget, report.Status);
        Assert.IsTrue(report.Metrics[0].Evidence!.IsEnough);
        Assert.IsTrue(File.Exists(_project.OutputPath));
    }

    /// <summary>Every layer changes the outputs a little, so this budget leaves none in int8; what is published then is the float model, which needs no evidence.</summary>
    [TestMethod]
    public void Run_ConfidenceAndNothingLeftInInt8_Publishes()
    {
        var report = _project.Run(Manifest(1e-12, m => m with
        {
            Metrics = [m.Metrics[0] with { Name = new("cosine", Written) }],
            Verdict = m.Verdict with { Confidence = new(0.999, Written) },
        }));
        Assert.AreEqual(0, report.Layers.Quantized);
        Assert.AreEqual((RunStatus.WithinBudget, 0.0), (report.Status, report.Metrics[0].Evidence!.AtMost));
    }

    /// <summary>A stated baseline is exact, but the float model on these samples is 0.4 below this one, and so is all that the samples say of int8.</summary>
    [TestMethod]
    public void Run_ConfidenceAgainstAStatedBaseline_CountsWhatTheFloatModelFallsShort()
    {
        const double above = 0.4;
        QuantizationManifest Stated(double budget) => Manifest(budget, m => m with
        {
            Metrics = [m.Metrics[0] with { BaselineValue = new(1 + above, Written) }],
            Verdict = m.Verdict with { Confidence = new(0.95, Written) },
            Compression = NoSearch(m),
        });
        var drop = Plain().Metrics[0].Drop;
        var atMost = _project.Run(Manifest(0.6, m => m with { Verdict = m.Verdict with { Confidence = new(0.95, Written) } })).Metrics[0].Evidence!.AtMost;
        Assert.IsGreaterThan(drop, atMost);

        var report = _project.Run(Stated(above + ((drop + atMost) / 2)));

        Assert.IsTrue(report.Metrics[0].WithinBudget);
        Assert.AreEqual(above + atMost, report.Metrics[0].Evidence!.AtMost, 1e-12);
        Assert.AreEqual(RunStatus.NotEnoughEvidence, report.Status);
        Assert.AreEqual(RunStatus.WithinBudget, _project.Run(Stated(above + atMost + 1e-9)).Status);
    }

    /// <summary>What the manifest's reader refuses, a program may still ask for: a baseline of the whole says nothing of a part.</summary>
    [TestMethod]
    public void Run_StatedBaselineBesideClassBudgets_IsNotTakenForTheClasses()
    {
        var report = _project.Run(Manifest(0.6, m => m with { Metrics = [m.Metrics[0] with { BaselineValue = new(1, Written), Classes = Budgets(("every", 0)) }], Compression = NoSearch(m) }));
        Assert.AreEqual((0.0, false), (report.Metrics[1].Baseline, report.Metrics[1].WithinBudget));
        Assert.AreEqual(RunStatus.BudgetExceeded, report.Status);
    }

    [TestMethod]
    public void Run_Holdout_GivesTheVerdictOnWhatTheSearchDidNotSee()
    {
        var report = _project.Run(Manifest(0.5, m => m with { Holdout = new HoldoutSpecification(new(0.25, Written), 3) }));
        Assert.AreEqual(RunStatus.WithinBudget, report.Status);
        Assert.AreEqual(PipelineProject.Samples / 4, report.Metrics[0].Samples);
        Assert.AreEqual(PipelineProject.Samples * 3 / 4, report.SearchMetrics[0].Samples);
        Assert.IsTrue(_project.Events.OfType<StageStarted>().Any(e => e.Stage == "certify"));
        StringAssert.Contains(File.ReadAllText(report.Report!), "has not seen");
    }

    [TestMethod]
    public void Run_CertificationDataThatTheModelFails_PublishesNothing()
    {
        var plain = Plain();
        // Certified on nothing but the samples whose answer int8 changes.
        var data = TestModels.RandomFloats("validation", [PipelineProject.Samples, 3, 16, 16]).Chunk(768).ToArray();
        var (before, after) = (Answers(_project.ModelPath, data), Answers(_project.OutputPath, data));
        var changed = Enumerable.Range(0, data.Length).Where(i => before[i] != after[i]).ToArray();
        Assert.HasCount((int)Math.Round(plain.Metrics[0].Drop * data.Length), changed);
        PipelineProject.WriteNpy(_project.File("other.npy"), [.. changed.SelectMany(i => data[i])], changed.Length, 3, 16, 16);
        PipelineProject.WriteNpy(_project.File("other_labels.npy"), [.. changed.Select(i => before[i])], changed.Length);
        var source = (TensorSourceSpecification)_project.Manifest().Validation!;
        var other = source with { Tensors = source.Tensors.SetItem("x", new(_project.File("other.npy"), Written)), Labels = new(_project.File("other_labels.npy"), Written) };

        var report = _project.Run(Manifest(0.6, m => m with { Certification = other }));

        Assert.AreEqual(RunStatus.BudgetExceeded, report.Status);
        Assert.IsFalse(File.Exists(_project.OutputPath));
        Assert.AreEqual((1.0, 0.0, changed.Length), (report.Metrics[0].Baseline, report.Metrics[0].Quantized, report.Metrics[0].Samples));
        Assert.IsTrue(report.SearchMetrics[0].WithinBudget);
    }

    private static float[] Answers(string model, float[][] data)
    {
        using var session = ModelSession.Open(model);
        return [.. data.Select(x => session.Run(new Dictionary<string, Tensor> { ["x"] = Tensor.Create(x, 1, 3, 16, 16) })["y"].As<float>()).Select(scores => (float)Array.IndexOf(scores, scores.Max()))];
    }

    [TestMethod]
    public void Run_ClassThatLosesMore_MissesItsOwnBudget()
    {
        var report = _project.Run(Manifest(0.5, m => m with { Metrics = [m.Metrics[0] with { Classes = Budgets(("every", 0)) }], Compression = NoSearch(m) }));
        Assert.AreEqual(RunStatus.BudgetExceeded, report.Status);
        CollectionAssert.AreEqual(new[] { true, false }, report.Metrics.Select(m => m.WithinBudget).ToArray());
        Assert.AreEqual("accuracy@top1 [worst class]", report.Metrics[1].Name);
        Assert.IsGreaterThanOrEqualTo(report.Metrics[0].Drop, report.Metrics[1].Drop, "the worst class is at least as bad as the average");
        var error = Summary.BudgetErrors(report, new SourcePosition("elsewhere.yaml")).Single();
        Assert.AreEqual((DiagnosticCodes.BudgetExceeded, Written), (error.Code, error.Position));
    }

    [TestMethod]
    public void Run_ClassBudgetWithSearch_MeetsEveryClass()
    {
        var report = _project.Run(Manifest(0.5, m => m with { Metrics = [m.Metrics[0] with { Classes = Budgets(("every", 0)) }] }));
        Assert.AreEqual(RunStatus.WithinBudget, report.Status);
        Assert.AreEqual(0.0, report.Metrics[1].Drop);
        Assert.IsNotEmpty(report.Layers.Reverted);
    }

    [TestMethod]
    [DataRow("slices", "night", "[slice night]")]
    [DataRow("slices", "every", "[worst slice]")]
    [DataRow("classes", "99", "[class 99]")]
    public void Run_BudgetOfAPartWithoutSamples_IsAnError(string key, string name, string part)
    {
        var thrown = Assert.ThrowsExactly<QuantizeException>(() => _project.Run(Manifest(0.5, m => m with
        {
            Metrics = [key == "slices" ? m.Metrics[0] with { Slices = Budgets((name, 0.1)) } : m.Metrics[0] with { Classes = Budgets((name, 0.1)) }],
        })));
        Assert.AreEqual((DiagnosticCodes.UnknownName, Written), (thrown.Diagnostics[0].Code, thrown.Diagnostics[0].Position));
        StringAssert.Contains(thrown.Diagnostics[0].Message, part);
    }

    [TestMethod]
    public void Run_SizeBudget_IsExactAtItsBound()
    {
        var plain = Plain();
        var ratio = (double)plain.Output!.Bytes / plain.Model.Bytes;
        foreach (var (bound, status) in ((double, RunStatus)[])[(ratio, RunStatus.WithinBudget), (Math.BitDecrement(ratio) * (1 - 1e-12), RunStatus.BudgetExceeded)])
        {
            var report = _project.Run(Manifest(0.6, m => m with { Verdict = m.Verdict with { MaxSizeRatio = new(bound, Written) } }));
            Assert.AreEqual(status, report.Status);
            Assert.AreEqual(status == RunStatus.WithinBudget, File.Exists(_project.OutputPath));
        }
        var missed = _project.Run(Manifest(0.6, m => m with { Verdict = m.Verdict with { MaxSizeRatio = new(0.01, Written) } }));
        Assert.AreEqual((DiagnosticCodes.SizeBudgetExceeded, Written), Summary.BudgetErrors(missed, null).Select(e => (e.Code, e.Position!)).Single());
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Run_SizeBudgetWithoutMetrics_HoldsAllTheSame(bool skipsModel)
    {
        var manifest = _project.Manifest(null, isAccuracyAware: false, m => m with
        {
            Metrics = [],
            Validation = null,
            Compression = m.Compression with { Quantization = m.Compression.Quantization with { Ignored = IgnoredOperators.None with { SkipModel = skipsModel } } },
        });
        Assert.AreEqual(RunStatus.NotGated, _project.Run(manifest).Status);
        Assert.IsTrue(File.Exists(_project.OutputPath));

        var report = _project.Run(manifest with { Verdict = manifest.Verdict with { MaxSizeRatio = new(0.01, Written) } });

        Assert.AreEqual(RunStatus.BudgetExceeded, report.Status);
        Assert.IsFalse(File.Exists(_project.OutputPath));
        Assert.AreEqual(DiagnosticCodes.SizeBudgetExceeded, Summary.BudgetErrors(report, null).Single().Code);
    }

    [TestMethod]
    public void Run_SpeedBudgetOutOfReach_Fails()
    {
        var report = _project.Run(Manifest(0.6, m => m with { Verdict = m.Verdict with { MinSpeedup = new(1000, Written) } }));
        Assert.AreEqual(RunStatus.BudgetExceeded, report.Status);
        Assert.IsFalse(File.Exists(_project.OutputPath));
        Assert.IsNotNull(report.Latency, "it was measured although nobody asked for latency");
        Assert.AreEqual(DiagnosticCodes.SpeedBudgetMissed, Summary.BudgetErrors(report, null).Single().Code);
        Assert.AreEqual(RunStatus.WithinBudget, _project.Run(Manifest(0.6, m => m with { Verdict = m.Verdict with { MinSpeedup = new(0.0001, Written) } })).Status);
    }

    [TestMethod]
    public void Run_SearchWithinBudgetByLessThanItsNoise_Warns()
    {
        // A budget of exactly what the search ends with leaves no margin at all; without any sample that differs there is no noise either.
        var found = _project.Run(Manifest(Plain().Metrics[0].Drop - 0.001));
        var drop = found.Metrics[0].Drop;
        _project.Run(Manifest(drop));
        Assert.AreEqual(drop > 0, Warnings().Contains(DiagnosticCodes.SelectionNoise));
        _project.Run(Manifest(0.6));
        CollectionAssert.DoesNotContain(Warnings(), DiagnosticCodes.SelectionNoise);
    }

    private string[] Warnings() => [.. _project.Events.OfType<DiagnosticRaised>().Select(e => e.Diagnostic.Code)];

    private RunReport Plain() => _project.Run(Manifest(0.6));

    private QuantizationManifest Manifest(double? maximalDrop, Func<QuantizationManifest, QuantizationManifest>? edit = null) => _project.Manifest(maximalDrop, edit: edit);

    private static CompressionSettings NoSearch(QuantizationManifest manifest) => manifest.Compression with { Accuracy = manifest.Compression.Accuracy with { MaxIterNum = 0 } };

    private static ImmutableSortedDictionary<string, Located<double>> Budgets(params (string Name, double Drop)[] budgets) =>
        budgets.ToImmutableSortedDictionary(b => b.Name, b => new Located<double>(b.Drop, Written), StringComparer.Ordinal);
}
