using System.Collections.Immutable;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Onnx.Values;
using QuantizeTasks.Quantization;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Tests.Accuracy;

[TestClass]
public sealed class ConfigurationEvaluatorTests : IDisposable
{
    private static readonly int[] All = [.. Enumerable.Range(0, 10)];
    private readonly TemporaryFolder _folder = new();
    private readonly MadeUpData _data = new(10);
    private readonly MadeUpVariants _variants = new(6, c => 0.5f + (0.05f * c.Reverted.Sum(g => g + 1)));
    private readonly List<IDisposable> _opened = [];
    private readonly string _model;

    public ConfigurationEvaluatorTests()
    {
        _model = _folder.File("model.onnx");
        File.WriteAllBytes(_model, MadeUpVariants.Multiply(1));
    }

    public void Dispose()
    {
        _opened.ForEach(o => o.Dispose());
        _folder.Dispose();
    }

    [TestMethod]
    public void Evaluate_Configuration_RunsItsModelOnTheSamples()
    {
        var evaluator = Create();
        var evaluation = evaluator.Evaluate(Configuration.FullyQuantized.Revert(1), [0, 3, 7], default);
        // factor 0.5 + 0.05 * 2 = 0.6, so |0.6 (i + 1) - (i + 1)| = 0.4 (i + 1).
        CollectionAssert.AreEqual(new[] { 0, 3, 7 }, evaluation.Samples.ToArray());
        double[] expected = [0.4, 1.6, 3.2];
        for (var i = 0; i < 3; i++)
            Assert.AreEqual(expected[i], evaluation.Metrics[0].PerSample[i], 1e-6);
        Assert.AreEqual((0.4 + 1.6 + 3.2) / 3, evaluation.Metrics[0].Value, 1e-6);
        Assert.AreEqual((1, 3L, 0L), (evaluator.Models.ModelsEvaluated, evaluator.Models.SamplesRun, evaluator.Models.SamplesKnown));
    }

    [TestMethod]
    public void Evaluate_Float_RunsTheUsersFileAndBuildsNothing()
    {
        var evaluator = Create();
        Assert.AreEqual(0, evaluator.Evaluate(Configuration.Float, All, default).Metrics[0].Value);
        Assert.AreEqual(0, _variants.Built);
    }

    [TestMethod]
    public void Evaluate_MoreSamples_RunsOnlyTheNewOnes()
    {
        var evaluator = Create();
        evaluator.Evaluate(Configuration.FullyQuantized, [2, 4], default);
        var all = evaluator.Evaluate(Configuration.FullyQuantized, All, default);
        Assert.AreEqual((10L, 2L), (evaluator.Models.SamplesRun, evaluator.Models.SamplesKnown));
        Assert.AreEqual(0.5 * 5.5, all.Metrics[0].Value, 1e-6);
        evaluator.Evaluate(Configuration.FullyQuantized, [2, 4, 9], default);
        Assert.AreEqual((10L, 5L), (evaluator.Models.SamplesRun, evaluator.Models.SamplesKnown));
    }

    [TestMethod]
    public void Evaluate_AfterRelease_ReadsTheDataAndBuildsAgain()
    {
        var evaluator = Create();
        evaluator.Evaluate(Configuration.FullyQuantized, [0, 1], default);
        evaluator.Models.Release();
        evaluator.Evaluate(Configuration.Float, [0, 1], default);
        Assert.AreEqual(4, _data.Loaded, "nothing was kept of the samples");
        Assert.AreEqual(0.5 * 5.5, evaluator.Evaluate(Configuration.FullyQuantized, All, default).Metrics[0].Value, 1e-6);
        Assert.AreEqual((3, 12L), (evaluator.Models.Cost.Sessions, evaluator.Models.SamplesRun), "and nothing of the sessions, but every result");
    }

    [TestMethod]
    public void Evaluate_NewProcessSameStore_RunsNothing()
    {
        var first = Create().Evaluate(Configuration.FullyQuantized, All, default);
        var loaded = _data.Loaded;
        var again = Create();
        AssertSame(first, again.Evaluate(Configuration.FullyQuantized, All, default));
        Assert.AreEqual((0L, 10L), (again.Models.SamplesRun, again.Models.SamplesKnown));
        Assert.AreEqual(loaded, _data.Loaded, "not even the data is read");
    }

