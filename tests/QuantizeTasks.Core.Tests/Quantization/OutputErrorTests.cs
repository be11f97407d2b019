using QuantizeTasks.Quantization.Errors;

namespace QuantizeTasks.Tests.Quantization;

[TestClass]
public sealed class OutputErrorTests
{
    [TestMethod]
    public void Relative_TwoSamples_IsNoiseByVariance()
    {
        var error = new OutputError();
        error.Add(One(Tensor.Create([1f, 2], 1, 2)), One(Tensor.Create([1.5f, 2], 1, 2)));
        error.Add(One(Tensor.Create([3f, 4], 1, 2)), One(Tensor.Create([3f, 3], 1, 2)));
        // Mean 2.5; squared distances 2.25 + 0.25 + 0.25 + 2.25 = 5; noise 0.25 + 1.
        Assert.AreEqual(0.25, error.Relative, 1e-12);
    }

    [TestMethod]
    public void Relative_SeveralOutputs_IsTheirMeanWhateverTheirScale()
    {
        var error = new OutputError();
        error.Add(new Dictionary<string, Tensor> { ["a"] = Tensor.Create([0f, 2], 2), ["b"] = Tensor.Create([0f, 2000], 2), ["c"] = Tensor.Create([7L, 8, 9, 9], 4) },
            new Dictionary<string, Tensor> { ["a"] = Tensor.Create([0f, 1], 2), ["b"] = Tensor.Create([0f, 2000], 2), ["c"] = Tensor.Create([7L, 8, 9, 0], 4) });
        // a: noise 1 of 2; b: exact; c: one class of four.
        Assert.AreEqual((0.5 + 0 + 0.25) / 3, error.Relative, 1e-12);
    }

    [TestMethod]
    public void Relative_NotFinite_IsInfinite()
    {
        foreach (var value in (float[])[float.NaN, float.PositiveInfinity])
        {
            var error = new OutputError();
            error.Add(One(Tensor.Create([1f, 2], 2)), One(Tensor.Create([1f, value], 2)));
            Assert.AreEqual(double.PositiveInfinity, error.Relative);
        }
    }

    [TestMethod]
    public void Relative_ConstantOutput_IsItsNoise()
    {
        var error = new OutputError();
        error.Add(One(Tensor.Create([1f, 1], 2)), One(Tensor.Create([1f, 1], 2)));
        Assert.AreEqual(0, error.Relative);
        error.Add(One(Tensor.Create([1f, 1], 2)), One(Tensor.Create([1f, 1.5f], 2)));
        Assert.AreEqual(0.25, error.Relative);
    }

    private static Dictionary<string, Tensor> One(Tensor tensor) => new() { ["y"] = tensor };
}
