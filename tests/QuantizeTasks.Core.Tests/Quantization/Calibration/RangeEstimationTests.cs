using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization.Calibration;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Scaling;

namespace QuantizeTasks.Tests.Quantization.Calibration;

[TestClass]
public sealed class RangeEstimationTests
{
    /// <summary>Three samples of four values. Minima -4, -1, -2; maxima 1, 5, 3; magnitudes 4, 5, 3.</summary>
    private static readonly float[][] Signed = [[-4, 0, 0.5f, 1], [-1, 0, 1, 5], [-2, 1, 2, 3]];
    private static readonly float[][] Positive = [[0, 1, 2, 3], [0, 0, 1, 9], [0, 2, 4, 6]];

    [TestMethod]
    // POT's table: symmetric is the mean of the magnitudes, asymmetric the means of minima and maxima.
    [DataRow("default", true, 4.0, null)]
    [DataRow("default", false, 3.0, -7.0 / 3)]
    [DataRow("minmax", true, 5.0, null)]
    [DataRow("minmax", false, 5.0, -4.0)]
    // Quantile 0.9999 of four values x0 <= x1 <= x2 <= x3: x2 + 0.9997 (x3 - x2), as position 2.9997.
    [DataRow("quantile", true, ((1 + (0.9997 * 3)) + (1 + (0.9997 * 4)) + (2 + (0.9997 * 1))) / 3, null)]
    [DataRow("quantile", false, ((0.5 + (0.9997 * 0.5)) + (1 + (0.9997 * 4)) + (2 + (0.9997 * 1))) / 3, ((-4 + (0.0003 * 4)) + (-1 + (0.0003 * 1)) + (-2 + (0.0003 * 3))) / 3)]
    public void OfActivation_Preset_ExpandsAsThePotsTable(string preset, bool isSymmetric, double high, double? low)
    {
        var range = RangeEstimation.OfActivation([(Of(Signed), false)], Parameters(preset), new(isSymmetric));
        var expected = isSymmetric ? QuantizerRange.Symmetric(high, false) : QuantizerRange.Asymmetric(low!.Value, high);
        Assert.AreEqual(expected.High, range.High, 2e-6);
        Assert.AreEqual(expected.Low, range.Low, 2e-6);
    }

    [TestMethod]
    public void OfActivation_NeverNegative_IsUnsignedWhenSymmetric()
    {
        Assert.AreEqual(QuantizerRange.Symmetric(6, true), RangeEstimation.OfActivation([(Of(Positive), false)], Parameters("default"), new(true)));
        Assert.AreEqual(QuantizerRange.Symmetric(9, true), RangeEstimation.OfActivation([(Of(Positive), false)], Parameters("minmax"), new(true)));
    }

    [TestMethod]
    public void OfActivation_InputOfTheModel_TakesExtremesUnlessAnAggregatorIsNamed()
    {
        Assert.AreEqual(5, RangeEstimation.OfActivation([(Of(Signed), true)], Parameters("default"), new(true)).High);
        Assert.AreEqual(4, RangeEstimation.OfActivation([(Of(Signed), true)], Parameters("default", max: Border(aggregator: "mean")), new(true)).High);
    }

    [TestMethod]
    [DataRow("mean", 3.0)]
    [DataRow("max", 5.0)]
    [DataRow("min", 1.0)]
    [DataRow("median", 3.0)]
    [DataRow("mean_no_outliers", 3.0)]
    [DataRow("median_no_outliers", 3.0)]
    [DataRow("hl_estimator", 3.0)]
    public void OfActivation_AggregatorNamed_ReplacesThePresetsAndNothingElse(string aggregator, double high)
    {
        var range = RangeEstimation.OfActivation([(Of(Signed), false)], Parameters("default", max: Border(aggregator: aggregator)), new(false));
        Assert.AreEqual(QuantizerRange.Asymmetric(-7.0 / 3, high), range);
    }

    [TestMethod]
    public void OfActivation_TypeAndProbabilityNamed_AreTakenOfEachSample()
    {
        // The quantile 0.75 of each sample: position 2.25 of four values.
        var parameters = Parameters("default", max: Border(type: "quantile", outliers: 0.25));
        var range = RangeEstimation.OfActivation([(Of(Signed, parameters), false)], parameters, new(false));
        Assert.AreEqual(QuantizerRange.Asymmetric(-7.0 / 3, (0.625 + 2 + 2.25) / 3).High, range.High, 1e-6);
    }