    [TestMethod]
    [DataRow("data")]
    [DataRow("isa")]
    [DataRow("runtime")]
    [DataRow("tool")]
    public void Evaluate_AnythingElseChanged_KnowsNothing(string what)
    {
        Create().Evaluate(Configuration.FullyQuantized, All, default);
        var runtime = new RuntimeIdentity("p", what == "runtime" ? "2" : "1", what == "isa" ? "other" : "isa", "rid");
        var changed = Create(store: new ObservationStore(new ContentStore(_folder.File("store")), what == "data" ? "other" : "data", runtime, what == "tool" ? "2" : "1"));
        changed.Evaluate(Configuration.FullyQuantized, All, default);
        Assert.AreEqual((10L, 0L), (changed.Models.SamplesRun, changed.Models.SamplesKnown));
    }

    [TestMethod]
    public void Evaluate_CorruptEntry_IsRecomputed()
    {
        var first = Create().Evaluate(Configuration.FullyQuantized, All, default);
        var entry = Directory.EnumerateFiles(_folder.File("store"), "*", SearchOption.AllDirectories).Single(f => Path.GetFileName(f).Length == 64);
        var bytes = File.ReadAllBytes(entry);
        bytes[^1] ^= 1;
        File.WriteAllBytes(entry, bytes);
        var again = Create();
        AssertSame(first, again.Evaluate(Configuration.FullyQuantized, All, default));
        Assert.AreEqual(10, again.Models.SamplesRun);
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    [DataRow(8)]
    public void EvaluateEach_AnyWorkerCount_SameValuesInOrder(int workers)
    {
        Configuration[] configurations = [.. Enumerable.Range(0, 6).Select(Configuration.FullyQuantized.Revert)];
        var evaluator = Create(workers);
        var results = evaluator.EvaluateEach(configurations, [1, 5, 8], default);
        for (var g = 0; g < 6; g++)
        {
            var factor = 0.5f + (0.05f * (g + 1));
            CollectionAssert.AreEqual(new double[] { 2, 6, 9 }.Select(x => Math.Abs((double)(float)(factor * x) - x)).ToArray(), results[g].Metrics[0].PerSample);
        }
        Assert.AreEqual((6, 18L), (evaluator.Models.ModelsEvaluated, evaluator.Models.SamplesRun));
    }

    [TestMethod]
    public void Evaluate_BytesOfAConfiguration_AreKnownByTheirHash()
    {
        var evaluator = Create();
        var first = evaluator.Evaluate(Configuration.FullyQuantized, All, default);
        AssertSame(first, evaluator.Models.Evaluate(EvaluatedModel.Of(SerializedModel.Of(MadeUpVariants.Multiply(0.5f)), "written"), All, 2, null, default));
        Assert.AreEqual((1, 10L), (evaluator.Models.ModelsEvaluated, evaluator.Models.SamplesRun));
        Assert.AreEqual(0.25 * 5.5, evaluator.Models.Evaluate(EvaluatedModel.Of(SerializedModel.Of(MadeUpVariants.Multiply(0.75f)), "tampered"), All, 2, null, default).Metrics[0].Value, 1e-6);
        Assert.AreEqual((2, 20L), (evaluator.Models.ModelsEvaluated, evaluator.Models.SamplesRun));
    }

    [TestMethod]
    public void Evaluate_MetricThatNeedsReference_SeesTheFloatModel()
    {
        var evaluator = Create(data: new MadeUpData(10, labels: false), metrics: new DistanceMetric(toReference: true));
        Assert.AreEqual(0, evaluator.Evaluate(Configuration.Float, [0, 1], default).Metrics[0].Value);
        Assert.AreEqual(0.5 * 5.5, evaluator.Evaluate(Configuration.FullyQuantized, All, default).Metrics[0].Value, 1e-6);
    }

    [TestMethod]
    public void Evaluate_MetricAddedLater_RunsForItAndKeepsTheOther()
    {
        Create().Evaluate(Configuration.FullyQuantized, All, default);
        var two = Create(metrics: [new DistanceMetric(), new DistanceMetric(toReference: true)]);
        var evaluation = two.Evaluate(Configuration.FullyQuantized, All, default);
        Assert.AreEqual(evaluation.Metrics[0].Value, evaluation.Metrics[1].Value, 1e-9, "the label is what the float model gives");
        Assert.AreEqual(10, two.Models.SamplesRun);
    }

    [TestMethod]
    public void Evaluate_SmallData_IsReadOnce()
    {
        var evaluator = Create();
        evaluator.Evaluate(Configuration.Float, All, default);
        evaluator.Evaluate(Configuration.FullyQuantized, All, default);
        Assert.AreEqual(10, _data.Loaded);
    }

    [TestMethod]
    public void Evaluate_NaNOutput_IsANaNMetric()
    {
        var evaluator = Create(variants: new MadeUpVariants(1, _ => float.NaN));
        Assert.IsTrue(double.IsNaN(evaluator.Evaluate(Configuration.FullyQuantized, All, default).Metrics[0].Value));
        Assert.IsTrue(double.IsNaN(evaluator.Evaluate(Configuration.FullyQuantized, All, default).Metrics[0].Value), "and from the store");
    }

    [TestMethod]
    public void Create_NoSamples_Throws() => AssertCode(DiagnosticCodes.TooFewSamples, () => Create(data: new MadeUpData(0)));

    [TestMethod]
    public void Evaluate_NoLabels_Throws()
    {
        var evaluator = Create(data: new MadeUpData(10, labels: false));
        AssertCode(DiagnosticCodes.LabelMissing, () => evaluator.Evaluate(Configuration.Float, All, default));
    }

    [TestMethod]
    public void Evaluate_DataOfAnotherShape_Throws()
    {
        var evaluator = Create(data: new MadeUpData(10, extent: 3));
        AssertCode(DiagnosticCodes.ShapeMismatch, () => evaluator.Evaluate(Configuration.Float, All, default));
    }

    [TestMethod]
    public void Evaluate_Cancelled_StoresWhatIsDone()
    {
        var expected = Create(store: new ObservationStore(new ContentStore(_folder.File("other")), "data", new RuntimeIdentity("p", "1", "isa", "rid"), "1")).Evaluate(Configuration.FullyQuantized, All, default);
        using var source = new CancellationTokenSource();
        var evaluator = Create(workers: 1, progress: (done, _) => { if (done == 3) source.Cancel(); });
        Assert.ThrowsExactly<OperationCanceledException>(() => evaluator.Evaluate(Configuration.FullyQuantized, All, source.Token));
        evaluator.Models.Dispose();
        var again = Create();
        var actual = again.Evaluate(Configuration.FullyQuantized, All, default);
        Assert.AreEqual((3L, All.Length - 3L), (again.Models.SamplesKnown, again.Models.SamplesRun));
        CollectionAssert.AreEqual(expected.Metrics[0].PerSample, actual.Metrics[0].PerSample);
    }

    private Evaluated Create(
        int workers = 2, MadeUpData? data = null, MadeUpVariants? variants = null, ObservationStore? store = null, Action<long, long>? progress = null, params IMetric[] metrics)
    {
        store ??= new ObservationStore(new ContentStore(_folder.File("store")), "data", new RuntimeIdentity("p", "1", "isa", "rid"), "1");
        var floatModel = EvaluatedModel.Of(ModelFile.Read(_model));
        var models = new ModelEvaluator(floatModel, data ?? _data, metrics.Length > 0 ? [.. metrics] : [new DistanceMetric()], store, workers);
        _opened.Add(models);
        return new Evaluated(models, new ConfigurationEvaluator(models, floatModel, variants ?? _variants, progress));
    }

    private sealed record Evaluated(ModelEvaluator Models, ConfigurationEvaluator Configurations)
    {
        public Evaluation Evaluate(Configuration configuration, IReadOnlyList<int> samples, CancellationToken cancellation) => Configurations.Evaluate(configuration, samples, cancellation);

        public ImmutableArray<Evaluation> EvaluateEach(Configuration[] configurations, IReadOnlyList<int> samples, CancellationToken cancellation) =>
            Configurations.EvaluateEach(configurations, samples, cancellation);
    }

    private static void AssertSame(Evaluation expected, Evaluation actual)
    {
        CollectionAssert.AreEqual(expected.Samples, actual.Samples);
        CollectionAssert.AreEqual(expected.Metrics[0].PerSample, actual.Metrics[0].PerSample);
    }

    private static void AssertCode(string code, Action action) => Assert.AreEqual(code, Assert.ThrowsExactly<QuantizeException>(action).Diagnostics[0].Code);
}
