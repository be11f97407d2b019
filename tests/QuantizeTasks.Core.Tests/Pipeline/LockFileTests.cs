using System.Text.Json.Nodes;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Tests.Pipeline;

/// <summary>What a lock file does to runs; the budget of 0 is one that needs a search.</summary>
[TestClass]
public sealed class LockFileTests : IDisposable
{
    private readonly PipelineProject _project = new();

    private string LockPath => _project.File("quantize.lock.json");

    public void Dispose() => _project.Dispose();

    [TestMethod]
    public void Run_Passes_WritesWhatItDecidedAndMeasured()
    {
        var report = Run(0);
        Assert.IsNotEmpty(report.Layers.Reverted, "or there is nothing to record");
        Assert.AreEqual("new", report.Lock!.State);
        var entry = Entry();
        Assert.AreEqual(report.Output!.Sha256, entry["output"]!["sha256"]!.GetValue<string>());
        Assert.AreEqual("models/model.int8.onnx", entry["output"]!["path"]!.GetValue<string>());
        var groups = entry["decision"]!["groups"]!.AsObject();
        CollectionAssert.AreEquivalent(report.Layers.Details.Where(d => d.Group is not null).Select(d => d.Group).Distinct().ToArray(), groups.Select(g => g.Key).ToArray());
        CollectionAssert.AreEquivalent(report.Layers.Details.Where(d => d.Decision == "float").Select(d => d.Group).Distinct().ToArray(), groups.Where(g => g.Value!.GetValue<string>() == "float").Select(g => g.Key).ToArray());
        Assert.AreEqual(report.Model.Sha256, entry["inputs"]!["model"]!.GetValue<string>());
        Assert.AreEqual(report.Runtime.Version, entry["inputs"]!["runtime.version"]!.GetValue<string>());
        var metric = entry["metrics"]![0]!;
        Assert.AreEqual((1.0, report.Metrics[0].Quantized, 0.0, PipelineProject.Samples), (metric["float"]!.GetValue<double>(), metric["int8"]!.GetValue<double>(), metric["budget"]!.GetValue<double>(), metric["samples"]!.GetValue<int>()));
        Assert.DoesNotContain(Path.GetTempPath(), File.ReadAllText(LockPath), "no path of this machine");
    }

    [TestMethod]
    public void Run_OtherWorkersStoreAndFolder_WritesTheSameBytes()
    {
        Run(0);
        using var other = new PipelineProject();
        other.Run(other.Manifest(0), workers: 1, options: o => o with { LockFile = other.File("quantize.lock.json") });
        CollectionAssert.AreEqual(File.ReadAllBytes(LockPath), File.ReadAllBytes(other.File("quantize.lock.json")));
    }

    [TestMethod]
    public void Run_MatchingLockOnACleanMachine_ProvesInOnePassWithoutSearching()
    {
        var first = Run(0);
        Assert.IsGreaterThan(3, first.Evaluations.Configurations, "the first run must have searched");
        var (text, time) = (File.ReadAllText(LockPath), File.GetLastWriteTimeUtc(LockPath));
        Directory.Delete(_project.StorePath, recursive: true);

        var second = Run(0);

        Assert.AreEqual(first.Output!.Sha256, second.Output!.Sha256);
        Assert.AreEqual("matched", second.Lock!.State);
        Assert.AreEqual(new EvaluationRecord(2, 2L * PipelineProject.Samples, second.Evaluations.FromCache), second.Evaluations, "the float model and the decision, on each sample once");
        Assert.AreEqual(0, second.Iterations);
        Assert.IsEmpty(_project.Events.OfType<RankingFinished>());
        CollectionAssert.DoesNotContain(_project.Events.OfType<StageStarted>().Select(s => s.Stage).ToArray(), "rank");
        Assert.AreEqual(first.Metrics[0].Quantized, second.Metrics[0].Quantized);
        Assert.AreEqual((text, time), (File.ReadAllText(LockPath), File.GetLastWriteTimeUtc(LockPath)), "a file that says so already is left alone");
        CollectionAssert.AreEqual(first.Layers.Reverted.ToArray(), second.Layers.Reverted.ToArray());
    }

