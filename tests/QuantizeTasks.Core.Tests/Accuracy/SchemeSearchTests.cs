using System.Collections.Immutable;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Accuracy.Searching;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization;
using QuantizeTasks.Tests.Quantization;

namespace QuantizeTasks.Tests.Accuracy;

[TestClass]
public sealed class SchemeSearchTests
{
    private const int Samples = 10;
    private readonly List<SchemeTrial> _trials = [];
    private bool _refines;

    [TestMethod]
    public void Run_BudgetMet_TriesNothing()
    {
        var chosen = Run(Settings(convert: true, tune: true), (_, _) => 1.0);
        Assert.AreEqual("", chosen.Scheme.Name);
        Assert.IsEmpty(_trials);
    }

    [TestMethod]
    public void Run_BudgetMissedAndNothingAskedFor_TriesNothing()
    {
        Run(Settings(), (_, _) => 0.5);
        Assert.IsEmpty(_trials);
    }

    [TestMethod]
    [DataRow(0.9, true)]
    [DataRow(0.5, false, DisplayName = "no better is not better")]
    [DataRow(0.4, false, DisplayName = "worse, which the original keeps")]
    public void Run_MixedPreset_IsKeptOnlyWhenBetter(double mixed, bool isKept)
    {
        var chosen = Run(Settings(convert: true), (p, _) => p.Preset?.Value == "mixed" ? mixed : 0.5);
        Assert.AreEqual(isKept ? "preset mixed" : "", chosen.Scheme.Name);
        Assert.AreEqual(isKept ? mixed : 0.5, chosen.Judgement.Verdict.Metrics[0].Value, 1e-12);
        Assert.AreEqual(("preset mixed", Samples, isKept), (_trials.Single().Name, _trials[0].Samples, _trials[0].Kept));
    }

    [TestMethod]
    [DataRow(null, null, null, true, DisplayName = "performance is the default")]
    [DataRow("performance", null, null, true)]
    [DataRow("mixed", null, null, false)]
    [DataRow("performance", null, "asymmetric", false)]
    [DataRow("performance", "asymmetric", "symmetric", false)]
    [DataRow("mixed", "symmetric", "symmetric", true, DisplayName = "modes count more than the preset")]
    public void Run_MixedPreset_IsTriedOnSymmetricSettingsOnly(string? preset, string? weights, string? activations, bool isTried)
    {
        var tried = new List<DefaultQuantizationParameters>();
        Run(Settings(convert: true, edit: p => p with
        {
            Preset = preset is null ? null : Located(preset),
            Weights = p.Weights with { Mode = weights is null ? null : Located(weights) },
            Activations = p.Activations with { Mode = activations is null ? null : Located(activations) },
        }), (p, _) => { tried.Add(p); return 0.5; });
        Assert.HasCount(isTried ? 1 : 0, _trials);
        if (isTried)
            Assert.AreEqual(("mixed", activations is null ? null : "asymmetric", weights), (tried[^1].Preset!.Value, tried[^1].Activations.Mode?.Value, tried[^1].Weights.Mode?.Value));
    }

    [TestMethod]
    public void Run_Tuning_SearchesOneSpaceAfterTheOtherWithTheWinnerFixed()
    {
        // The best estimator is mse, full bias correction helps it, and mixed helps both.
        var chosen = Run(Settings(tune: true, subset: Samples, edit: p => p with { Preset = null }), (p, _) =>
            0.5 + (Estimator(p) == "mse" ? 0.1 : 0) + (p.UseFastBias ? 0 : 0.05) + (p.Preset?.Value == "mixed" ? 0.05 : 0));
        Assert.AreEqual("activations by mse, use_fast_bias: false, preset mixed", chosen.Scheme.Name);
        Assert.AreEqual(0.7, chosen.Judgement.Verdict.Metrics[0].Value, 1e-9);
        var spaces = SettingsGrid.Spaces(Settings(tune: true, edit: p => p with { Preset = null }));
        CollectionAssert.AreEqual(new[] { 13, 2, 2 }, spaces.Select(s => s.Length).ToArray(), "ten estimators of the original and three more, two bias corrections, two presets");
        CollectionAssert.AreEqual(
            (string[])[.. spaces[0].Select(c => c.Name), .. spaces[1].Select(c => $"activations by mse, {c.Name}"), .. spaces[2].Select(c => $"activations by mse, use_fast_bias: false, {c.Name}"), chosen.Scheme.Name],
            _trials.Select(t => t.Name).ToArray());
    }

