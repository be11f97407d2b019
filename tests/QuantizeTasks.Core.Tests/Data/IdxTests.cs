using System.Buffers.Binary;
using System.IO.Compression;
using QuantizeTasks.Data;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Tests.Data;

[TestClass]
public sealed class IdxTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Two images of 2 x 3 and their labels, laid out by hand as yann.lecun.com/exdb/mnist describes the format.</summary>
    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Load_Images_GoThroughPreprocessing(bool packed)
    {
        byte[] images = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3, 10, 20, 30, 40, 50, 60, 1, 2, 3, 4, 5, 255];
        var path = Write("images-idx3-ubyte", images, packed);
        var labels = Write("labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, 2, 7, 3], packed);
        var source = new IdxSourceSpecification(Sources.Here, Sources.At(path), Sources.At(labels), null, [Sources.Color(ColorOrder.Gray), new DivideStep(Sources.Here, 5)]);

        var sample = DataSource.Open(source).Load(1);
        CollectionAssert.AreEqual(new[] { 1, 1, 2, 3 }, sample.Inputs[""].Shape.ToArray());
        CollectionAssert.AreEqual(new[] { 0.2f, 0.4f, 0.6f, 0.8f, 1f, 51f }, sample.Inputs[""].As<float>());
        Assert.AreEqual(3, sample.Label!.As<byte>()[0]);
        CollectionAssert.AreEqual(new[] { path, labels }, DataSource.Files(source).ToArray());
        Assert.AreNotEqual(DataSource.Fingerprint(source), DataSource.Fingerprint(source with { Labels = null }));
    }

    [TestMethod]
    public void Load_OtherElementTypes_AreBigEndian()
    {
        byte[] Floats(params float[] values) => [.. values.SelectMany(v => { var b = new byte[4]; BinaryPrimitives.WriteSingleBigEndian(b, v); return b; })];
        Tensor Row(string name, byte[] bytes) => DataSource.Open(Source(Write(name, bytes, packed: false))).Load(1).Inputs[""];

        CollectionAssert.AreEqual(new[] { 3.5f, -4 }, Row("f", [0, 0, 0x0D, 2, 0, 0, 0, 2, 0, 0, 0, 2, .. Floats(1, 2, 3.5f, -4)]).As<float>());
        CollectionAssert.AreEqual(new short[] { -2 }, Row("s", [0, 0, 0x0B, 1, 0, 0, 0, 2, 0, 1, 0xFF, 0xFE]).As<short>());
        CollectionAssert.AreEqual(new[] { 258 }, Row("i", [0, 0, 0x0C, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 1, 2]).As<int>());
        Sources.Error(() => Row("n", [0, 0, 0x0D, 1, 0, 0, 0, 2, .. Floats(1, float.NaN)]), DiagnosticCodes.ValueNotFinite);
    }

    [TestMethod]
    [DataRow(new byte[] { 0, 0, 8 }, "Unable to read beyond the end")]
    [DataRow(new byte[] { 0, 1, 8, 1, 0, 0, 0, 1, 5 }, "does not start as an IDX file")]
    [DataRow(new byte[] { 0, 0, 7, 1, 0, 0, 0, 1, 5 }, "does not start as an IDX file")]
    [DataRow(new byte[] { 0, 0, 8, 1, 0, 0, 0, 2, 5 }, "announces 2 bytes, but 1 follow")]
    [DataRow(new byte[] { 0, 0, 8, 1, 0xFF, 0, 0, 1, 5 }, "an extent is negative")]
    [DataRow(new byte[] { 0, 0, 8, 3, 0x7F, 255, 255, 255, 0x7F, 255, 255, 255, 0x7F, 255, 255, 255, 5 }, "larger than 2 GB")]
    public void Open_BrokenHeader_IsRefused(byte[] bytes, string expected)
    {
        var error = Sources.Error(() => DataSource.Open(Source(Write("x", bytes, packed: false))), DiagnosticCodes.DataUnreadable);
        StringAssert.Contains(error.Message, expected, StringComparison.Ordinal);
        Sources.Error(() => DataSource.Open(Source(Write("y", bytes, packed: true))), DiagnosticCodes.DataUnreadable);
    }

    [TestMethod]
    public void Open_PackedFileThatAnnouncesTooMuch_IsRefusedBeforeItIsUnpacked()
    {
        var path = Write("x", [0, 0, 8, 2, 0x40, 0, 0, 0, 0, 0, 1, 0, 5], packed: true);

        StringAssert.Contains(Sources.Error(() => DataSource.Open(Source(path)), DiagnosticCodes.DataUnreadable).Message, "cannot hold", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Open_OtherNumberOfLabels_IsRefused()
    {
        var (data, labels) = (Write("x", [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 1, 5, 6], false), Write("l", [0, 0, 8, 1, 0, 0, 0, 1, 5], false));

        Sources.Error(() => DataSource.Open(Source(data) with { Labels = Sources.At(labels) }), DiagnosticCodes.LabelMissing);
        Sources.Error(() => DataSource.Open(Source(data) with { Preprocess = [new DivideStep(Sources.Here, 2)] }), DiagnosticCodes.ConflictingKeys);
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void Open_DamagedFile_ReadsOrReports(bool packed)
    {
        byte[] images = [0, 0, 8, 3, 0, 0, 0, 20, 0, 0, 0, 8, 0, 0, 0, 8, .. Enumerable.Range(0, 20 * 64).Select(i => (byte)(i * 7))];
        var original = File.ReadAllBytes(Write("original", images, packed));

        var refused = Mutations.Count(original, 500, bytes =>
        {
            File.WriteAllBytes(_folder.File("x"), bytes);
            var loader = DataSource.Open(Source(_folder.File("x")));
            loader.Load(loader.Count - 1);
        });

        Assert.IsGreaterThan(30, refused);
    }

    private static IdxSourceSpecification Source(string path) => new(Sources.Here, Sources.At(path), null, null, []);

    private string Write(string name, byte[] bytes, bool packed)
    {
        var path = _folder.File(packed ? name + ".gz" : name);
        if (!packed)
        {
            File.WriteAllBytes(path, bytes);
            return path;
        }
        using var stream = new GZipStream(File.Create(path), CompressionLevel.Fastest);
        stream.Write(bytes);
        return path;
    }
}
