using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Reporting;
using QuantizeTasks.Tests.Pipeline;

namespace QuantizeTasks.Tests.Recomputation;

/// <summary>
/// A run that finds results of a slightly different one in its store gives what it gives with an empty store, to the last bit of model and report. And a run that differs only in what must not
/// matter computes nothing.
/// </summary>
[TestClass]
public sealed class RecomputationTests : IDisposable
{
    private const int Samples = 30;
    private readonly PipelineProject _project = new(Network(), Samples);

    public void Dispose() => _project.Dispose();

    [TestMethod]
    [DataRow("model.onnx", -1, 1, DisplayName = "the model, a bit of a weight")]
    [DataRow("x.npy", 400, 1, DisplayName = "a bit of a sample")]
    [DataRow("labels.npy", 130, 0x20, DisplayName = "a bit of a label")]
    [DataRow("calibration.npy", 3000, 1, DisplayName = "a bit of a calibration sample")]
    public void Run_OneBitOfAnInputChanged_IsAsWithAnEmptyStore(string file, int position, int bit)
    {
        Run(Manifest(m => m));
        var path = _project.File(file);
        var bytes = File.ReadAllBytes(path);
        bytes[position < 0 ? IndexOfWeights(bytes) : position] ^= (byte)bit;
        File.WriteAllBytes(path, bytes);
        AssertAsWithAnEmptyStore(Manifest(m => m), mustCompute: true);
    }

    [TestMethod]
    [DataRow("same size and time")]
    [DataRow("a link to other samples")]
    [DataRow("the same samples in another order")]
    public void Run_DataChangedUnseen_IsAsWithAnEmptyStore(string how)
    {
        const int header = 128;
        Run(Manifest(m => m));
        var path = _project.File("x.npy");
        var (bytes, time) = (File.ReadAllBytes(path), File.GetLastWriteTimeUtc(path));
        var sample = (bytes.Length - header) / Samples;
        Assert.AreEqual(3 * 16 * 16 * sizeof(float), sample);
        byte[] changed = [.. bytes[..header], .. bytes[(header + sample)..], .. bytes[header..(header + sample)]];
        if (how == "a link to other samples")
        {
            File.WriteAllBytes(_project.File("other.npy"), changed);
            File.Delete(path);
            File.CreateSymbolicLink(path, _project.File("other.npy"));
        }
        else
        {
            File.WriteAllBytes(path, changed);
            File.SetLastWriteTimeUtc(path, time);
        }
        if (how == "the same samples in another order")
        {
            // With their labels: the accuracy is what it was, and which sample is which is not.
            var labels = File.ReadAllBytes(_project.File("labels.npy"));
            File.WriteAllBytes(_project.File("labels.npy"), [.. labels[..header], .. labels[(header + sizeof(float))..], .. labels[header..(header + sizeof(float))]]);
        }
        AssertAsWithAnEmptyStore(Manifest(m => m), mustCompute: true);
    }

    [TestMethod]
    public void Run_OneBitOfExternalDataChanged_IsAsWithAnEmptyStore()
    {
        using var project = new PipelineProject(new OnnxModel(Network().Proto, "network", hadValuesOutside: true), Samples);
        var first = project.Run(project.Manifest(maximalDrop: 0.9));
        var file = OnnxModel.ExternalFiles(project.ModelPath).Single();
        var bytes = File.ReadAllBytes(file);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(file, bytes);
        var warm = project.Run(project.Manifest(maximalDrop: 0.9));
        Assert.AreEqual(first.Model.Sha256, warm.Model.Sha256, "only the other file changed");
        Assert.IsGreaterThan(0, warm.Evaluations.Samples);
        Directory.Delete(project.StorePath, recursive: true);
        Assert.AreEqual(Comparable(project.Run(project.Manifest(maximalDrop: 0.9))), Comparable(warm));
    }

    [TestMethod]
    [DynamicData(nameof(QuantizationChanges))]
    public void Run_ParameterOfQuantizationChanged_IsAsWithAnEmptyStore(string name)
    {
        Run(Manifest(m => m));
        AssertAsWithAnEmptyStore(Manifest(m => m with { Compression = m.Compression with { Quantization = Changes[name](m.Compression.Quantization) } }), mustCompute: !Harmless.Contains(name));
    }

