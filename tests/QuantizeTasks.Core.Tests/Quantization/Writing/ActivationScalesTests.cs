using System.Collections.Immutable;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization.Calibration;
using QuantizeTasks.Quantization.Devices;
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

        Assert.AreEqual(new TensorScale(QuantizedType.UInt8, (float)(5.1 / 127), 128), ActivationScales.Compute([quantizer], Choices(false), statistics, _ => false, Parameters).Single());
        Assert.AreEqual(QuantizerRange.Asymmetric(-0.5, 5.1).ToScale(QuantizedType.UInt8), ActivationScales.Compute([quantizer], Choices(true), statistics, _ => false, Parameters).Single());
    }

    /// <summary>In 16 bits and in signed types the same ranges are spread over more levels, or stored shifted.</summary>
    [TestMethod]
    [DataRow(16, "UInt16", 2.54 / 32767, 32768)]
    [DataRow(16, "Int16", 2.54 / 32767, 0)]
    [DataRow(8, "Int8", 2.54 / 127, 0)]
    public void Compute_OtherTypes_SpreadTheSameRange(int bits, string type, double scale, int zeroPoint)
    {
        var stored = Enum.Parse<QuantizedType>(type);
        var choices = Choices(new QuantizerOption(bits, QuantizerMode.Symmetric, QuantizerGranularity.PerTensor), stored.IsSigned() ? QuantizedType.Int8 : QuantizedType.UInt8);
        var found = ActivationScales.Compute([new ActivationQuantizer(["t"], ["t"])], choices, Of(Signed), _ => false, Parameters).Single();

        Assert.AreEqual((stored, zeroPoint), (found.Type, found.ZeroPoint));
        Assert.AreEqual(scale, found.Scale, scale * 1e-6);
    }

    /// <summary>POT's <c>signed</c>: both levels given, the lower one below zero.</summary>
    [TestMethod]
    [DataRow(-128, 127, 128)]
    [DataRow(0, 255, 0)]
    [DataRow(-128, null, 0)]
    public void Compute_LevelsOfANonNegativeTensor_DecideItsSign(int? low, int? high, int zeroPoint)
    {
        var choices = Choices(new QuantizerOption(8, QuantizerMode.Symmetric, QuantizerGranularity.PerTensor, low, high));

        Assert.AreEqual(zeroPoint, ActivationScales.Compute([new ActivationQuantizer(["t"], ["t"])], choices, Of(Positive), _ => false, Parameters).Single().ZeroPoint);
    }

    private static CalibrationStatistics Of(TensorStatistics statistics) => new(1, ImmutableSortedDictionary<string, TensorStatistics>.Empty.WithComparers(StringComparer.Ordinal).Add("t", statistics));

    private static TensorScale Compute(TensorStatistics statistics, bool isAsymmetric, bool isInput = false) => ActivationScales.Compute(
        [new ActivationQuantizer(["t"], ["t"])], Choices(isAsymmetric), Of(statistics), _ => isInput, Parameters).Single();

    private static DefaultQuantizationParameters Parameters => Settings.Of().Quantization;

    private static QuantizerChoices Choices(bool isAsymmetric) => Choices(new QuantizerOption(8, isAsymmetric ? QuantizerMode.Asymmetric : QuantizerMode.Symmetric, QuantizerGranularity.PerTensor));

    private static QuantizerChoices Choices(QuantizerOption option, QuantizedType type = QuantizedType.UInt8) => new([option], type, ImmutableSortedDictionary<string, QuantizerOption>.Empty, []);

    private static TensorStatistics Statistics((double Extreme, double Mean) minimum, (double Extreme, double Mean) maximum, (double Extreme, double Mean) magnitude) =>
        new(ImmutableSortedDictionary<Reduction, SampleSeries>.Empty
            .Add(Reduction.Minimum, new(2, [minimum.Extreme], [minimum.Extreme], [minimum.Mean], []))
            .Add(Reduction.Maximum, new(2, [maximum.Extreme], [maximum.Extreme], [maximum.Mean], []))
            .Add(Reduction.AbsoluteMaximum, new(2, [magnitude.Extreme], [magnitude.Extreme], [magnitude.Mean], [])));
}