    [TestMethod]
    public void Run_RetrainedModel_TriesTheOldDecisionFirstAndTakesIt()
    {
        var first = Run(0);
        Retrain();
        var second = Run(0);
        Assert.AreEqual(RunStatus.WithinBudget, second.Status);
        Assert.AreEqual("changed", second.Lock!.State);
        Assert.AreNotEqual(first.Output!.Sha256, second.Output!.Sha256);
        Assert.AreEqual(new EvaluationRecord(2, 2L * PipelineProject.Samples, second.Evaluations.FromCache), second.Evaluations);
        Assert.AreEqual("what the lock file says", second.Search.Single().Action);
        CollectionAssert.AreEqual(first.Layers.Reverted.ToArray(), second.Layers.Reverted.ToArray());
        Assert.AreEqual(second.Output.Sha256, Entry()["output"]!["sha256"]!.GetValue<string>());
        Assert.AreEqual("matched", Run(0).Lock!.State);
    }

    [TestMethod]
    public void Run_OldDecisionFails_SearchesAsUsual()
    {
        var first = Run(0.5);
        Assert.IsEmpty(first.Layers.Reverted);
        Run(0);
        Edit(entry =>
        {
            var groups = entry["decision"]!["groups"]!;
            var needless = InInt8(entry);
            foreach (var (group, _) in groups.AsObject().ToArray())
                groups[group] = group == needless ? "float" : "int8";
            entry["inputs"]!["tool"] = "another version";
        });

        var report = Run(0);

        Assert.AreEqual(RunStatus.WithinBudget, report.Status);
        CollectionAssert.AreEqual(new[] { "what the lock file says", "everything that may be is int8" }, report.Search.Take(2).Select(s => s.Action).ToArray());
        Assert.IsFalse(report.Search[0].Kept);
        Assert.IsGreaterThan(0, report.Search[0].Drops[0]);
        using var fresh = new PipelineProject();
        Assert.AreEqual(fresh.Run(fresh.Manifest(0)).Output!.Sha256, report.Output!.Sha256, "a failed first try changes nothing");
    }

    [TestMethod]
    public void Run_LooserBudget_NeedsNoFloatLayerAnyMore()
    {
        Assert.IsNotEmpty(Run(0).Layers.Reverted);
        var loose = Run(0.5);
        Assert.IsEmpty(loose.Layers.Reverted);
        Assert.AreEqual(0, loose.Evaluations.Samples, "the store knows the int8 model");
        Assert.AreEqual("0.5", Entry()["inputs"]!["compression.accuracy.maximal_drop"]!.GetValue<string>());
    }

    [TestMethod]
    public void Run_GroupsThatAreGone_ArePassedOverWithAMessage()
    {
        Run(0);
        Edit(entry =>
        {
            entry["decision"]!["groups"]!["conv99"] = "float";
            entry["inputs"]!["model"] = "of before";
        });
        var report = Run(0);
        Assert.AreEqual("what the lock file says", report.Search.Single().Action);
        Assert.IsTrue(Diagnostics(DiagnosticSeverity.Information).Any(d => d.Message.Contains("conv99", StringComparison.Ordinal)));
        Assert.IsFalse(Entry()["decision"]!["groups"]!.AsObject().ContainsKey("conv99"));
    }

    [TestMethod]
    public void Run_UnknownRung_MeansFloat()
    {
        var first = Run(0);
        Edit(entry =>
        {
            foreach (var (group, state) in entry["decision"]!["groups"]!.AsObject().ToArray())
                if (state!.GetValue<string>() != "int8")
                    entry["decision"]!["groups"]![group] = "a rung of the future";
            entry["inputs"]!["tool"] = "the future";
        });
        Assert.IsNotEmpty(Run(0).Layers.Reverted);
    }

