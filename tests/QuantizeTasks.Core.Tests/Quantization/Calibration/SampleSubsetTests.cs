using QuantizeTasks.Diagnostics;
using QuantizeTasks.Quantization.Calibration;

namespace QuantizeTasks.Tests.Quantization.Calibration;

[TestClass]
public sealed class SampleSubsetTests
{
    [TestMethod]
    public void Select_NotShuffled_TakesTheFirst() =>
        CollectionAssert.AreEqual(new[] { 0, 1, 2 }, SampleSubset.Select(10, Settings.Of(subset: 3).Quantization).ToArray());

    [TestMethod]
    public void Select_MoreThanThereAre_TakesAll() =>
        CollectionAssert.AreEqual(Enumerable.Range(0, 4).ToArray(), SampleSubset.Select(4, Settings.Of(subset: 300).Quantization).ToArray());

    [TestMethod]
    public void Select_Shuffled_DependsOnTheSeedAlone()
    {
        var one = SampleSubset.Select(1000, Settings.Of(subset: 50, shuffle: true, seed: 1).Quantization);
        CollectionAssert.AreEqual(one.ToArray(), SampleSubset.Select(1000, Settings.Of(subset: 50, shuffle: true, seed: 1).Quantization).ToArray());
        CollectionAssert.AreNotEqual(one.ToArray(), SampleSubset.Select(1000, Settings.Of(subset: 50, shuffle: true, seed: 2).Quantization).ToArray());
        Assert.HasCount(50, one.Distinct());
        CollectionAssert.AreEqual(one.Order().ToArray(), one.ToArray());
    }

    [TestMethod]
    public void Select_SizeOfZero_PointsAtTheManifest()
    {
        var thrown = Assert.ThrowsExactly<QuantizeException>(() => SampleSubset.Select(10, Settings.Of(subset: 0).Quantization));
        Assert.AreEqual(DiagnosticCodes.TooFewSamples, thrown.Diagnostics[0].Code);
        Assert.AreEqual(Settings.Position, thrown.Diagnostics[0].Position);
    }
}
