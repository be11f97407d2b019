using System.Globalization;
using System.Text;
using QuantizeTasks.Data;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Tests.Data;

/// <summary>Files that name images and say what is in them: COCO, Pascal VOC and lists.</summary>
[TestClass]
public sealed class AnnotationTests : IDisposable
{
    private const string Coco = """
        {
          "info": { "description": "x", "nested": [ { "a": [1, 2, { "b": null } ] } ] },
          "annotations": [
            { "id": 1, "image_id": 20, "category_id": 90, "bbox": [4, 2, 8, 6], "area": 30.5, "iscrowd": 0, "segmentation": [[4, 2, 12.5, 2, 12, 8]] },
            { "id": 2, "image_id": 20, "category_id": 3, "bbox": [0.5, 0, 2, 2], "iscrowd": 1, "segmentation": { "counts": [1, 2], "size": [16, 16] } }
          ],
          "images": [ { "id": 20, "file_name": "b.png", "width": 16 }, { "file_name": "sub/a.png", "id": 7 } ],
          "categories": [ { "id": 3, "name": "car" }, { "id": 90, "name": "toothbrush" } ]
        }
        """;

    private const string Voc = """
        <?xml version="1.0"?>
        <annotation>
          <folder>VOC2007</folder><filename>b.png</filename>
          <object><name>dog</name><difficult>0</difficult><bndbox><xmin>5</xmin><ymin>3</ymin><xmax>12</xmax><ymax>8.5</ymax></bndbox><part><name>head</name></part></object>
          <object><name>aeroplane</name><difficult>1</difficult><bndbox><ymax>4</ymax><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax></bndbox></object>
        </annotation>
        """;

    private readonly TemporaryFolder _folder = new();

    public AnnotationTests()
    {
        foreach (var name in (string[])["images/b.png", "images/sub/a.png", "images/c.png"])
            PngFile.Write(_folder.File(name.Split('/')), 16, 12, (x, y, c) => (byte)(x + y + c));
    }

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    public void Load_Coco_ImagesInOrderOfTheirIdsWithBoxes()
    {
        Write("a.json", Coco);
        var loader = Open(Of(AnnotationFormat.Coco, "a.json"));
        Assert.AreEqual("sub/a.png:", Text(loader.Load(0)));
        Assert.AreEqual("b.png: 1 4 2 12 8 False 30.5; 0 0.5 0 2.5 2 True 4", Text(loader.Load(1)));
        Assert.AreEqual(2, loader.Count);
        Assert.AreEqual("b.png: 90 4 2 12 8 False 30.5; 3 0.5 0 2.5 2 True 4", Text(Open(Of(AnnotationFormat.Coco, "a.json") with { ByCategoryId = true }).Load(1)));
        Assert.AreEqual("b.png: 2 4 2 12 8 False 30.5; 1 0.5 0 2.5 2 True 4", Text(Open(Of(AnnotationFormat.Coco, "a.json") with { FirstClass = 1 }).Load(1)));
    }