    [TestMethod]
    public void Run_EditedDecision_WarnsProvesWhatItMadeAndWritesIt()
    {
        Run(0.5);
        Edit(entry => entry["decision"]!["groups"]![InInt8(entry)] = "float");
        var report = Run(0.5);
        var warning = Diagnostics(DiagnosticSeverity.Warning).Single(d => d.Code == DiagnosticCodes.LockNotReproduced);
        Assert.Contains("SHA-256", warning.Message);
        Assert.AreEqual(Line("\"sha256\""), warning.Position!.Value.Line);
        Assert.AreEqual(report.Output!.Sha256, Entry()["output"]!["sha256"]!.GetValue<string>());
        Run(0.5);
        Assert.IsEmpty(Diagnostics(DiagnosticSeverity.Warning), "from then on it is so");
    }

    [TestMethod]
    public void Run_DecisionThatMissesTheBudgetItWasMadeFor_WarnsAndSearches()
    {
        var first = Run(0);
        Edit(entry =>
        {
            foreach (var (group, _) in entry["decision"]!["groups"]!.AsObject().ToArray())
                entry["decision"]!["groups"]![group] = "int8";
        });
        Assert.AreEqual(first.Output!.Sha256, Run(0).Output!.Sha256);
        Assert.Contains("not within the budget that it was made for", Diagnostics(DiagnosticSeverity.Warning).Single(d => d.Code == DiagnosticCodes.LockNotReproduced).Message);
        Assert.AreEqual(first.Output.Sha256, Entry()["output"]!["sha256"]!.GetValue<string>());
        Assert.IsNotEmpty(Entry()["decision"]!["groups"]!.AsObject().Where(g => g.Value!.GetValue<string>() != "int8"));
    }

    [TestMethod]
    public void Run_LockOfAnotherProcessor_IsEvaluatedHereAndStays()
    {
        Run(0);
        Edit(entry => entry["inputs"]!["runtime.isa"] = "arm64-dotprod");
        var text = File.ReadAllText(LockPath);
        var report = Run(0, o => o with { LockedMode = true });
        Assert.AreEqual(RunStatus.WithinBudget, report.Status);
        Assert.Contains("runtime.isa: 'arm64-dotprod'", report.Lock!.Changes.Single());
        Assert.IsTrue(Diagnostics(DiagnosticSeverity.Information).Any(d => d.Message.Contains("another kind of machine", StringComparison.Ordinal)));
        Run(0);
        Assert.AreEqual(text, File.ReadAllText(LockPath), "two machines must not write it in turn");
    }

    [TestMethod]
    public void Run_OtherVersionOfOnnxRuntime_EvaluatesTheOldDecisionAndSaysWhy()
    {
        Run(0);
        Edit(entry => entry["inputs"]!["runtime.version"] = "1.0.0");
        var report = Run(0);
        Assert.AreEqual("what the lock file says", report.Search.Single().Action);
        Assert.Contains("runtime.version: '1.0.0'", Diagnostics(DiagnosticSeverity.Information).First().Message);
        Assert.AreEqual(report.Runtime.Version, Entry()["inputs"]!["runtime.version"]!.GetValue<string>());
    }

    [TestMethod]
    public void LockedMode_NothingChanged_Passes()
    {
        var first = Run(0);
        Directory.Delete(_project.StorePath, recursive: true);
        var report = Run(0, o => o with { LockedMode = true });
        Assert.AreEqual(first.Output!.Sha256, report.Output!.Sha256);
        Assert.AreEqual(2, report.Evaluations.Configurations);
    }

    [TestMethod]
    public void LockedMode_NoLockFile_IsAnError()
    {
        Assert.AreEqual(DiagnosticCodes.LockFileMissing, Failure(0).Single().Code);
        Assert.IsFalse(File.Exists(LockPath), "and is not written");
        Assert.IsFalse(File.Exists(_project.OutputPath));
        var error = Assert.ThrowsExactly<QuantizeException>(() => _project.Run(_project.Manifest(0), options: o => o with { LockedMode = true })).Diagnostics.Single();
        Assert.AreEqual(DiagnosticCodes.LockFileMissing, error.Code, "also where none is wanted");
    }