    [TestMethod]
    [DataRow(1.0, true, 10, DisplayName = "within budget")]
    [DataRow(0.98, true, 10, DisplayName = "better and not within budget")]
    [DataRow(0.5, false, 1, DisplayName = "no better, which the sample that decides tells")]
    public void Run_RefinedInt8_IsKeptOnlyWhenBetter(double refined, bool isKept, int samples)
    {
        _refines = true;
        var chosen = Run(Settings(), (p, _) => p.UseLayerwiseTuning == true ? refined : 0.5);
        Assert.AreEqual(isKept ? "layer-wise tuning and activations by mse" : "", chosen.Scheme.Name);
        Assert.AreEqual(isKept ? refined : 0.5, chosen.Judgement.Verdict.Metrics[0].Value, 1e-12);
        Assert.IsTrue(chosen.Judgement.IsWhole);
        Assert.AreEqual((isKept, true), (_trials.Single().Kept, _trials[0].Samples >= samples));
        if (!isKept)
            Assert.IsLessThan(Samples, _trials[0].Samples, "a forecast ends it");
    }

    [TestMethod]
    public void Run_RefinedInt8_BeginsFromThePresetThatWasBetter()
    {
        _refines = true;
        var chosen = Run(Settings(convert: true), (p, _) => (p.UseLayerwiseTuning, p.Preset?.Value) switch { (true, "mixed") => 1.0, (_, "mixed") => 0.9, _ => 0.5 });
        Assert.AreEqual("preset mixed, layer-wise tuning and activations by mse", chosen.Scheme.Name);
        Assert.AreEqual(chosen.Scheme.Settings.Quantization, SettingsGrid.TryApply(Settings(convert: true), chosen.Scheme.Name)?.Quantization, "a lock file goes by the name");
    }

    [TestMethod]
    [DataRow(null, null, false, "CPU", "layer-wise tuning and activations by mse")]
    [DataRow(null, "quantile", false, "CPU", "layer-wise tuning")]
    [DataRow(false, null, false, "CPU", null, DisplayName = "the manifest says no")]
    [DataRow(true, null, false, "CPU", null, DisplayName = "it is done already")]
    [DataRow(null, null, true, "CPU", null, DisplayName = "activations stay in float")]
    [DataRow(null, null, false, "GNA", null, DisplayName = "the overflow correction has the last word on scales")]
    public void Refined_LeavesTheManifestItsSay(bool? tuning, string? estimator, bool weightsOnly, string device, string? name)
    {
        var settings = Settings(edit: p => p with
        {
            UseLayerwiseTuning = tuning,
            WeightsOnly = weightsOnly,
            Activations = p.Activations with { RangeEstimator = estimator is null ? null : new(Located(estimator), null, null) },
        }) with { TargetDevice = Located(device) };
        var change = SettingsGrid.Refined(settings);
        Assert.AreEqual(name, change?.Name);
        if (change is not null)
            Assert.AreEqual((true, estimator ?? "mse"), (change.Of(settings).Quantization.UseLayerwiseTuning, Estimator(change.Of(settings).Quantization)));
    }

    [TestMethod]
    public void Run_TuningWithAPresetGiven_KeepsIt() =>
        Assert.IsFalse(SettingsGrid.Spaces(Settings(tune: true)).SelectMany(s => s).Any(c => c.Name.StartsWith("preset", StringComparison.Ordinal)));

    [TestMethod]
    public void Run_TuningWithNothingBetter_ChangesNothing()
    {
        var chosen = Run(Settings(tune: true), (_, _) => 0.5);
        Assert.AreEqual("", chosen.Scheme.Name);
        Assert.IsTrue(_trials.Count == 15 && _trials.All(t => !t.Kept));
    }

