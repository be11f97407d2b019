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

    private static ((Reduction, Aggregator), (Reduction, Aggregator))[] Activations(bool isSymmetric) =>
        [.. SettingsGrid.Spaces(Defaults)[0].Skip(1).Take(9).Select(c => EstimatorPresets.ForActivations(c.Apply(Defaults.Quantization), isSymmetric, isInput: false))
            .Select(e => ((e.Min.Reduction, e.Min.Aggregator), (e.Max.Reduction, e.Max.Aggregator)))];
}