    [TestMethod]
    [DataRow("model")]
    [DataRow("data.validation")]
    [DataRow("data.calibration")]
    [DataRow("metric accuracy@top1")]
    [DataRow("runtime.package")]
    [DataRow("runtime.version")]
    [DataRow("tool")]
    [DataRow("compression.target_device")]
    [DataRow("output")]
    public void LockedMode_AnotherInput_NamesItWithBothValuesAndPlaces(string input)
    {
        Run(0);
        var now = Entry()["inputs"]![input]!.GetValue<string>();
        Edit(entry => entry["inputs"]![input] = "of before");
        var text = File.ReadAllText(LockPath);

        var error = Failure(0).Single();

        Assert.AreEqual(DiagnosticCodes.LockFileMismatch, error.Code);
        Assert.Contains($"{input}: 'of before' (line {Line("of before")} of the lock file) -> '{now}'", error.Message);
        Assert.AreEqual(input.StartsWith("runtime", StringComparison.Ordinal) || input == "tool" ? LockPath : _project.File("quantize.yaml"), error.Position!.Value.File);
        Assert.AreEqual(text, File.ReadAllText(LockPath), "the file is not written");
        Assert.IsFalse(File.Exists(_project.OutputPath), "and the model of before is gone");
    }

    [TestMethod]
    public void LockedMode_SeveralChanges_AreAllNamed()
    {
        Run(0);
        Retrain();
        var errors = Assert.ThrowsExactly<QuantizeException>(() => Run(0.25, o => o with { LockedMode = true }, m => m with
        {
            Compression = m.Compression with { Quantization = m.Compression.Quantization with { StatSubsetSize = new Located<int>(8, new SourcePosition("/m.yaml", 3, 4)) } },
        })).Diagnostics;
        string[] expected = ["compression.accuracy.maximal_drop: '0' ", "compression.quantization.stat_subset_size: nothing -> '8'", "model: '"];
        CollectionAssert.AreEqual(expected, errors.Select(e => expected.FirstOrDefault(e.Message.Contains) ?? e.Message).ToArray());
        Assert.AreEqual(new SourcePosition("/m.yaml", 3, 4), errors[1].Position);
    }

    [TestMethod]
    public void LockedMode_OptionThatIsGone_IsNamed()
    {
        Run(0, edit: m => m with { Compression = m.Compression with { Prefer = Preference.Size } });
        Assert.Contains("compression.prefer: 'size'", Failure(0).Single().Message);
    }

    [TestMethod]
    public void LockedMode_EditedDecision_IsAnErrorThatSaysWhatDiffers()
    {
        Run(0);
        Edit(entry => entry["decision"]!["groups"]![InInt8(entry)] = "float");
        var error = Failure(0).Single();
        Assert.AreEqual(DiagnosticCodes.LockFileMismatch, error.Code);
        Assert.AreEqual((LockPath, Line("\"sha256\"")), (error.Position!.Value.File, error.Position.Value.Line));
        Assert.IsFalse(File.Exists(_project.OutputPath));
    }

    [TestMethod]
    public void LockedMode_EditedHash_IsAnError()
    {
        Run(0);
        Edit(entry => entry["output"]!["sha256"] = new string('0', 64));
        Assert.Contains(new string('0', 64), Failure(0).Single().Message);
    }

    [TestMethod]
    public void LockedMode_EditedFigure_IsAnErrorAndNothingIsPublished()
    {
        Run(0);
        Edit(entry => entry["metrics"]![0]!["int8"] = 0.75);
        Assert.Contains("0.75", Failure(0).Single().Message);
        Assert.IsFalse(File.Exists(_project.OutputPath));
        Run(0);
        Assert.AreEqual(1.0, Entry()["metrics"]![0]!["int8"]!.GetValue<double>(), "outside locked mode the file is put right");
    }

    [TestMethod]
    public void VerifyAlways_EvaluatesWhatTheStoreKnows()
    {
        Run(0);
        var known = Run(0);
        Assert.AreEqual(0, known.Evaluations.Samples, "changed is the default");
        var again = Run(0, o => o with { Verify = VerifyMode.Always });
        Assert.AreEqual((2L * PipelineProject.Samples, 2), (again.Evaluations.Samples, again.Evaluations.Configurations));
        Assert.AreEqual(known.Output!.Sha256, again.Output!.Sha256);
    }

