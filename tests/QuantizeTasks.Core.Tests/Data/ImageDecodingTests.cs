using System.Buffers.Binary;
using QuantizeTasks.Data;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Tests.Data;

/// <summary>Decoding against Pillow's decoded pixels (Fixtures/generate.py).</summary>
[TestClass]
public class ImageDecodingTests
{
    [TestMethod]
    [DataRow("rgb.png")]
    [DataRow("gray.png")]
    [DataRow("rgba.png")]
    [DataRow("gray-alpha.png")]
    [DataRow("palette.png")]
    [DataRow("palette-transparent.png")]
    [DataRow("transparent-colour.png")]
    [DataRow("one-bit.png")]
    [DataRow("gray16.png")]
    [DataRow("444.jpg")]
    [DataRow("progressive.jpg")]
    [DataRow("optimized.jpg")]
    [DataRow("gray.jpg")]
    public void Load_EncodedPicture_IsEqualToPillows(string file) =>
        CollectionAssert.AreEqual(Array.ConvertAll(Fixture.Elements(file + ".npy"), b => (float)b), Load(file).As<float>());

    /// <summary>
    /// Where chroma has half the resolution, the library's libjpeg (IJG, version 7 or later) scales it up in the frequency domain, while Pillow's (libjpeg-turbo) interpolates: on
    /// photographs at quality 90 that is 0.3 to 1.2 of 255 on average and more at coloured edges. On slow waves both are near.
    /// </summary>
    [TestMethod]
    [DataRow("420.jpg")]
    [DataRow("422.jpg")]
    public void Load_SubsampledChroma_IsNearPillows(string file)
    {
        var differences = Fixture.Elements(file + ".npy").Zip(Load(file).As<float>(), (expected, actual) => Math.Abs(expected - actual)).ToArray();

        Assert.IsLessThanOrEqualTo(10, differences.Max());
        Assert.IsLessThanOrEqualTo(1, differences.Average());
    }

    [TestMethod]
    [DataRow("rgb.png")]
    [DataRow("420.jpg")]
    [DataRow("progressive.jpg")]
    public void Load_CutShort_NamesTheFile(string file)
    {
        var bytes = Fixture.Bytes(file);
        // A PNG may lose its end marker (12 bytes) and a JPEG nothing.
        foreach (var length in Enumerable.Range(0, 40).Select(i => i * (bytes.Length - 16) / 39))
        {
            var error = LoadError(file, bytes[..length]);
            StringAssert.EndsWith(error.Position!.Value.File, file, StringComparison.Ordinal);
        }
    }

    [TestMethod]
    public void Load_KindsThatAreNotRead_SayWhatToDo()
    {
        StringAssert.Contains(LoadError("cmyk.jpg", Fixture.Bytes("cmyk.jpg")).Message, "CMYK", StringComparison.Ordinal);
        var interlaced = Fixture.Bytes("rgb.png");
        interlaced[28] = 1;
        StringAssert.Contains(LoadError("a.png", interlaced).Message, "interlac", StringComparison.Ordinal);
        StringAssert.Contains(LoadError("a.png", "not an image at all"u8.ToArray()).Message, "no JPEG, PNG, BMP or PPM", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Load_HeaderOfABillionPixels_IsRefusedBeforeDecoding()
    {
        var png = Fixture.Bytes("rgb.png");
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(16), 60000);
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(20), 60000);
        StringAssert.Contains(LoadError("a.png", png).Message, "60000 x 60000", StringComparison.Ordinal);

        var jpeg = Fixture.Bytes("420.jpg");
        var frame = jpeg.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]);
        jpeg.AsSpan(frame + 5, 4).Fill(0xEA);
        StringAssert.Contains(LoadError("a.jpg", jpeg).Message, "60138 x 60138", StringComparison.Ordinal);
    }

    /// <summary>libjpeg ends the process on a fatal error, so this test would not fail but take the others with it.</summary>
    [TestMethod]
    [DataRow("420.jpg")]
    [DataRow("progressive.jpg")]
    [DataRow("optimized.jpg")]
    [DataRow("gray.jpg")]
    [DataRow("palette-transparent.png")]
    public void Decode_AnyByteChanged_DecodesOrReportsButNeverCrashes(string file)
    {
        var original = Fixture.Bytes(file);
        var random = new Random(11);
        var reported = 0;
        for (var round = 0; round < 1500; round++)
        {
            var bytes = (byte[])original.Clone();
            for (var change = 0; change <= round % 3; change++)
                bytes[random.Next(2, bytes.Length)] = (byte)random.Next(256);
            try
            {
                ImageStructure.Check(bytes, file);
                ImageDecoder.Shared.Decode(bytes, file);
            }
            catch (QuantizeException e)
            {
                Assert.AreEqual(DiagnosticCodes.DataUnreadable, e.Diagnostics[0].Code);
                reported++;
            }
        }
        Assert.IsGreaterThan(100, reported);
    }

    private static Tensor Load(string file)
    {
        using var folder = new TemporaryFolder();
        File.Copy(Fixture.PathOf(file), folder.File(file));
        var tensor = DataSource.Open(Sources.Images(folder.Path, null, new LayoutStep(Sources.Here, false))).Load(0).Inputs[""];
        CollectionAssert.AreEqual(new[] { 1, 29, 37, 3 }, tensor.Shape.ToArray());
        return tensor;
    }

    private static Diagnostic LoadError(string file, byte[] bytes)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File(file), bytes);
        var loader = DataSource.Open(Sources.Images(folder.Path));
        return Sources.Error(() => loader.Load(0), DiagnosticCodes.DataUnreadable);
    }
}
