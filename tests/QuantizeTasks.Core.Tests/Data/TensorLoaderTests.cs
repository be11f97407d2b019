using QuantizeTasks.Data;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Tests.Data;

[TestClass]
public class TensorLoaderTests
{
    [TestMethod]
    public void Load_TwoInputsAndLabels_KeepTypesAndGetABatchAxis()
    {
        var loader = DataSource.Open(Sources.Tensors(Fixture.PathOf("array-u1.npy"), ("ids", Fixture.PathOf("array-i8.npy")), ("mask", Fixture.PathOf("stored.npz#first"))));

        Assert.AreEqual(5, loader.Count);
        var sample = loader.Load(3);
        Assert.AreEqual("row 3", sample.Name);
        Assert.AreEqual("Int64[1, 2, 3]", sample.Inputs["ids"].ToString());
        Assert.AreEqual("Single[1, 2, 3]", sample.Inputs["mask"].ToString());
        Assert.AreEqual("Byte[2, 3]", sample.Label!.ToString());
        Assert.AreEqual((18 * 7 % 23) - 6, sample.Inputs["ids"].As<long>()[0]);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => loader.Load(5));
    }

    [TestMethod]
    public void Open_InputsOrLabelsOfOtherLength_AreRefused()
    {
        using var folder = new TemporaryFolder();
        NpyFile.Write(folder.File("four.npy"), new float[8], 4, 2);
        NpyFile.Write(folder.File("none.npy"), Array.Empty<float>(), 0, 2);

        Sources.Error(() => DataSource.Open(Sources.Tensors(null, ("a", Fixture.PathOf("array-i8.npy")), ("b", folder.File("four.npy")))), DiagnosticCodes.ShapeMismatch);
        Sources.Error(() => DataSource.Open(Sources.Tensors(folder.File("four.npy"), ("a", Fixture.PathOf("array-i8.npy")))), DiagnosticCodes.LabelMissing);
        Sources.Error(() => DataSource.Open(Sources.Tensors(Fixture.PathOf("array-i8.npy"), ("a", folder.File("four.npy")))), DiagnosticCodes.LabelInvalid);
        Sources.Error(() => DataSource.Open(Sources.Tensors(null, ("a", folder.File("none.npy")))), DiagnosticCodes.TooFewSamples);
    }

    [TestMethod]
    [DataRow(float.NaN)]
    [DataRow(float.NegativeInfinity)]
    public void Load_ValueThatIsNotFinite_NamesInputAndRow(float value)
    {
        using var folder = new TemporaryFolder();
        NpyFile.Write(folder.File("a.npy"), [0, 1, 2, 3, value, 5], 3, 2);
        var loader = DataSource.Open(Sources.Tensors(null, ("x", folder.File("a.npy"))));

        _ = loader.Load(1);
        var error = Sources.Error(() => loader.Load(2), DiagnosticCodes.ValueNotFinite);

        StringAssert.Contains(error.Message, "'x'", StringComparison.Ordinal);
        StringAssert.Contains(error.Message, "row 2", StringComparison.Ordinal);
    }
}