    [TestMethod]
    public void VerifyNever_PublishesWithAWarningAndWritesNoLockFile()
    {
        var report = Run(0, o => o with { Verify = VerifyMode.Never });
        Assert.AreEqual(RunStatus.NotVerified, report.Status);
        Assert.AreEqual((0, 0L), (report.Evaluations.Configurations, report.Evaluations.Samples));
        Assert.IsTrue(File.Exists(_project.OutputPath));
        Assert.Contains("NOTHING WAS PROVEN", Diagnostics(DiagnosticSeverity.Warning).Single(d => d.Code == DiagnosticCodes.NothingVerified).Message);
        Assert.IsFalse(File.Exists(LockPath));
        Assert.Contains("nothing proven", Summary.Line(report));
    }

    [TestMethod]
    public void VerifyNever_WithALock_MakesItsModel()
    {
        var proven = Run(0);
        Assert.AreEqual(proven.Output!.Sha256, Run(0, o => o with { Verify = VerifyMode.Never }).Output!.Sha256);
    }

    [TestMethod]
    public void VerifyHashes_DataIsAbsentAndTheStoreKnowsItsRanges_GivesTheSameBytesAndSaysWhatIsNotCompared()
    {
        var proven = Run(0);
        foreach (var file in new[] { "x.npy", "labels.npy", "calibration.npy", Path.Combine("out", "models", "model.int8.onnx") })
            File.Delete(_project.File(file));
        var report = Run(0, o => o with { Verify = VerifyMode.Hashes });
        Assert.AreEqual((RunStatus.NotVerified, proven.Output!.Sha256), (report.Status, report.Output!.Sha256));
        var warning = Diagnostics(DiagnosticSeverity.Warning).Single(d => d.Code == DiagnosticCodes.NothingVerified);
        Assert.Contains("data.calibration, data.validation", warning.Message);
    }

    [TestMethod]
    public void VerifyHashes_DataIsAbsentAndTheStoreKnowsNothing_IsAnErrorAboutTheData()
    {
        Run(0);
        File.Delete(_project.File("calibration.npy"));
        Directory.Delete(_project.StorePath, recursive: true);
        var error = Assert.ThrowsExactly<QuantizeException>(() => Run(0, o => o with { Verify = VerifyMode.Hashes })).Diagnostics[0];
        Assert.AreEqual(DiagnosticCodes.DataNotFound, error.Code);
        Assert.IsFalse(File.Exists(_project.OutputPath));
    }

    [TestMethod]
    [DataRow(VerifyMode.Changed)]
    [DataRow(VerifyMode.Always)]
    public void Run_DataIsAbsent_IsAnErrorHoweverMuchTheStoreKnows(VerifyMode mode)
    {
        Run(0);
        File.Delete(_project.File("x.npy"));
        Assert.AreEqual(DiagnosticCodes.DataNotFound, Assert.ThrowsExactly<QuantizeException>(() => Run(0, o => o with { Verify = mode })).Diagnostics[0].Code);
        Assert.IsFalse(File.Exists(_project.OutputPath));
    }

    [TestMethod]
    public void VerifyHashes_ChangedModelOrNoLock_IsAnError()
    {
        Assert.AreEqual(DiagnosticCodes.LockFileMissing, Assert.ThrowsExactly<QuantizeException>(() => Run(0, o => o with { Verify = VerifyMode.Hashes })).Diagnostics[0].Code);
        Run(0);
        Retrain();
        Assert.AreEqual(DiagnosticCodes.LockFileMismatch, Assert.ThrowsExactly<QuantizeException>(() => Run(0, o => o with { Verify = VerifyMode.Hashes })).Diagnostics[0].Code);
    }

    [TestMethod]
    public void Run_VariantsWithTheSameOptions_ShareAnEntry()
    {
        Run(0, o => o with { Variant = "net10.0" });
        var text = File.ReadAllText(LockPath);
        Assert.AreEqual("matched", Run(0, o => o with { Variant = "net11.0", LockedMode = true }).Lock!.State);
        Run(0, o => o with { Variant = "net11.0" });
        Assert.AreEqual(text, File.ReadAllText(LockPath));
    }

