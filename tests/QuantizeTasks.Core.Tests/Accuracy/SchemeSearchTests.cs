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
    public void Observed_Tuning_IsWhatTheEstimatorsNeed()
    {
        Assert.IsEmpty(SettingsGrid.Observed(Settings()));
        Assert.HasCount(13, SettingsGrid.Observed(Settings(tune: true)).ToArray());
    }

    private (Scheme Scheme, Judgement Judgement) Run(CompressionSettings settings, Func<DefaultQuantizationParameters, int, double> value, bool higherIsBetter = true, double baseline = 1)
    {
        IMetric[] metrics = [new MeanMetric("accuracy", higherIsBetter)];
        Scheme Make(string name, CompressionSettings of) => new(name, of, new MadeUpGroups(1), new MadeUpModel(Samples, metrics, (c, sample, _) => c.IsFloat ? baseline : value(of.Quantization, sample)));
        int[] all = [.. Enumerable.Range(0, Samples)];
        var first = Make("", settings);
        var budget = new Budget(metrics, [baseline], 0.01, DropType.Absolute);
        var evaluation = first.Evaluator.Evaluate(Configuration.FullyQuantized, all, CancellationToken.None);
        var reference = new Lazy<Evaluation>(() => first.Evaluator.Evaluate(Configuration.Float, all, CancellationToken.None));
        return new SchemeSearch(Make, budget, reference, _trials.Add).Run(first, new Judgement(Configuration.FullyQuantized, evaluation, budget.Judge(evaluation)), CancellationToken.None);
    }

    private static CompressionSettings Settings(bool convert = false, bool tune = false, int subset = Samples, Func<DefaultQuantizationParameters, DefaultQuantizationParameters>? edit = null)
    {
        var settings = Quantization.Settings.Of() with { IsAccuracyAware = true, Accuracy = new AccuracyAwareParameters { ConvertToMixedPreset = convert, TuneHyperparams = tune, RankingSubsetSize = subset } };
        return edit is null ? settings : settings with { Quantization = edit(settings.Quantization) };
    }

    private static string? Estimator(DefaultQuantizationParameters parameters) => parameters.Activations.RangeEstimator?.Preset?.Value;

    private static Located<string> Located(string value) => new(value, Quantization.Settings.Position);
}