    [TestMethod]
    public void OfActivation_ClippingValue_CapsABorder()
    {
        Assert.AreEqual(3, RangeEstimation.OfActivation([(Of(Signed), false)], Parameters("minmax", max: Border(clip: 3)), new(true)).High);
        Assert.AreEqual(QuantizerRange.Asymmetric(-1, 3), RangeEstimation.OfActivation([(Of(Signed), false)], Parameters("minmax", Border(clip: -1), Border(clip: 3)), new(false)));
        Assert.AreEqual(5, RangeEstimation.OfActivation([(Of(Signed), false)], Parameters("minmax", max: Border(clip: 30)), new(true)).High);
    }

    [TestMethod]
    public void OfActivation_SectionOfActivations_GoesBeforeTheGlobalOne()
    {
        var parameters = Parameters("minmax") with { RangeEstimator = new(new("default", Settings.Position), null, null) };
        Assert.AreEqual(5, RangeEstimation.OfActivation([(Of(Signed), false)], parameters, new(true)).High);
        Assert.AreEqual(5, RangeEstimation.OfActivation([(Of(Signed), false)], parameters with { Activations = QuantizerSettings.None, RangeEstimator = new(new("minmax", Settings.Position), null, null) }, new(true)).High);
    }

    [TestMethod]
    public void OfActivation_Percentile_LeavesOutAShareOfAllValues()
    {
        // 20,000 values in two samples: two of them, one in ten thousand, lie beyond 9.
        float[][] samples = [[.. Enumerable.Range(1, 9999).Select(i => i * 9 / 10_000f), 100], [.. Enumerable.Range(1, 9999).Select(i => i * 9 / 10_000f), 200]];
        var parameters = Parameters("percentile");
        Assert.AreEqual(9, RangeEstimation.OfActivation([(Of(samples, parameters), false)], parameters, new(true)).High, 0.05);
        var wider = Parameters("percentile", max: Border(outliers: 0.1));
        Assert.AreEqual(8.1, RangeEstimation.OfActivation([(Of(samples, wider), false)], wider, new(false)).High, 0.05);
        var clipped = Parameters("percentile", max: Border(clip: 5));
        Assert.AreEqual(5, RangeEstimation.OfActivation([(Of(samples, clipped), false)], clipped, new(true)).High);
    }

    [TestMethod]
    [DataRow("mse")]
    [DataRow("entropy")]
    public void OfActivation_SearchedRange_GivesUpALoneOutlier(string preset)
    {
        var random = new Random(4);
        float[][] samples = [[.. Enumerable.Range(0, 250_000).Select(_ => (float)random.NextDouble())], [.. Enumerable.Range(0, 250_000).Select(_ => (float)random.NextDouble()), 30f]];
        foreach (var isSymmetric in (bool[])[true, false])
        {
            var found = RangeEstimation.OfActivation([(Of(samples, Parameters(preset)), false)], Parameters(preset), new(isSymmetric));
            Assert.IsTrue(found.High is >= 0.9 and < 25, $"{found}");
            Assert.AreEqual(0, found.Low);
        }
    }

    [TestMethod]
    public void OfActivation_SeveralSources_ShareTheUnion()
    {
        (TensorStatistics, bool)[] sources = [(Of(Signed), false), (Of(Positive), false)];
        Assert.AreEqual(QuantizerRange.Symmetric(6, false), RangeEstimation.OfActivation(sources, Parameters("default"), new(true)));
        Assert.AreEqual(QuantizerRange.Asymmetric(-7.0 / 3, 6), RangeEstimation.OfActivation(sources, Parameters("default"), new(false)));
    }

    [TestMethod]
    [DataRow("mse", "type")]
    [DataRow("mse", "clipping_value")]
    [DataRow("entropy", "outlier_prob")]
    [DataRow("percentile", "aggregator")]
    [DataRow("default", "granularity")]
    public void Observe_KeyWithoutEffect_PointsAtIt(string preset, string key)
    {
        var border = key switch
        {
            "type" => Border(type: "max"),
            "aggregator" => Border(aggregator: "mean"),
            "outlier_prob" => Border(outliers: 0.1),
            "clipping_value" => Border(clip: 1),
            _ => Border(granularity: "perchannel"),
        };
        var thrown = Assert.ThrowsExactly<QuantizeException>(() => RangeEstimation.Observe(Placement(), Parameters(preset, max: border)));
        Assert.AreEqual(DiagnosticCodes.ConflictingKeys, thrown.Diagnostics[0].Code);
        StringAssert.Contains(thrown.Message, $"'{(key == "granularity" ? "pertensor" : key)}'");
        Assert.AreEqual(Settings.Position, thrown.Diagnostics[0].Position);
    }