    [TestMethod]
    public void Run_VariantsWithOtherOptions_DoNotOverwriteEachOther()
    {
        Run(0, o => o with { Variant = "a" });
        Run(0.5, o => o with { Variant = "b" });
        var text = File.ReadAllText(LockPath);
        Assert.AreEqual("matched", Run(0, o => o with { Variant = "a", LockedMode = true }).Lock!.State);
        Assert.AreEqual("matched", Run(0.5, o => o with { Variant = "b", LockedMode = true }).Lock!.State);
        Run(0, o => o with { Variant = "a" });
        Assert.AreEqual(text, File.ReadAllText(LockPath));
    }

    [TestMethod]
    public void Run_DamagedLock_IsAnErrorAndStays()
    {
        Run(0);
        File.WriteAllText(LockPath, "{ \"schemaVersion\": 1, ");
        Assert.AreEqual(DiagnosticCodes.LockFileInvalid, Assert.ThrowsExactly<QuantizeException>(() => Run(0)).Diagnostics.Single().Code);
        Assert.AreEqual("{ \"schemaVersion\": 1, ", File.ReadAllText(LockPath));
    }

    [TestMethod]
    public void Run_LockCannotBeWritten_PublishesWithAWarning()
    {
        Directory.CreateDirectory(_project.File("blocked.file"));
        File.WriteAllText(_project.File("blocked.file", "x"), "");
        var report = Run(0.5, o => o with { LockFile = _project.File("blocked.file", "x", "quantize.lock.json") });
        Assert.AreEqual(RunStatus.WithinBudget, report.Status);
        Assert.HasCount(1, Diagnostics(DiagnosticSeverity.Warning).Where(d => d.Code == DiagnosticCodes.LockNotWritten).ToArray());
    }

    [TestMethod]
    public void Run_BudgetMissed_LeavesTheLockAsItWas()
    {
        Run(0);
        var text = File.ReadAllText(LockPath);
        Assert.AreEqual(RunStatus.BudgetExceeded, Run(-1).Status);
        Assert.AreEqual(text, File.ReadAllText(LockPath));
    }

    [TestMethod]
    public void Run_AutomaticRanges_AreTakenFromTheLock()
    {
        QuantizationManifest Auto(QuantizationManifest m) => m with
        {
            Compression = m.Compression with { Quantization = m.Compression.Quantization with { RangeEstimator = new(new("auto", new SourcePosition("m", 1, 1)), null, null) } },
        };
        var first = Run(0.5, edit: Auto);
        Assert.IsNotNull(Entry()["decision"]!["estimator"]);
        Directory.Delete(_project.StorePath, recursive: true);
        Assert.AreEqual(first.Output!.Sha256, Run(0.5, o => o with { LockedMode = true }, Auto).Output!.Sha256);
    }

    [TestMethod]
    public void Run_WithoutMetricsOrBudget_IsLockedByItsBytes()
    {
        QuantizationManifest Plain(QuantizationManifest m) => m with { Metrics = [], Validation = null };
        var manifest = _project.Manifest(null, isAccuracyAware: false, edit: Plain);
        var first = _project.Run(manifest, options: o => o with { LockFile = LockPath });
        Assert.AreEqual(RunStatus.NotGated, first.Status);
        Assert.IsEmpty(Entry()["metrics"]!.AsArray());
        Assert.AreEqual("matched", _project.Run(manifest, options: o => o with { LockFile = LockPath, LockedMode = true }).Lock!.State);
        Edit(entry => entry["output"]!["sha256"] = "00");
        Assert.ThrowsExactly<QuantizeException>(() => _project.Run(manifest, options: o => o with { LockFile = LockPath, LockedMode = true }));
    }