    [TestMethod]
    public void QuantizationChanges_OfEveryParameter_AreListed() =>
        CollectionAssert.AreEquivalent(typeof(DefaultQuantizationParameters).GetProperties().Select(p => p.Name).ToArray(), Changes.Keys.Select(k => k.Split(' ')[0]).Distinct().ToArray(), "a parameter without a test here");

    [TestMethod]
    [DynamicData(nameof(CompressionChangeNames))]
    public void Run_SettingOfCompressionChanged_IsAsWithAnEmptyStore(string name)
    {
        Run(Manifest(m => m));
        AssertAsWithAnEmptyStore(Manifest(m => m with { Compression = CompressionChanges[name](m.Compression) }), mustCompute: false);
    }

    [TestMethod]
    public void CompressionChanges_OfEverySetting_AreListed() =>
        CollectionAssert.AreEquivalent(typeof(CompressionSettings).GetProperties().Concat(typeof(AccuracyAwareParameters).GetProperties()).Select(p => p.Name).Except(["Quantization", "Accuracy"]).ToArray(),
            CompressionChanges.Keys.Select(k => k.Split(' ')[0]).Distinct().ToArray(), "a setting without a test here");

    [TestMethod]
    [DataRow("accuracy@top2", "", true)]
    [DataRow("accuracy@top1", "agreement", true)]
    [DataRow("accuracy@top1", "accuracy@top1", false)]
    public void Run_MetricsChanged_EvaluateWhatIsNotKnown(string first, string second, bool mustCompute)
    {
        Run(Manifest(m => m));
        AssertAsWithAnEmptyStore(Manifest(m => m with { Metrics = [.. new[] { first, second }.Where(n => n.Length > 0).Select(n => m.Metrics[0] with { Name = m.Metrics[0].Name with { Value = n } })] }), mustCompute);
    }

    [TestMethod]
    public void Run_MetricThatComparesWithTheFloatModel_SeesAnotherFloatModel()
    {
        // The quantized model is the same, because the change is below a step of its weights; what it is compared with is not.
        var int8 = Run(Manifest(m => m)).Output!;
        File.Copy(int8.Path, _project.File("int8.onnx"));
        QuantizationManifest Compared() => Manifest(m => m with { Metrics = [m.Metrics[0] with { Name = m.Metrics[0].Name with { Value = "cosine" } }] });
        double Evaluate() => EvaluationPipeline.Evaluate(_project.File("int8.onnx"), Compared(), _project.Options(), new Progress<RunEvent>(), default).Metrics.Single().Value;
        var before = Evaluate();
        Network(scale: 1.5f).Save(_project.ModelPath);
        var after = Evaluate();
        Assert.AreNotEqual(before, after);
        Directory.Delete(_project.StorePath, recursive: true);
        Assert.AreEqual(Evaluate(), after);
    }

    [TestMethod]
    public void Run_AnotherInstructionSet_ComputesAgain()
    {
        Run(Manifest(m => m));
        var emulated = QuantizationPipeline.Run(Manifest(m => m), _project.Options() with { EmulatedIsa = EmulatedIsa.Avx2 }, new Progress<RunEvent>(), default);
        Assert.IsGreaterThanOrEqualTo(2 * Samples, emulated.Evaluations.Samples);
    }

