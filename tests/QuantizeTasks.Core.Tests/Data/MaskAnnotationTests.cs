using QuantizeTasks.Data;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Tests.Data;

/// <summary>Masks that annotations name, against arrays that generate_more.py made with Pillow and numpy.</summary>
[TestClass]
public sealed class MaskAnnotationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    [DataRow("mask-voc.png")]
    [DataRow("mask-voc-rgb.png")]
    public void Load_MasksInVocColours_AreTheirClasses(string mask)
    {
        var label = Loader("colors: voc", mask).Load(0).Label!;
        CollectionAssert.AreEqual(new[] { 29, 37 }, label.Shape.ToArray());
        CollectionAssert.AreEqual(Fixture.Elements("mask-voc.npy"), label.As<byte>());
    }

    [TestMethod]
    public void Load_MasksWithoutColours_AreTheStoredNumbers() =>
        CollectionAssert.AreEqual(Array.ConvertAll(Fixture.Elements("mask-voc.npy"), c => (byte)(((c == 255 ? 21 : c) * 5 + 3) % 22)), Loader("", "mask-voc.png").Load(0).Label!.As<byte>());

    [TestMethod]
    public void Load_GreyMaskWithColours_IsItsNumbers() => CollectionAssert.AreEqual(Fixture.Elements("mask.npy"), Loader("colors: voc", "mask-gray.png").Load(0).Label!.As<byte>());

    [TestMethod]
    public void Load_ColoursOfOnesOwn_AreClassesInTheirOrder()
    {
        var classes = Fixture.Elements("mask-voc.npy");
        var label = Loader("colors: [[0, 128, 0], [0, 0, 0], [128, 0, 0]]", "mask-voc.png").Load(0).Label!.As<byte>();
        CollectionAssert.AreEqual(Array.ConvertAll(classes, c => c switch { 2 => (byte)0, 0 => (byte)1, 1 => (byte)2, _ => (byte)255 }), label);
    }

    [TestMethod]
    public void Load_MasksThatFollowTheImage_AreResizedWithoutMixingAndSurrounded()
    {
        var label = Loader("colors: voc, follow_image: true", "mask-voc.png", "- resize: { width: 24, height: 20 }\n      - pad_to: { width: 30, height: 24, value: 7 }\n      - divide: 255").Load(0).Label!;
        CollectionAssert.AreEqual(new[] { 24, 30 }, label.Shape.ToArray());
        CollectionAssert.AreEqual(Fixture.Elements("mask-voc-way.npy"), label.As<byte>());
    }

    [TestMethod]
    public void Load_ImageSet_NamesImagesAndMasksWithoutExtension()
    {
        Copy("420.jpg", "images/b.jpg");
        Copy("420.jpg", "images/sub/a.jpeg");
        Copy("mask8.png", "masks/b.png");
        Copy("mask-gray.png", "masks/sub/a.png");
        Copy("420.jpg", "images/not-listed.jpg");
        File.WriteAllText(_folder.File("set.txt"), "sub/a\n\nb\n");
        var source = Source("image_set: set.txt", "- color: rgb");
        var loader = DataSource.Open(source);
        Assert.AreEqual("sub/a.jpeg b.jpg", string.Join(' ', Enumerable.Range(0, loader.Count).Select(i => loader.Load(i).Name)));
        CollectionAssert.AreEqual(Fixture.Elements("mask.npy"), loader.Load(1).Label!.As<byte>());
        CollectionAssert.Contains(DataSource.Files(source).ToArray(), _folder.File("set.txt"));
        var before = DataSource.Fingerprint(source);
        File.Copy(Fixture.PathOf("mask-voc.png"), _folder.File("masks", "b.png"), overwrite: true);
        Assert.AreNotEqual(before, DataSource.Fingerprint(source), "a mask is part of the data");
    }

    [TestMethod]
    [DataRow("a\nA\na\n", DiagnosticCodes.DataNotFound, "no image 'A'")]
    [DataRow("a\na\n", DiagnosticCodes.LabelInvalid, "in line 1 already")]
    [DataRow("../images/a\n", null, "")]
    [DataRow("../set\n", DiagnosticCodes.DataNotFound, "no image '../set'")]
    [DataRow("c\n", DiagnosticCodes.LabelMissing, "'c.jpg' has no mask")]
    public void Open_ImageSetWithAMistake_SaysWhere(string set, string? code, string message)
    {
        Copy("420.jpg", "images/a.jpg");
        Copy("420.jpg", "images/c.jpg");
        Copy("mask8.png", "masks/a.png");
        File.WriteAllText(_folder.File("set.txt"), set);
        File.WriteAllText(_folder.File("set.jpg"), "");
        if (code is null)
        {
            Assert.AreEqual("a.jpg", DataSource.Open(Source("image_set: set.txt", "- color: rgb")).Load(0).Name, "it does not lead out of the folder");
            return;
        }
        StringAssert.Contains(Sources.Error(() => DataSource.Open(Source("image_set: set.txt", "- color: rgb")), code).Message, message);
    }

    [TestMethod]
    public void Load_MaskOfAnotherSizeThanItsImage_IsAnErrorWhenItFollowsIt()
    {
        Copy("420.jpg", "images/a.jpg");
        PngFile.Write(_folder.File("masks", "a.png"), 5, 4, (_, _, _) => 0);
        StringAssert.Contains(Sources.Error(() => DataSource.Open(Source("colors: voc, follow_image: true", "- color: rgb")).Load(0), DiagnosticCodes.LabelInvalid).Message, "5 x 4");
    }

    [TestMethod]
    [DataRow("colors: [[0, 0, 0], [0, 0, 0]]", "given twice")]
    [DataRow("colors: [[0, 0, 0], [0, 0]]", "has 2")]
    [DataRow("colors: [[0, 0, 0], [0, 0, 256]]", "at most 255")]
    [DataRow("colors: cityscapes", "voc")]
    [DataRow("first_class: 1", "no effect with 'masks'")]
    public void Read_WrongMasks_AreNamed(string options, string message)
    {
        var error = Assert.ThrowsExactly<QuantizeException>(() => Source(options, "- color: rgb"));
        Assert.IsTrue(error.Diagnostics.Any(d => d.Message.Contains(message, StringComparison.Ordinal)), error.Message);
    }

    private IDataLoader Loader(string options, string mask, string steps = "- color: rgb")
    {
        PngFile.Write(_folder.File("images", "a.png"), 37, 29, (x, y, c) => (byte)(x + y + c));
        Copy(mask, "masks/a.png");
        return DataSource.Open(Source(options, steps));
    }

    private void Copy(string fixture, string name)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(name.Split('/')))!);
        File.Copy(Fixture.PathOf(fixture), _folder.File(name.Split('/')), overwrite: true);
    }

    private ImageSourceSpecification Source(string options, string steps)
    {
        var path = _folder.File("quantize.yaml");
        File.WriteAllText(path, $$"""
            model: model.onnx
            data:
              validation:
                images: images
                annotations: { masks: masks{{(options.Length > 0 ? ", " + options : "")}} }
                preprocess:
                  {{steps}}
            metrics: [{ name: mean_iou, params: { classes: 21, ignore: 255 } }]
            """);
        return (ImageSourceSpecification)ManifestReader.Read(path).Validation!;
    }
}