    [TestMethod]
    public void Load_CocoWithAByteOrderMarkAndABigOutline_IsStreamed()
    {
        var outline = string.Join(',', Enumerable.Range(0, 60_000).Select(i => i.ToString(CultureInfo.InvariantCulture)));
        File.WriteAllText(_folder.File("a.json"), Coco.Replace("[4, 2, 12.5, 2, 12, 8]", $"[{outline}]", StringComparison.Ordinal), new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        Assert.AreEqual("b.png: 1 4 2 12 8 False 30.5; 0 0.5 0 2.5 2 True 4", Text(Open(Of(AnnotationFormat.Coco, "a.json")).Load(1)));
    }

    [TestMethod]
    public void Load_Voc_CountsFromZero()
    {
        Write("voc/b.xml", Voc);
        Write("voc/a.xml", Voc.Replace("b.png", "sub/a.png", StringComparison.Ordinal).Replace("dog", "cat", StringComparison.Ordinal));
        var loader = Open(Of(AnnotationFormat.Voc, "voc"));
        Assert.AreEqual("sub/a.png: 7 4 2 11 7.5 False 38.5; 0 0 0 1 3 True 3", Text(loader.Load(0)));
        Assert.AreEqual("b.png: 11 4 2 11 7.5 False 38.5; 0 0 0 1 3 True 3", Text(loader.Load(1)));
        Write("set.txt", "b  1\n\n");
        loader = Open(Of(AnnotationFormat.Voc, "voc") with { ImageSet = Located("set.txt"), Classes = [new("dog", Sources.Here), new("aeroplane", Sources.Here)], FirstClass = 1 });
        Assert.AreEqual(1, loader.Count);
        Assert.AreEqual("b.png: 1 4 2 11 7.5 False 38.5; 2 0 0 1 3 True 3", Text(loader.Load(0)));
    }

    [TestMethod]
    [DataRow("\"image_id\": 20, \"category_id\": 90", "\"image_id\": 21, \"category_id\": 90", DiagnosticCodes.LabelInvalid, "image 21", 4)]
    [DataRow("\"category_id\": 3", "\"category_id\": 4", DiagnosticCodes.LabelInvalid, "category 4", 5)]
    [DataRow("[4, 2, 8, 6]", "[4, 2, 8]", DiagnosticCodes.LabelInvalid, "bbox", 4)]
    [DataRow("[4, 2, 8, 6]", "[4, 2, -8, 6]", DiagnosticCodes.LabelInvalid, "negative", 4)]
    [DataRow("[4, 2, 8, 6]", "[4, 2, 8, 1e999]", DiagnosticCodes.LabelInvalid, "finite", 4)]
    [DataRow("[4, 2, 8, 6]", "[4, 2, 8, 6, 1]", DiagnosticCodes.LabelInvalid, "bbox", 4)]
    [DataRow("[4, 2, 8, 6]", "{}", DiagnosticCodes.LabelInvalid, "must be a list", 4)]
    [DataRow("\"image_id\": 20, \"category_id\": 90", "\"image_id\": 20.5, \"category_id\": 90", DiagnosticCodes.LabelInvalid, "whole number", 4)]
    [DataRow("\"id\": 7", "\"id\": 20", DiagnosticCodes.LabelInvalid, "twice", 7)]
    [DataRow("\"b.png\"", "\"nowhere.png\"", DiagnosticCodes.DataNotFound, "nowhere.png", 7)]
    [DataRow("\"b.png\"", "\"../a.json\"", DiagnosticCodes.DataNotFound, "a.json", 7)]
    [DataRow("\"categories\"", "\"classes\"", DiagnosticCodes.LabelInvalid, "categories", 9)]
    [DataRow("\"categories\"", "categories", DiagnosticCodes.DataUnreadable, "not valid JSON", 8)]
    public void Open_CocoWithAMistake_SaysWhere(string old, string replacement, string code, string message, int line)
    {
        Write("a.json", Coco.Replace(old, replacement, StringComparison.Ordinal));
        var error = Assert.ThrowsExactly<QuantizeException>(() => Open(Of(AnnotationFormat.Coco, "a.json"))).Diagnostics.Single();
        Assert.AreEqual(code, error.Code, error.ToString());
        StringAssert.Contains(error.Message, message);
        Assert.AreEqual((_folder.File("a.json"), line), (error.Position!.Value.File, error.Position.Value.Line), error.ToString());
    }

    [TestMethod]
    [DataRow("<name>dog</name>", "<name>dgo</name>", DiagnosticCodes.LabelInvalid, "Did you mean 'dog'?")]
    [DataRow("<xmin>5</xmin>", "", DiagnosticCodes.LabelInvalid, "'xmin' is missing")]
    [DataRow("<xmin>5</xmin>", "<xmin>50</xmin>", DiagnosticCodes.LabelInvalid, "ends before it begins")]
    [DataRow("<xmin>5</xmin>", "<xmin>NaN</xmin>", DiagnosticCodes.LabelInvalid, "no finite number")]
    [DataRow("</annotation>", "", DiagnosticCodes.DataUnreadable, "not valid XML")]
    [DataRow("<annotation>", "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><annotation>", DiagnosticCodes.DataUnreadable, "DTD")]
    [DataRow("<filename>b.png</filename>", "<filename>../../a</filename>", DiagnosticCodes.DataNotFound, "There is no image")]
    public void Open_VocWithAMistake_SaysWhere(string old, string replacement, string code, string message)
    {
        Write("voc/b.xml", Voc.Replace(old, replacement, StringComparison.Ordinal));
        var error = Assert.ThrowsExactly<QuantizeException>(() => Open(Of(AnnotationFormat.Voc, "voc"))).Diagnostics.Single();
        Assert.AreEqual(code, error.Code, error.ToString());
        StringAssert.Contains(error.Message, message);
        Assert.AreEqual(_folder.File("voc", "b.xml"), error.Position!.Value.File);
    }

    [TestMethod]
    [DataRow(AnnotationFormat.Coco, "a.json")]
    [DataRow(AnnotationFormat.Voc, "voc/b.xml")]
    public void Open_DamagedFile_OpensOrReports(AnnotationFormat format, string name)
    {
        Write(name, "");
        var refused = Mutations.Count(Encoding.UTF8.GetBytes(format == AnnotationFormat.Coco ? Coco : Voc), 400, bytes =>
        {
            File.WriteAllBytes(_folder.File(name), bytes);
            var loader = Open(Of(format, name.Split('/')[0]));
            for (var i = 0; i < loader.Count; i++)
                loader.Load(i);
        });

        Assert.IsGreaterThan(100, refused);
    }

    [TestMethod]
    [DataRow("b.png 1\nb.png 2\n", DiagnosticCodes.LabelInvalid, "in line 1 already")]
    [DataRow("b.png\n", DiagnosticCodes.LabelInvalid, "a space")]
    [DataRow("b.png -1\n", DiagnosticCodes.LabelInvalid, "index of its class")]
    [DataRow("/etc/passwd 1\n", DiagnosticCodes.DataNotFound, "passwd")]
    [DataRow("\n \n", DiagnosticCodes.TooFewSamples, "names no image")]
    public void Open_ListWithAMistake_SaysWhere(string text, string code, string message)
    {
        Write("list.txt", text);
        var error = Assert.ThrowsExactly<QuantizeException>(() => Open(Of(AnnotationFormat.ImageNet, "list.txt"))).Diagnostics.Single();
        Assert.AreEqual(code, error.Code, error.ToString());
        StringAssert.Contains(error.Message, message);
    }

    [TestMethod]
    public void Load_Steps_MoveTheWayBackToTheImage()
    {
        Write("a.json", Coco);
        // 16 x 12 -> 32 x 24 -> the middle 20 x 20 -> 26 x 24: x = 2x - 6 + 3, y = 2y - 2 + 2.
        var label = DetectionLabel.From(Open(Of(AnnotationFormat.Coco, "a.json"),
            new ResizeStep(Sources.Here, null, 32, 24, ResizeMethod.Bilinear, true), new CenterCropStep(Sources.Here, 20, 20), new PadToStep(Sources.Here, 26, 24, 0), new DivideStep(Sources.Here, 255)).Load(1).Label!)!;
        Assert.AreEqual((16.0, 12.0, 26.0, 24.0), (label.ImageWidth, label.ImageHeight, label.InputWidth, label.InputHeight));
        Assert.AreEqual((2.0, 2.0, -3.0, 0.0), (label.ScaleX, label.ScaleY, label.OffsetX, label.OffsetY));
    }

    [TestMethod]
    public void Fingerprint_AnnotationsChange_IsAnother()
    {
        Write("a.json", Coco);
        var source = Source(Of(AnnotationFormat.Coco, "a.json"));
        var before = DataSource.Fingerprint(source);
        Assert.AreNotEqual(before, DataSource.Fingerprint(Source(Of(AnnotationFormat.Coco, "a.json") with { FirstClass = 1 })));
        Write("a.json", Coco.Replace("30.5", "31.5", StringComparison.Ordinal));
        Assert.AreNotEqual(before, DataSource.Fingerprint(source));
        CollectionAssert.Contains(DataSource.Files(source).ToArray(), _folder.File("a.json"));
    }

    private AnnotationSpecification Of(AnnotationFormat format, string path) => new(format, Located(path), null, [], 0, false);

    private Located<string> Located(string path) => new(_folder.File(path), Sources.Here);

    private ImageSourceSpecification Source(AnnotationSpecification annotations, params PreprocessStep[] steps) => new(Sources.Here, Located("images"), null, null, [.. steps]) { Annotations = annotations };

    private IDataLoader Open(AnnotationSpecification annotations, params PreprocessStep[] steps) => DataSource.Open(Source(annotations, steps));

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(name))!);
        File.WriteAllText(_folder.File(name), text);
    }

    private static string Text(Sample sample)
    {
        var boxes = DetectionLabel.From(sample.Label!)!.Boxes.Select(b => string.Create(CultureInfo.InvariantCulture, $"{b.Class} {b.X1} {b.Y1} {b.X2} {b.Y2} {b.IsIgnored} {b.Area}"));
        return $"{sample.Name}: {string.Join("; ", boxes)}".TrimEnd();
    }
}
