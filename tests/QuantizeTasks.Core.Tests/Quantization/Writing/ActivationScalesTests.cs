using System.Collections.Immutable;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization.Calibration;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Scaling;
using QuantizeTasks.Quantization.Writing;

namespace QuantizeTasks.Tests.Quantization.Writing;

[TestClass]
public sealed class ActivationScalesTests
{
    private static readonly TensorStatistics Signed = Statistics((-4, -0.5), (3, 2.5), (4, 2.54));
    private static readonly TensorStatistics Positive = Statistics((0, 0.1), (9, 5.1), (9, 5.1));

    [TestMethod]
    public void Compute_Performance_TakesTheMeanMagnitude()
    {
        Assert.AreEqual(new TensorScale(QuantizedType.UInt8, (float)(2.54 / 127), 128), Compute(Signed, false));
        Assert.AreEqual(0, Compute(Positive, false).ZeroPoint);
        Assert.AreEqual(5.1 / 255, Compute(Positive, false).Scale, 1e-8);
    }

    [TestMethod]
    public void Compute_Mixed_TakesTheMeanExtremes() => Assert.AreEqual(QuantizerRange.Asymmetric(-0.5, 2.5).ToScale(QuantizedType.UInt8), Compute(Signed, true));

    [TestMethod]
    public void Compute_ModelInput_TakesTheExtremesThemselves()
    {
        Assert.AreEqual(4.0 / 127, Compute(Signed, false, isInput: true).Scale, 1e-8);
        Assert.AreEqual(QuantizerRange.Asymmetric(-4, 3).ToScale(QuantizedType.UInt8), Compute(Signed, true, isInput: true));
    }

    [TestMethod]
    public void Compute_SeveralSources_ShareTheUnionWithAnExactZero()
    {
        var quantizer = new ActivationQuantizer(["a", "b", "c"], ["a", "b"]);
        var statistics = new CalibrationStatistics(1, new Dictionary<string, TensorStatistics> { ["a"] = Signed, ["b"] = Positive }.ToImmutableSortedDictionary(StringComparer.Ordinal));

        Assert.AreEqual(new TensorScale(QuantizedType.UInt8, (float)(5.1 / 127), 128), ActivationScales.Compute([quantizer], statistics, _ => false, Parameters(false)).Single());
        Assert.AreEqual(QuantizerRange.Asymmetric(-0.5, 5.1).ToScale(QuantizedType.UInt8), ActivationScales.Compute([quantizer], statistics, _ => false, Parameters(true)).Single());
    }

    private static TensorScale Compute(TensorStatistics statistics, bool isAsymmetric, bool isInput = false) => ActivationScales.Compute(
        [new ActivationQuantizer(["t"], ["t"])], new(1, ImmutableSortedDictionary<string, TensorStatistics>.Empty.WithComparers(StringComparer.Ordinal).Add("t", statistics)), _ => isInput, Parameters(isAsymmetric)).Single();

    private static DefaultQuantizationParameters Parameters(bool isAsymmetric) => Settings.Of(isAsymmetric ? "mixed" : "performance").Quantization;

    private static TensorStatistics Statistics((double Extreme, double Mean) minimum, (double Extreme, double Mean) maximum, (double Extreme, double Mean) magnitude) =>
        new(ImmutableSortedDictionary<Reduction, SampleSeries>.Empty
            .Add(Reduction.Minimum, new(2, [minimum.Extreme], [minimum.Extreme], [minimum.Mean], []))
            .Add(Reduction.Maximum, new(2, [maximum.Extreme], [maximum.Extreme], [maximum.Mean], []))
            .Add(Reduction.AbsoluteMaximum, new(2, [magnitude.Extreme], [magnitude.Extreme], [magnitude.Mean], [])));
}