    [TestMethod]
    public void Run_CopyOfEverythingElsewhere_ComputesNothing()
    {
        var expected = _project.Run(Manifest(m => m), measureLatency: true);
        using var copy = new TemporaryFolder();
        foreach (var file in (string[])["model.onnx", "x.npy", "labels.npy", "calibration.npy"])
            File.Copy(_project.File(file), copy.File(file));
        Directory.Move(_project.StorePath, copy.File("store"));
        var known = Entries(copy.File("store"));
        Located<string> Moved(Located<string> path) => path with { Value = copy.File(Path.GetFileName(path.Value)) };
        TensorSourceSpecification Source(DataSourceSpecification? source) => (TensorSourceSpecification)source! is var tensors
            ? tensors with { Tensors = tensors.Tensors.ToImmutableSortedDictionary(t => t.Key, t => Moved(t.Value)), Labels = tensors.Labels is { } labels ? Moved(labels) : null } : null!;
        var manifest = Manifest(m => m with { Path = copy.File("other.yaml"), Model = Moved(m.Model), Validation = Source(m.Validation), Calibration = Source(m.Calibration) });
        var options = _project.Options(measureLatency: true) with { CacheDirectory = copy.File("store"), OutputDirectory = copy.File("out"), ReportDirectory = copy.File("report") };
        var actual = QuantizationPipeline.Run(manifest, options, new Progress<RunEvent>(), default);
        Assert.AreEqual((0L, expected.Output!.Sha256), (actual.Evaluations.Samples, actual.Output!.Sha256));
        Assert.AreEqual(known, Entries(copy.File("store")), "neither calibrated nor explained");
        Assert.AreEqual(expected.Latency, actual.Latency, "nor timed");
        Assert.AreEqual(expected.Layers.Details[0].LocalDecibels, actual.Layers.Details[0].LocalDecibels);
    }