    [TestMethod]
    public void Observe_SeveralSettings_AsksForAllAtOnce()
    {
        var asked = RangeEstimation.Observe(Placement(), Parameters("default"), Parameters("quantile"), Parameters("quantile", max: Border(outliers: 1e-3)), Parameters("mse")).Single();
        Assert.IsTrue(asked.HasHistogram);
        foreach (var reduction in (Reduction[])[Reduction.Minimum, Reduction.Maximum, Reduction.AbsoluteMaximum, Reduction.AbsoluteQuantile(1 - 1e-4), Reduction.AbsoluteQuantile(1 - 1e-3), Reduction.Quantile(1e-4), Reduction.Quantile(1 - 1e-3)])
            CollectionAssert.Contains(asked.Reductions.ToArray(), reduction);
        Assert.IsFalse(RangeEstimation.Observe(Placement(), Parameters("default")).Single().NeedsWholeTensor, "the default leaves the tensors in the runtime");
    }

    [TestMethod]
    public void OfActivation_ObservedForOtherSettings_IsAnErrorAndNoGuess()
    {
        Assert.ThrowsExactly<QuantizeException>(() => RangeEstimation.OfActivation([(Of(Signed, Parameters("default")), false)], Parameters("mse"), new(true)));
        Assert.ThrowsExactly<QuantizeException>(() => RangeEstimation.OfActivation([(Of(Signed, Parameters("default")), false)], Parameters("quantile"), new(true)));
    }

    [TestMethod]
    // Two channels of five weights each. Magnitudes 5 and 10.
    [DataRow("default", "abs_max", true, 5.0, 10.0)]
    [DataRow("quantile", null, true, 4 + (0.9996 * 1), 8 + (0.9996 * 2))]
    [DataRow("default", "max", true, 4.0, 8.0)]
    public void OfWeights_EachType_IsOfEachChannel(string preset, string? type, bool isSymmetric, double first, double second)
    {
        float[] values = [-5, 1, 2, 3, 4, -10, 2, 4, 6, 8];
        var weights = new WeightValues(new LayerWeights("w", 0, 2, null, null, 1), QuantizeTasks.Onnx.TensorData.Floats("w", values, 2, 5), isConvolution: false);
        var parameters = Parameters("default") with { Weights = QuantizerSettings.None with { RangeEstimator = new(new(preset, Settings.Position), null, type is null ? null : Border(type: type)) } };
        var ranges = RangeEstimation.OfWeights(weights, parameters, isPerChannel: true, isSymmetric);
        Assert.AreEqual(first, ranges[0].High, 1e-6);
        Assert.AreEqual(second, ranges[1].High, 1e-6);
        var one = RangeEstimation.OfWeights(weights, Parameters("default"), isPerChannel: false, isSymmetric).Single();
        Assert.AreEqual(10, one.High);
        Assert.AreEqual((-5.0, 4.0), RangeEstimation.OfWeights(weights, Parameters("default"), isPerChannel: true, isSymmetric: false)[0]);
    }

    private static TensorStatistics Of(float[][] samples, DefaultQuantizationParameters? parameters = null)
    {
        var observation = RangeEstimation.Observe(Placement(), parameters is null ? [Parameters("default"), Parameters("quantile")] : [parameters]).Single();
        var accumulator = new TensorAccumulator(observation);
        foreach (var sample in samples)
        {
            accumulator.Add("sample", [.. observation.Reductions.Select(r => TensorReduction.Reduce(r, sample, [1, sample.Length]))]);
            accumulator.Histogram?.Add(sample);
        }
        return accumulator.Finish();
    }

    private static QuantizerPlacement Placement() => new()
    {
        Layers = [],
        AgnosticOperators = [],
        Quantizers = [new ActivationQuantizer(["t"], ["t"])],
        Groups = [],
        FloatReasons = ImmutableSortedDictionary<string, string>.Empty,
        Observations = [],
    };

    private static DefaultQuantizationParameters Parameters(string preset, RangeBorderSettings? min = null, RangeBorderSettings? max = null) =>
        Settings.Of().Quantization with { Activations = QuantizerSettings.None with { RangeEstimator = new(new(preset, Settings.Position), min, max) } };

    private static RangeBorderSettings Border(string? type = null, string? aggregator = null, double? outliers = null, double? clip = null, string? granularity = null) => new(
        Text(type), Text(aggregator), outliers is { } o ? new(o, Settings.Position) : null, clip is { } c ? new(c, Settings.Position) : null, Text(granularity));

    private static Located<string>? Text(string? value) => value is null ? null : new(value, Settings.Position);
}