    [TestMethod]
    public void Run_Tuning_ComparesOnTheHardestSamplesAndVerifiesOnAll()
    {
        // mse mends the two samples that int8 lost most on, and spoils all others.
        var chosen = Run(Settings(tune: true, subset: 2), (p, sample) => Estimator(p) == "mse" ? (sample is 3 or 7 ? 1 : 0) : sample is 3 or 7 ? 0 : 0.9);
        Assert.AreEqual("", chosen.Scheme.Name, "what helps the hardest samples alone is not taken");
        Assert.IsTrue(_trials.Take(15).All(t => t.Samples == 2));
        Assert.AreEqual(("activations by mse", Samples, false), (_trials[^1].Name, _trials[^1].Samples, _trials[^1].Kept));
    }

    [TestMethod]
    public void Run_TuningTrialThatIsNoNumber_NeverWins()
    {
        var chosen = Run(Settings(tune: true), (p, _) => Estimator(p) == "entropy" ? double.NaN : Estimator(p) == "mse" ? 0.6 : 0.5);
        Assert.AreEqual("activations by mse", chosen.Scheme.Name);
    }

    [TestMethod]
    public void Run_LowerIsBetter_TakesTheSmaller()
    {
        var chosen = Run(Settings(tune: true), (p, _) => Estimator(p) == "mse" ? 0.4 : Estimator(p) == "entropy" ? 0.6 : 0.5, higherIsBetter: false, baseline: 0.1);
        Assert.AreEqual("activations by mse", chosen.Scheme.Name);
    }

    [TestMethod]
    public void Run_DefaultQuantization_TunesOnAllSamplesThoughTheBudgetIsMet()
    {
        var settings = Settings(tune: true, subset: 2) with { IsAccuracyAware = false };
        var chosen = Run(settings, (p, _) => Estimator(p) == "percentile" ? 1.01 : 1);
        Assert.AreEqual("activations by percentile", chosen.Scheme.Name);
        Assert.IsTrue(_trials.All(t => t.Samples == Samples));
    }

    [TestMethod]
    public void Run_MixedPresetMeetsTheBudget_TunesNothing()
    {
        var chosen = Run(Settings(convert: true, tune: true), (p, _) => p.Preset?.Value == "mixed" ? 1 : 0.5);
        Assert.AreEqual("preset mixed", chosen.Scheme.Name);
        Assert.HasCount(1, _trials);
    }

    [TestMethod]
    [DataRow(0.6, "preset mixed, activations by mse")]
    [DataRow(0.4, "activations by mse", DisplayName = "worse, from which the original goes on")]
    public void Run_MixedPresetAndTuning_TunesWhatIsInForce(double mixed, string expected)
    {
        var chosen = Run(Settings(convert: true, tune: true), (p, _) => (p.Preset?.Value == "mixed" ? mixed : 0.5) + (Estimator(p) == "mse" ? 0.1 : 0));
        Assert.AreEqual(expected, chosen.Scheme.Name);
        Assert.AreEqual(("preset mixed", Samples), (_trials[0].Name, _trials[0].Samples), "it comes first, on all samples");
    }

    [TestMethod]
    public void Run_TuningTwoMetrics_ComparesOnTheHardestSamplesOfBoth()
    {
        // Sample 3 is the hardest of both, 7 the next of rmse. On all others accuracy loses nothing, and of equals the last comes first.
        var asked = new List<int>();
        Run(Settings(tune: true, subset: 3), TwoMetrics, (p, sample, metric) =>
        {
            if (Estimator(p) == "mse" && metric == 0)
                asked.Add(sample);
            return metric == 0 ? (sample == 3 ? 0 : 1) : sample == 3 ? 2 : sample == 7 ? 1.5 : 1;
        });
        CollectionAssert.AreEqual(new[] { 3, 7, 9 }, asked.Take(3).ToArray());
        Assert.IsTrue(_trials.All(t => t.Samples == 3), "nothing is better, so nothing is evaluated on all");
    }