    [TestMethod]
    [DataRow("workers")]
    [DataRow("file times")]
    [DataRow("another file beside them")]
    [DataRow("budget")]
    [DataRow("output's place")]
    [DataRow("where things are written in the manifest")]
    [DataRow("the same once more")]
    public void Run_ChangeThatDoesNotMatter_ComputesNothing(string what)
    {
        var expected = Run(Manifest(m => m));
        var (manifest, options) = (Manifest(m => m), _project.Options());
        switch (what)
        {
            case "workers":
                options = _project.Options(workers: 1);
                break;
            case "file times":
                foreach (var file in (string[])["model.onnx", "x.npy", "labels.npy", "calibration.npy"])
                    File.SetLastWriteTimeUtc(_project.File(file), new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
                break;
            case "another file beside them":
                File.WriteAllText(_project.File("notes.txt"), "notes");
                break;
            case "budget":
                manifest = _project.Manifest(maximalDrop: 0.75);
                break;
            case "output's place":
                manifest = Manifest(m => m with { Output = m.Output with { Value = "other/name.onnx" } });
                break;
            case "where things are written in the manifest":
                var at = new SourcePosition(_project.File("quantize.yaml"), 99, 3);
                manifest = Manifest(m => m with { Model = m.Model with { Position = at }, Validation = m.Validation! with { Position = at }, Calibration = m.Calibration with { Position = at } });
                break;
            default:
                break;
        }
        AssertNothingNew(_project.StorePath, () =>
        {
            var actual = QuantizationPipeline.Run(manifest, options, new Progress<RunEvent>(), default);
            Assert.AreEqual((0L, expected.Output!.Sha256), (actual.Evaluations.Samples, actual.Output!.Sha256));
        });
    }

    private static IEnumerable<string[]> QuantizationChanges => Changes.Keys.Select(k => new[] { k });

    private static IEnumerable<string[]> CompressionChangeNames => CompressionChanges.Keys.Select(k => new[] { k });

    private static readonly SourcePosition Here = new("/quantize.yaml", 1, 1);

    /// <summary>Parameters that change nothing here, or only how the same is computed.</summary>
    private static readonly string[] Harmless = ["DumpIntermediateModel", "ChannelAlignment", "CrossLayerEqualization", "SmoothQuantAlpha", "SaturationFix", "Threshold", "ApplyForAllNodes", "StatBatchSize", "Ignored skip_model", "Weights levels", "Seed"];

    private static readonly Dictionary<string, Func<DefaultQuantizationParameters, DefaultQuantizationParameters>> Changes = new()
    {
        ["Preset"] = q => q with { Preset = At("accuracy") },
        ["StatSubsetSize"] = q => q with { StatSubsetSize = At(5) },
        ["StatBatchSize"] = q => q with { StatBatchSize = At(4) },
        ["ShuffleData"] = q => q with { ShuffleData = true, StatSubsetSize = At(5) },
        ["Seed"] = q => q with { Seed = 7 },
        ["Seed of a shuffle"] = q => q with { Seed = 7, ShuffleData = true, StatSubsetSize = At(5) },
        ["InplaceStatistics"] = q => q with { InplaceStatistics = false },
        ["UseFastBias"] = q => q with { UseFastBias = false },
        ["ApplyForAllNodes"] = q => q with { ApplyForAllNodes = true },
        ["Threshold"] = q => q with { Threshold = At(1e-6) },
        ["SaturationFix"] = q => q with { SaturationFix = At(SaturationFix.All) },
        ["Ignored scope"] = q => q with { Ignored = IgnoredOperators.None with { Scope = [At("conv2")] } },
        ["Ignored skip_model"] = q => q with { Ignored = IgnoredOperators.None with { SkipModel = true } },
        ["RangeEstimator"] = q => q with { RangeEstimator = new RangeEstimatorSettings(At("quantile"), null, null) },
        ["RangeEstimator aggregator"] = q => q with { RangeEstimator = new RangeEstimatorSettings(null, null, new RangeBorderSettings(null, At("median"), null, null, null)) },
        ["Weights"] = q => q with { Weights = QuantizerSettings.None with { Granularity = At("pertensor") } },
        ["Weights levels"] = q => q with { Weights = QuantizerSettings.None with { Bits = At(8) } },
        ["Activations"] = q => q with { Activations = QuantizerSettings.None with { Mode = At("asymmetric") } },
        ["LayerwiseConfigs"] = q => q with { LayerwiseConfigs = [new LayerwiseConfig(At("w2"), QuantizerSettings.None with { Granularity = At("pertensor") })] },
        ["NumSamplesForTuning"] = q => q with { UseLayerwiseTuning = true, NumSamplesForTuning = At(3) },
        ["CalibrationIndicesPool"] = q => q with { UseLayerwiseTuning = true, CalibrationIndicesPool = At(4) },
        ["TuningIterations"] = q => q with { UseLayerwiseTuning = true, TuningIterations = At(1) },
        ["UseLayerwiseTuning"] = q => q with { UseLayerwiseTuning = true },
        ["DumpIntermediateModel"] = q => q with { DumpIntermediateModel = true },
        ["ChannelAlignment"] = q => q with { ChannelAlignment = false },
        ["CrossLayerEqualization"] = q => q with { CrossLayerEqualization = true },
        ["SmoothQuantAlpha"] = q => q with { SmoothQuantAlpha = At(0.5) },
        ["WeightsOnly"] = q => q with { WeightsOnly = true },
    };

    private static readonly Dictionary<string, Func<CompressionSettings, CompressionSettings>> CompressionChanges = new()
    {
        ["TargetDevice"] = c => c with { TargetDevice = At("x64") },
        ["ModelType"] = c => c with { ModelType = At("transformer") },
        ["IsAccuracyAware"] = c => c with { IsAccuracyAware = false },
        ["Prefer"] = c => c with { Prefer = Preference.Size },
        ["Format"] = c => c with { Format = ModelFormat.QOperator },
        ["MaximalDrop"] = c => Accuracy(c, a => a with { MaximalDrop = At(-0.01) }),
        ["DropType"] = c => Accuracy(c, a => a with { DropType = DropType.Relative }),
        ["MaxIterNum"] = c => Accuracy(c, a => a with { MaximalDrop = At(-0.01), MaxIterNum = 1 }),
        ["RankingSubsetSize"] = c => Accuracy(c, a => a with { MaximalDrop = At(-0.01), RankingSubsetSize = 5 }),
        ["MetricSubsetRatio"] = c => Accuracy(c, a => a with { MetricSubsetRatio = 0.2 }),
        ["UsePrevIfDropIncrease"] = c => Accuracy(c, a => a with { MaximalDrop = At(-0.01), Search = SearchStrategy.Greedy, UsePrevIfDropIncrease = false }),
        ["AnnotationFree"] = c => Accuracy(c, a => a with { AnnotationFree = true, AnnotationConfidence = 0.1 }),
        ["AnnotationConfidence"] = c => Accuracy(c, a => a with { AnnotationFree = true, AnnotationConfidence = 0.15 }),
        ["ConvertToMixedPreset"] = c => Accuracy(c, a => a with { MaximalDrop = At(-0.01), ConvertToMixedPreset = true }),
        ["TuneHyperparams"] = c => Accuracy(c, a => a with { MaximalDrop = At(-0.01), TuneHyperparams = true }),
        ["Search"] = c => Accuracy(c, a => a with { MaximalDrop = At(-0.01), Search = SearchStrategy.Greedy }),
        ["Ranking"] = c => Accuracy(c, a => a with { MaximalDrop = At(-0.01), Ranking = RankingMethod.Exhaustive }),
        ["TimeLimit"] = c => Accuracy(c, a => a with { TimeLimit = TimeSpan.FromHours(1) }),
    };

    private static CompressionSettings Accuracy(CompressionSettings settings, Func<AccuracyAwareParameters, AccuracyAwareParameters> change) => settings with { Accuracy = change(settings.Accuracy) };

    private static Located<T> At<T>(T value) => new(value, Here);

    private QuantizationManifest Manifest(Func<QuantizationManifest, QuantizationManifest> change) => _project.Manifest(maximalDrop: 0.9, edit: change);

    private RunReport Run(QuantizationManifest manifest) => _project.Run(manifest);

    private void AssertAsWithAnEmptyStore(QuantizationManifest manifest, bool mustCompute)
    {
        var before = Entries(_project.StorePath);
        var warm = Comparable(Run(manifest));
        if (mustCompute)
            Assert.AreNotEqual(before, Entries(_project.StorePath), "something had to be computed");
        Directory.Delete(_project.StorePath, recursive: true);
        Assert.AreEqual(Comparable(Run(manifest)), warm);
    }

    private static void AssertNothingNew(string store, Action run)
    {
        var before = Entries(store);
        run();
        Assert.AreEqual(before, Entries(store));
    }

    /// <summary>Keys and checksums of all entries.</summary>
    private static string Entries(string store) => string.Join('\n', Directory.EnumerateFiles(store, "*", SearchOption.AllDirectories).Where(f => Path.GetFileName(f).Length == 64).Order(StringComparer.Ordinal)
        .Select(f => $"{Path.GetFileName(f)} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(f)))}"));

    /// <summary>The record without what the work cost, and the bytes of the model or the best one.</summary>
    private static string Comparable(RunReport report)
    {
        var json = JsonNode.Parse(ReportJson.Serialize(report))!.AsObject();
        Assert.IsTrue(json.Remove("timings") && json.Remove("evaluations"));
        json["searchDetails"]?.AsObject().Remove("effort");
        return json.ToJsonString() + Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(report.Output?.Path ?? report.BestSoFar!)));
    }

    private static OnnxModel Network(float scale = 1) => TestModels.Opset(13).Input("x", 1, 3, 16, 16)
        .Floats("w1", TestModels.RandomFloats("w1", [16, 3, 3, 3], 0, 0.2f), 16, 3, 3, 3).Random("b1", 16).Named("conv1", "Conv", ["x", "w1", "b1"], ["c1"], n => n.With("pads", 1, 1, 1, 1).With("strides", 2, 2)).Named("relu1", "Relu", ["c1"], ["r1"])
        .Floats("w2", TestModels.RandomFloats("w2", [16, 16, 3, 3], 0, 0.1f), 16, 16, 3, 3).Random("b2", 16).Named("conv2", "Conv", ["r1", "w2", "b2"], ["c2"], n => n.With("pads", 1, 1, 1, 1).With("strides", 4, 4)).Named("relu2", "Relu", ["c2"], ["r2"])
        .Named("flatten", "Flatten", ["r2"], ["f"]).Floats("wg", [.. TestModels.RandomFloats("wg", [64, 10], 0, 0.1f).Select((w, i) => i % 3 == 0 ? w * scale : w)], 64, 10).Named("classes", "Gemm", ["f", "wg"], ["y"]).Output("y").Build();

    /// <summary>The first byte of the raw values of the second convolution's weights, of whose mantissa it is the last.</summary>
    private static int IndexOfWeights(byte[] model)
    {
        var start = BitConverter.GetBytes(TestModels.RandomFloats("w2", [16, 16, 3, 3], 0, 0.1f)[0]);
        var index = model.AsSpan().IndexOf(start);
        Assert.IsGreaterThan(0, index);
        return index;
    }
}
