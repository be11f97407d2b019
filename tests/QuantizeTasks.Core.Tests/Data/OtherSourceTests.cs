using System.Collections.Immutable;
using Google.Protobuf;
using QuantizeTasks.Data;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Tests.Data;

/// <summary>ONNX's test data, random data, and subsets of any source.</summary>
[TestClass]
public sealed class OtherSourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    public void Load_OnnxTestData_IsReadInTheOrderOfItsNumbers()
    {
        foreach (var set in (int[])[10, 2])
        {
            Write(set, "input_0.pb", TensorData.Floats("b", [set, 2], 1, 2));
            Write(set, "input_1.pb", TensorData.Int64s("a", [set], 1));
            Write(set, "output_0.pb", TensorData.Floats("y", [set * 2], 1, 1));
            Write(set, "output_1.pb", TensorData.Int8s("z", [-3], 1));
        }
        var source = new OnnxTestDataSourceSpecification(Sources.Here, Sources.At(_folder.Path), [], 1);

        var loader = DataSource.Open(source);
        Assert.AreEqual("test_data_set_2 test_data_set_10", string.Join(' ', Enumerable.Range(0, loader.Count).Select(i => loader.Load(i).Name)));
        CollectionAssert.AreEqual(new[] { 2f, 2 }, loader.Load(0).Inputs["b"].As<float>());
        CollectionAssert.AreEqual(new[] { 10L }, loader.Load(1).Inputs["a"].As<long>());
        Assert.AreEqual(-3, loader.Load(1).Label!.As<sbyte>()[0]);
        CollectionAssert.AreEquivalent(new[] { "p", "q" }, DataSource.Open(source with { Inputs = [Sources.At("p"), Sources.At("q")] }).Load(0).Inputs.Keys.ToArray());

        var before = DataSource.Fingerprint(source);
        Write(2, "output_1.pb", TensorData.Int8s("z", [-4], 1));
        Assert.AreNotEqual(before, DataSource.Fingerprint(source));
    }

    [TestMethod]
    public void Load_OnnxTestDataWithMistakes_IsRefused()
    {
        OnnxTestDataSourceSpecification Source() => new(Sources.Here, Sources.At(_folder.Path), [], 0);
        Sources.Error(() => DataSource.Open(Source()), DiagnosticCodes.DataNotFound);
        Directory.CreateDirectory(_folder.File("test_data_set_0"));
        Sources.Error(() => DataSource.Open(Source()), DiagnosticCodes.DataNotFound);
        Write(0, "input_0.pb", TensorData.Floats("", [1], 1));
        Assert.AreEqual(DiagnosticCodes.DataNotFound, Sources.Error(() => DataSource.Open(Source()).Load(0), DiagnosticCodes.DataNotFound).Code, "no output_0.pb");
        Write(0, "output_0.pb", TensorData.Floats("", [float.NaN], 1));
        Assert.AreEqual("", DataSource.Open(Source()).Load(0).Inputs.Keys.Single(), "the model's only input");
        Write(0, "input_1.pb", TensorData.Floats("", [1], 1));
        Sources.Error(() => DataSource.Open(Source()).Load(0), DiagnosticCodes.MissingKey);
        Write(0, "input_0.pb", TensorData.Floats("x", [float.NaN], 1));
        Sources.Error(() => DataSource.Open(Source()).Load(0), DiagnosticCodes.ValueNotFinite);
        var wrong = TensorData.Floats("x", [1, 2], 2);
        wrong.Dims[0] = 3;
        Write(0, "input_0.pb", wrong);
        StringAssert.Contains(Sources.Error(() => DataSource.Open(Source()).Load(0), DiagnosticCodes.DataUnreadable).Message, "8 bytes", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Load_DamagedTensors_ReadOrReport()
    {
        var original = TensorData.Floats("input", [1, 2, 3, 4, 5, 6], 1, 2, 3).ToByteArray();
        Write(0, "input_0.pb", TensorData.Floats("x", [1], 1));

        var refused = Mutations.Count(original, 500, bytes =>
        {
            File.WriteAllBytes(_folder.File("test_data_set_0", "input_0.pb"), bytes);
            DataSource.Open(new OnnxTestDataSourceSpecification(Sources.Here, Sources.At(_folder.Path), [], null)).Load(0);
        });

        Assert.IsGreaterThan(30, refused);
    }

    [TestMethod]
    public void Load_RandomData_IsTheSameInAnyOrderAndAnotherWithAnotherSeed()
    {
        var (one, again, other) = (DataSource.Open(Random(3)), DataSource.Open(Random(3)), DataSource.Open(Random(4)));
        var last = again.Load(4).Inputs;

        CollectionAssert.AreEqual(one.Load(4).Inputs["x"].As<float>(), last["x"].As<float>());
        CollectionAssert.AreNotEqual(one.Load(3).Inputs["x"].As<float>(), last["x"].As<float>());
        CollectionAssert.AreNotEqual(other.Load(4).Inputs["x"].As<float>(), last["x"].As<float>());
        Assert.IsTrue(last["x"].As<float>().All(v => v is >= -2 and < 7) && last["ids"].As<long>().All(v => v is >= -2 and <= 7));
        CollectionAssert.AreEqual(new[] { 1, 3, 50 }, last["x"].Shape.ToArray());
        Assert.AreNotEqual(DataSource.Fingerprint(Random(3)), DataSource.Fingerprint(Random(4)));
        Assert.IsEmpty(DataSource.Files(Random(3)));
    }

    [TestMethod]
    public void Open_Subset_IsDrawnBySeedInTheOrderOfTheData()
    {
        NpyFile.Write(_folder.File("x.npy"), Enumerable.Range(0, 100).Select(i => (float)i).ToArray(), 100, 1);
        float[] Values(int size, int seed)
        {
            var loader = DataSource.Open(Source(size, seed));
            return [.. Enumerable.Range(0, loader.Count).Select(i => loader.Load(i).Inputs["x"].As<float>()[0])];
        }
        TensorSourceSpecification Source(int size, int seed) => Sources.Tensors(null, ("x", _folder.File("x.npy"))) with { Subset = new SubsetSpecification(Sources.At(size), seed) };

        var drawn = Values(10, 1);
        Assert.HasCount(10, drawn.Distinct().ToList());
        CollectionAssert.AreEqual(drawn.Order().ToArray(), drawn);
        CollectionAssert.AreEqual(drawn, Values(10, 1));
        CollectionAssert.AreNotEqual(drawn, Values(10, 2));
        Assert.HasCount(100, Values(100, 5));
        Sources.Error(() => DataSource.Open(Source(101, 1)), DiagnosticCodes.TooFewSamples);
        string[] fingerprints = [DataSource.Fingerprint(Source(10, 1)), DataSource.Fingerprint(Source(11, 1)), DataSource.Fingerprint(Source(10, 2)), DataSource.Fingerprint(Sources.Tensors(null, ("x", _folder.File("x.npy"))))];
        Assert.HasCount(4, fingerprints.Distinct(StringComparer.Ordinal).ToList());
    }

    private static RandomSourceSpecification Random(int seed) => new(
        Sources.Here, ImmutableSortedDictionary<string, ImmutableArray<int>>.Empty.WithComparers(StringComparer.Ordinal).Add("x", [1, 3, 50]).Add("ids", [1, 40]),
        ImmutableSortedDictionary<string, Located<string>>.Empty.Add("ids", Sources.At("int64")), 5, seed, -2, 7);

    private void Write(int set, string file, TensorProto tensor)
    {
        Directory.CreateDirectory(_folder.File($"test_data_set_{set}"));
        File.WriteAllBytes(_folder.File($"test_data_set_{set}", file), tensor.ToByteArray());
    }
}
