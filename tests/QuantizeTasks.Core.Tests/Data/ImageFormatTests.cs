using System.Buffers.Binary;
using QuantizeTasks.Data;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Tests.Data;

/// <summary>Bitmaps, anymaps, masks and EXIF orientation against what Pillow wrote and decoded (Fixtures/generate_more.py).</summary>
[TestClass]
public sealed class ImageFormatTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static IEnumerable<object[]> Own => ((string[])["rgb24.bmp", "rgb32.bmp", "palette8.bmp", "one1.bmp", "raw.ppm", "raw.pgm", "raw.pbm", "text.ppm", "deep.pgm", "mask8.png", "mask4.png", "mask-gray.png"]).Select(f => new object[] { f });

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    [DataRow("rgb24.bmp", null)]
    [DataRow("rgb32.bmp", null)]
    [DataRow("raw.ppm", null)]
    [DataRow("text.ppm", null)]
    [DataRow("palette8.bmp", "palette8.bmp.npy")]
    [DataRow("one1.bmp", "one1.bmp.npy")]
    [DataRow("raw.pgm", "raw.pgm.npy")]
    [DataRow("deep.pgm", "raw.pgm.npy")]
    [DataRow("raw.pbm", "raw.pbm.npy")]
    public void Decode_FilesOfPillow_AreTheSamePixels(string file, string? expected)
    {
        var image = ImageFileDecoder.Decode(Fixture.Bytes(file), file, upright: false);

        CollectionAssert.AreEqual(expected is null ? Fixture.Picture(37, 29).As<byte>() : Fixture.Elements(expected), image.As<byte>());
        CollectionAssert.AreEqual(new[] { 29, 37 }, image.Shape.Take(2).ToArray());
    }

    [TestMethod]
    public void Decode_BitmapWithTheTopRowFirst_IsTheSame()
    {
        // Pillow writes the bottom row first: the height negated and the rows reversed is the same picture.
        var bitmap = Fixture.Bytes("rgb24.bmp");
        BinaryPrimitives.WriteInt32LittleEndian(bitmap.AsSpan(22), -29);
        var rows = bitmap.Skip(54).Chunk(112).Reverse().SelectMany(row => row).ToArray();
        rows.CopyTo(bitmap, 54);

        CollectionAssert.AreEqual(Fixture.Picture(37, 29).As<byte>(), ImageFileDecoder.Decode(bitmap, "top.bmp", upright: false).As<byte>());
    }

    [TestMethod]
    public void Load_EveryKindInAFolder_IsListedAndEqual()
    {
        foreach (var file in (string[])["rgb24.bmp", "raw.ppm", "rgb.png"])
            File.Copy(Fixture.PathOf(file), _folder.File(file));
        var loader = DataSource.Open(Sources.Images(_folder.Path));

        Assert.AreEqual(3, loader.Count);
        var pixels = Enumerable.Range(0, 3).Select(i => loader.Load(i).Inputs[""].As<float>()).ToArray();
        CollectionAssert.AreEqual(pixels[0], pixels[1]);
        CollectionAssert.AreEqual(pixels[0], pixels[2]);
    }

    [TestMethod]
    [DataRow("mask8.png")]
    [DataRow("mask4.png")]
    [DataRow("mask-gray.png")]
    public void Read_Masks_AreTheStoredNumbers(string file)
    {
        var mask = IndexPng.Read(Fixture.PathOf(file));

        CollectionAssert.AreEqual(new[] { 29, 37 }, mask.Shape.ToArray());
        CollectionAssert.AreEqual(Fixture.Elements("mask.npy"), mask.As<byte>());
    }

    [TestMethod]
    public void Read_MaskOfColours_SaysWhatAMaskIs() =>
        StringAssert.Contains(Sources.Error(() => IndexPng.Read(Fixture.PathOf("rgb.png")), DiagnosticCodes.DataUnreadable).Message, "whose values are classes", StringComparison.Ordinal);

    [TestMethod]
    public void Load_FolderOfMasks_IsTheLabels()
    {
        Directory.CreateDirectory(_folder.File("images", "sub"));
        Directory.CreateDirectory(_folder.File("masks", "sub"));
        foreach (var name in (string[])["a", "sub/b"])
        {
            File.Copy(Fixture.PathOf("420.jpg"), _folder.File("images", name + ".jpg"));
            File.Copy(Fixture.PathOf(name == "a" ? "mask8.png" : "mask-gray.png"), _folder.File("masks", name + ".png"));
        }
        var source = Sources.Images(_folder.File("images"), _folder.File("masks"));

        var loader = DataSource.Open(source);
        CollectionAssert.AreEqual(Fixture.Elements("mask.npy"), loader.Load(1).Label!.As<byte>());
        CollectionAssert.AreEquivalent(new[] { _folder.File("images", "**", "*"), _folder.File("masks", "**", "*") }, DataSource.Files(source).ToArray());
        var before = DataSource.Fingerprint(source);
        File.Copy(Fixture.PathOf("mask4.png"), _folder.File("masks", "a.png"), overwrite: true);
        Assert.AreNotEqual(before, DataSource.Fingerprint(source));
        File.Delete(_folder.File("masks", "sub", "b.png"));
        StringAssert.Contains(Sources.Error(() => DataSource.Open(source), DiagnosticCodes.LabelMissing).Message, "sub/b.jpg", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Decode_EveryOrientation_IsPillowsTransposition()
    {
        for (var orientation = 1; orientation <= 8; orientation++)
        {
            var file = $"exif{orientation}.jpg";
            var image = ImageFileDecoder.Decode(Fixture.Bytes(file), file, upright: true);

            CollectionAssert.AreEqual(Fixture.Elements(file + ".npy"), image.As<byte>(), file);
            CollectionAssert.AreEqual(orientation >= 5 ? new[] { 24, 16, 3 } : [16, 24, 3], image.Shape.ToArray());
        }
    }

    [TestMethod]
    public void Load_WithoutOrientation_LeavesPixelsAsTheyAreStored()
    {
        File.Copy(Fixture.PathOf("exif6.jpg"), _folder.File("a.jpg"));
        var (stored, upright) = (Sources.Images(_folder.Path), Sources.Images(_folder.Path) with { Upright = true });

        CollectionAssert.AreEqual(new[] { 1, 3, 16, 24 }, DataSource.Open(stored).Load(0).Inputs[""].Shape.ToArray());
        CollectionAssert.AreEqual(new[] { 1, 3, 24, 16 }, DataSource.Open(upright).Load(0).Inputs[""].Shape.ToArray());
        Assert.AreNotEqual(DataSource.Fingerprint(stored), DataSource.Fingerprint(upright));
    }

    /// <summary>A list keeps its order, stays in its folder, and csv lines of other images do no harm.</summary>
    [TestMethod]
    public void Open_List_IsReadInItsOrder()
    {
        Directory.CreateDirectory(_folder.File("sub"));
        foreach (var name in (string[])["a.png", "b.png", "sub/c.png"])
            File.Copy(Fixture.PathOf("gray.png"), _folder.File(name.Split('/')));
        File.WriteAllText(_folder.File("list.txt"), "# those that count\nsub/c.png\n\na.png\r\n");
        File.WriteAllText(_folder.File("labels.csv"), "file,label\na.png,1\nb.png,2\nsub/c.png,3\n");
        var source = Sources.Images(_folder.File("list.txt"), _folder.File("labels.csv"));

        var loader = DataSource.Open(source);
        Assert.AreEqual("sub/c.png 3 a.png 1", string.Join(' ', Enumerable.Range(0, loader.Count).Select(loader.Load).Select(s => $"{s.Name} {s.Label!.As<long>()[0]}")));
        CollectionAssert.IsSubsetOf(new[] { _folder.File("list.txt"), _folder.File("a.png") }, DataSource.Files(source).ToArray());
    }

    [TestMethod]
    [DataRow("../outside.png", DiagnosticCodes.DataUnreadable)]
    [DataRow("/etc/passwd", DiagnosticCodes.DataUnreadable)]
    [DataRow("sub/../../outside.png", DiagnosticCodes.DataUnreadable)]
    [DataRow("missing.png", DiagnosticCodes.DataNotFound)]
    [DataRow("a.png\na.png", DiagnosticCodes.DataUnreadable)]
    public void Open_ListThatLeadsAstray_IsRefusedWithItsLine(string line, string code)
    {
        Directory.CreateDirectory(_folder.File("data"));
        File.Copy(Fixture.PathOf("gray.png"), _folder.File("data", "a.png"));
        File.Copy(Fixture.PathOf("gray.png"), _folder.File("outside.png"));
        File.WriteAllText(_folder.File("data", "list.txt"), "# first\n" + line);

        var error = Sources.Error(() => DataSource.Open(Sources.Images(_folder.File("data", "list.txt"))), code);
        Assert.AreEqual(line.Contains('\n', StringComparison.Ordinal) ? 3 : 2, error.Position!.Value.Line);
    }

    [TestMethod]
    [DynamicData(nameof(Own))]
    public void Decode_DamagedFile_DecodesOrReportsAndTakesLittleMemory(string file)
    {
        var original = Fixture.Bytes(file);
        var reported = Mutations.Count(original, 500, bytes =>
        {
            File.WriteAllBytes(_folder.File("x"), bytes);
            if (file.EndsWith(".png", StringComparison.Ordinal))
                IndexPng.Read(_folder.File("x"));
            else
                ImageFileDecoder.Decode(bytes, file, upright: false);
        });

        Assert.IsGreaterThan(30, reported);
    }

    [TestMethod]
    public void Orientation_DamagedExif_IsAlwaysSome()
    {
        var original = Fixture.Bytes("exif6.jpg");
        var random = new Random(5);
        for (var round = 0; round < 3000; round++)
        {
            var bytes = (byte[])original.Clone();
            for (var change = 0; change <= round % 3; change++)
                bytes[random.Next(2, 120)] = (byte)random.Next(256);
            Assert.IsTrue(ExifOrientation.Of(bytes.AsSpan(0, random.Next(2, bytes.Length))) is >= 1 and <= 8);
        }
    }

    [TestMethod]
    public void Decode_HugeSizes_AreRefusedBeforeMemoryIsTaken()
    {
        Assert.ThrowsExactly<QuantizeException>(() => ImageFileDecoder.Decode("P6 40000 40000 255\nabc"u8.ToArray(), "a.ppm", false));
        Assert.ThrowsExactly<QuantizeException>(() => ImageFileDecoder.Decode("P6 9000 9000 255\nabc"u8.ToArray(), "a.ppm", false));
        var bitmap = Fixture.Bytes("rgb24.bmp");
        BinaryPrimitives.WriteInt32LittleEndian(bitmap.AsSpan(18), 9000);
        BinaryPrimitives.WriteInt32LittleEndian(bitmap.AsSpan(22), int.MinValue);
        Assert.ThrowsExactly<QuantizeException>(() => ImageFileDecoder.Decode(bitmap, "a.bmp", false));
    }
}
