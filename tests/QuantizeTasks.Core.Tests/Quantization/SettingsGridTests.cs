using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization;
using QuantizeTasks.Quantization.Calibration;
using QuantizeTasks.Quantization.Calibration.Ranges;

namespace QuantizeTasks.Tests.Quantization;

/// <summary>The grid of tune_hyperparams against the list in the Post-training Optimization Tool's documentation of it.</summary>
[TestClass]
public sealed class SettingsGridTests
{
    private static readonly CompressionSettings Defaults = Settings.Of() with { Accuracy = new AccuracyAwareParameters { TuneHyperparams = true } };

    [TestMethod]
    public void Spaces_Asymmetric_AreTheNinePairsOfBorders()
    {
        (Reduction, Aggregator)[] lows = [(Reduction.Minimum, Aggregator.Min), (Reduction.Quantile(1e-3), Aggregator.Mean), (Reduction.Quantile(1e-4), Aggregator.Mean)];
        (Reduction, Aggregator)[] highs = [(Reduction.Maximum, Aggregator.Max), (Reduction.Quantile(1 - 1e-3), Aggregator.Mean), (Reduction.Quantile(1 - 1e-4), Aggregator.Mean)];
        var expected = lows.SelectMany(_ => highs, (low, high) => (low, high)).ToArray();
        CollectionAssert.AreEqual(expected, Activations(isSymmetric: false));
    }

    [TestMethod]
    public void Spaces_Symmetric_TakeMagnitudesForTheUpperBorder()
    {
        (Reduction, Aggregator)[] highs = [(Reduction.AbsoluteMaximum, Aggregator.Max), (Reduction.AbsoluteQuantile(1 - 1e-3), Aggregator.Mean), (Reduction.AbsoluteQuantile(1 - 1e-4), Aggregator.Mean)];
        CollectionAssert.AreEqual((ValueTuple<Reduction, Aggregator>[])[.. highs, .. highs, .. highs], Activations(isSymmetric: true).Select(p => p.Item2).ToArray());
    }

    [TestMethod]
    public void Spaces_First_LeavesActivationsAndTakesExtremesOfWeights()
    {
        var wished = Defaults.Quantization with { Activations = QuantizerSettings.None with { RangeEstimator = new(new("quantile", Settings.Position), null, null) } };
        var first = SettingsGrid.Spaces(Defaults)[0][0].Apply(wished);
        Assert.AreEqual(wished.Activations, first.Activations);
        Assert.AreEqual((Reduction.Minimum, Reduction.Maximum), (EstimatorPresets.ForWeights(first, isSymmetric: false).Min.Reduction, EstimatorPresets.ForWeights(first, isSymmetric: false).Max.Reduction));
    }

    [TestMethod]
    public void Spaces_EveryEstimator_IsOneThatAManifestMayAskFor()
    {
        foreach (var change in SettingsGrid.Spaces(Defaults)[0])
            EstimatorCheck.Check(change.Apply(Defaults.Quantization));
    }

    /// <summary>The thresholds of the original's fast_bias_correction and bias_correction, which a configuration of it that names none has for either trial.</summary>
    [TestMethod]
    [DataRow(true, 2.0, 2.0, 1000.0)]
    [DataRow(false, 1000.0, 2.0, 1000.0)]
    [DataRow(true, 1000.0, 1000.0, 1000.0, DisplayName = "another one")]
    [DataRow(true, 5.0, 5.0, 5.0, DisplayName = "somebody's own")]
    [DataRow(true, null, null, null, DisplayName = "no limit")]
    public void Spaces_BiasCorrections_EachHaveTheirDefaultThreshold(bool isFast, double? threshold, double? fast, double? full)
    {
        var stated = Defaults with { Quantization = Defaults.Quantization with { UseFastBias = isFast, Threshold = threshold is { } value ? new(value, Settings.Position) : null } };
        var trials = SettingsGrid.Spaces(stated)[1];
        CollectionAssert.AreEqual(new[] { (true, fast), (false, full) }, trials.Select(c => c.Apply(stated.Quantization)).Select(p => (p.UseFastBias, p.Threshold?.Value)).ToArray());
        foreach (var trial in trials)
            Assert.AreEqual(trial.Apply(stated.Quantization), SettingsGrid.TryApply(stated, trial.Name)?.Quantization, "a lock file goes by the name");
    }

    private static ((Reduction, Aggregator), (Reduction, Aggregator))[] Activations(bool isSymmetric) =>
        [.. SettingsGrid.Spaces(Defaults)[0].Skip(1).Take(9).Select(c => EstimatorPresets.ForActivations(c.Apply(Defaults.Quantization), isSymmetric, isInput: false))
            .Select(e => ((e.Min.Reduction, e.Min.Aggregator), (e.Max.Reduction, e.Max.Aggregator)))];
}