    [TestMethod]
    public void Run_TuningTwoMetrics_TakesTheLargestMeanShareGained()
    {
        // As shares of 0.5 and 2, where less is better: percentile (+0.3 - 0.25) / 2, mse (+0.2 - 0.25) / 2, entropy (-0.1 + 0.3) / 2.
        var chosen = Run(Settings(tune: true), TwoMetrics, (p, _, metric) => Estimator(p) switch
        {
            "percentile" => metric == 0 ? 0.65 : 2.5,
            "mse" => metric == 0 ? 0.6 : 2.5,
            "entropy" => metric == 0 ? 0.45 : 1.4,
            _ => metric == 0 ? 0.5 : 2,
        });
        Assert.AreEqual("activations by entropy", chosen.Scheme.Name);
        CollectionAssert.AreEqual(new[] { true, false, true }, _trials.Skip(10).Take(3).Select(t => t.Kept).ToArray());
    }

    /// <summary>The mean drop falls from 0.75 to 0.725, so the original would take it; but the metric that keeps the budget from being met loses still more.</summary>
    [TestMethod]
    public void Run_TuningThatHurtsTheMetricThatIsWorstOff_IsNotTaken()
    {
        var chosen = Run(Settings(tune: true), TwoMetrics, (p, _, metric) => Estimator(p) == "percentile" ? (metric == 0 ? 0.65 : 2.1) : metric == 0 ? 0.5 : 2);
        Assert.AreEqual("", chosen.Scheme.Name);
        Assert.AreEqual(("activations by percentile", false), (_trials[^1].Name, _trials[^1].Kept));
    }

    [TestMethod]
    public void Observed_Tuning_IsWhatTheEstimatorsNeed()
    {
        Assert.IsEmpty(SettingsGrid.Observed(Settings()));
        Assert.HasCount(13, SettingsGrid.Observed(Settings(tune: true)).ToArray());
    }

    private static IMetric[] TwoMetrics { get; } = [new MeanMetric("accuracy"), new MeanMetric("rmse", higherIsBetter: false)];

    private (Scheme Scheme, Judgement Judgement) Run(CompressionSettings settings, Func<DefaultQuantizationParameters, int, double> value, bool higherIsBetter = true, double baseline = 1) =>
        Run(settings, [new MeanMetric("accuracy", higherIsBetter)], (p, sample, _) => value(p, sample), baseline);

    private (Scheme Scheme, Judgement Judgement) Run(CompressionSettings settings, IMetric[] metrics, Func<DefaultQuantizationParameters, int, int, double> value, double baseline = 1)
    {
        Scheme Make(string name, CompressionSettings of) => new(name, of, new MadeUpGroups(1), new MadeUpModel(Samples, metrics, (c, sample, metric) => c.IsFloat ? baseline : value(of.Quantization, sample, metric)));
        int[] all = [.. Enumerable.Range(0, Samples)];
        var first = Make("", settings);
        var budget = new Budget(metrics, [.. metrics.Select(_ => baseline)], 0.01, DropType.Absolute);
        var evaluation = first.Evaluator.Evaluate(Configuration.FullyQuantized, all, CancellationToken.None);
        var reference = new Lazy<Evaluation>(() => first.Evaluator.Evaluate(Configuration.Float, all, CancellationToken.None));
        return new SchemeSearch(Make, _refines, budget, reference, _trials.Add).Run(first, new Judgement(Configuration.FullyQuantized, evaluation, budget.Judge(evaluation)), CancellationToken.None);
    }

    private static CompressionSettings Settings(bool convert = false, bool tune = false, int subset = Samples, Func<DefaultQuantizationParameters, DefaultQuantizationParameters>? edit = null)
    {
        var settings = Quantization.Settings.Of() with { IsAccuracyAware = true, Accuracy = new AccuracyAwareParameters { ConvertToMixedPreset = convert, TuneHyperparams = tune, RankingSubsetSize = subset } };
        return edit is null ? settings : settings with { Quantization = edit(settings.Quantization) };
    }

    private static string? Estimator(DefaultQuantizationParameters parameters) => parameters.Activations.RangeEstimator?.Preset?.Value;

    private static Located<string> Located(string value) => new(value, Quantization.Settings.Position);
}