    [TestMethod]
    public void Run_PreferMeasured_TakesTheChoiceFromTheLockInsteadOfMeasuring()
    {
        var chosen = Run(0.5);
        Edit(entry => entry["inputs"]!["compression.prefer"] = "measured");
        var report = Run(0.5, o => o with { LockedMode = true }, m => m with { Compression = m.Compression with { Prefer = Preference.Measured } });
        Assert.AreEqual(chosen.Output!.Sha256, report.Output!.Sha256);
        CollectionAssert.AreEqual(chosen.Selection!.Int8.ToArray(), report.Selection!.Int8.ToArray());
        CollectionAssert.DoesNotContain(_project.Events.OfType<StageStarted>().Select(s => s.Stage).ToArray(), "measure");
    }

    [TestMethod]
    public void Run_TunedSettings_AreTakenFromTheLock()
    {
        QuantizationManifest Tuned(QuantizationManifest m) => m with { Compression = m.Compression with { Accuracy = m.Compression.Accuracy with { ConvertToMixedPreset = true } } };
        var first = Run(0.001, edit: Tuned);
        Assert.AreEqual("preset mixed", first.Schemes.Single().Name, "the fixture must miss its budget in plain int8, or this tests nothing");
        Edit(entry => entry["inputs"]!["tool"] = "of before");
        Assert.AreEqual(first.Output!.Sha256, Run(0.001, edit: Tuned).Output!.Sha256);
        Directory.Delete(_project.StorePath, recursive: true);
        var replayed = Run(0.001, o => o with { LockedMode = true }, Tuned);
        Assert.AreEqual((first.Output.Sha256, 2), (replayed.Output!.Sha256, replayed.Evaluations.Configurations));
        Assert.IsEmpty(replayed.Schemes);
        Assert.AreEqual(first.Schemes.Single().Kept ? "preset mixed" : "", Entry()["decision"]!["settings"]!.GetValue<string>());
    }

    [TestMethod]
    public void Run_SkipModel_IsLockedToo()
    {
        QuantizationManifest Skip(QuantizationManifest m) => m with { Compression = m.Compression with { Quantization = m.Compression.Quantization with { Ignored = IgnoredOperators.None with { SkipModel = true } } } };
        Run(0, edit: Skip);
        Assert.AreEqual("matched", Run(0, o => o with { LockedMode = true }, Skip).Lock!.State);
        Assert.Contains("skip_model", Failure(0).Single().Message);
    }

    private RunReport Run(double budget, Func<RunOptions, RunOptions>? options = null, Func<QuantizationManifest, QuantizationManifest>? edit = null) =>
        _project.Run(_project.Manifest(budget, edit: edit), options: o => (options ?? (x => x))(o with { LockFile = LockPath }));

    private IReadOnlyList<Diagnostic> Failure(double budget) =>
        Assert.ThrowsExactly<QuantizeException>(() => Run(budget, o => o with { LockedMode = true })).Diagnostics;

    private Diagnostic[] Diagnostics(DiagnosticSeverity severity) =>
        [.. _project.Events.OfType<DiagnosticRaised>().Select(e => e.Diagnostic).Where(d => d.Severity == severity)];

    private JsonNode Entry() => JsonNode.Parse(File.ReadAllText(LockPath))!["entries"]![0]!;

    /// <summary>A group that the decision leaves in int8.</summary>
    private static string InInt8(JsonNode entry) => entry["decision"]!["groups"]!.AsObject().First(g => g.Value!.GetValue<string>() == "int8").Key;

    private int Line(string text) => Array.FindIndex(File.ReadAllLines(LockPath), line => line.Contains(text, StringComparison.Ordinal)) + 1;

    private void Edit(Action<JsonNode> change)
    {
        var json = JsonNode.Parse(File.ReadAllText(LockPath))!;
        change(json["entries"]![0]!);
        File.WriteAllText(LockPath, json.ToJsonString(new() { WriteIndented = true, NewLine = "\n" }) + "\n");
    }

    /// <summary>Other weights of the same shape, and the labels that the new model gives.</summary>
    private void Retrain()
    {
        var model = PipelineProject.Network();
        var bias = model.Graph.Initializers.Single(i => i.Name == "b1");
        model.Graph.ReplaceInitializer(TensorData.Floats("b1", [.. TensorData.ToFloats(bias).Select(b => b * 1.01f)], [.. bias.Dims]));
        _project.Replace(model);
    }
}
