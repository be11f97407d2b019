using System.Text;
using QuantizeTasks.Drafting;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Tests;

[TestClass]
public sealed class InitCommandTests
{
    [TestMethod]
    public void Init_Piped_GuessesWritesAndSaysWhatIsNext()
    {
        using var tool = new ToolRun { Draft = Classifier, Input = Stream.Null };
        Assert.AreEqual(0, tool.Run("init", "models/mobilenet.onnx", "-o", "new.yaml"), tool.Error);
        Assert.AreEqual(tool.PathOf("new.yaml") + "\n", tool.Out);
        StringAssert.Contains(tool.Error, "task: classification (because)");
        StringAssert.Contains(tool.Error, "Fill in where the data are (FILL IN in new.yaml)");
        StringAssert.Contains(tool.Error, "dotnet quantize run new.yaml");
        var manifest = ManifestReader.Read(tool.PathOf("new.yaml"));
        Assert.AreEqual(tool.PathOf("models/mobilenet.onnx"), manifest.Model.Value);
        Assert.AreEqual("accuracy@top1", manifest.Metrics.Single().Name.Value);
    }

    [TestMethod]
    public void Init_Data_IsWrittenAndTried()
    {
        using var tool = new ToolRun { Draft = Classifier, Input = Stream.Null, Trial = draft => draft with { Normalization = new(Normalization.Symmetric, "tried") } };
        tool.Write("data/val/a.png", "");
        tool.Write("data/val.csv", "file,label\na.png,1\n");
        Assert.AreEqual(0, tool.Run("init", "models/mobilenet.onnx", "-o", "sub.yaml", "--images", "data/val", "--maximal-drop", "0.02"), tool.Error);
        var manifest = ManifestReader.Read(tool.PathOf("sub.yaml"));
        var source = (ImageSourceSpecification)manifest.Validation!;
        Assert.AreEqual((tool.PathOf("data/val"), tool.PathOf("data/val.csv")), (source.Images.Value, source.Labels!.Value));
        Assert.AreEqual(0.02, manifest.Compression.Accuracy.MaximalDrop!.Value);
        StringAssert.Contains(File.ReadAllText(tool.PathOf("sub.yaml")), "images: data/val\n");
        Assert.DoesNotContain("path/to", File.ReadAllText(tool.PathOf("sub.yaml")));
        StringAssert.Contains(tool.Error, "values: symmetric (tried)");
        StringAssert.Contains(tool.Error, "Check the guesses in sub.yaml.");
    }

    [TestMethod]
    public void Init_OnATerminal_AsksAndTakesAnswers()
    {
        using var tool = new ToolRun { Draft = Classifier, InputIsTyped = true, ErrorIsTerminal = true, Input = Typed("", "nhwcc", "nhwc", "none", "photos", "folders", "lots", "0.1") };
        Assert.AreEqual(0, tool.Run("init", "models/mobilenet.onnx", "-o", "new.yaml"), tool.Error);
        StringAssert.Contains(tool.Error, "'nhwcc' is none of them. Did you mean 'nhwc'?");
        StringAssert.Contains(tool.Error, "'lots' is no number.");
        var manifest = ManifestReader.Read(tool.PathOf("new.yaml"));
        var source = (ImageSourceSpecification)manifest.Validation!;
        Assert.AreEqual((tool.PathOf("photos"), "folders"), (source.Images.Value, source.Labels!.Value));
        Assert.IsFalse(source.Preprocess.OfType<LayoutStep>().Single().ChannelsFirst);
        Assert.IsEmpty(source.Preprocess.OfType<NormalizeStep>());
        Assert.AreEqual(0.1, manifest.Compression.Accuracy.MaximalDrop!.Value);
    }

    [TestMethod]
    public void Init_DetectorOnATerminal_AsksForItsBoxes()
    {
        using var tool = new ToolRun
        {
            Draft = model => Classifier(model) with { Task = new(ModelTask.Detection, "because"), Boxes = new(new("yolo", [("classes: 3", null)], true), "because") },
            InputIsTyped = true, ErrorIsTerminal = true, Input = Typed("", "", "", "photos", "boxes.json", ""),
        };
        Assert.AreEqual(0, tool.Run("init", "models/mobilenet.onnx", "-o", "new.yaml"), tool.Error);
        StringAssert.Contains(tool.Error, "COCO's .json with boxes, or the folder of Pascal VOC's .xml files");
        StringAssert.Contains(tool.Error, "boxes: yolo");
        var manifest = ManifestReader.Read(tool.PathOf("new.yaml"));
        Assert.AreEqual((AnnotationFormat.Coco, tool.PathOf("boxes.json")), (((ImageSourceSpecification)manifest.Validation!).Annotations!.Format, ((ImageSourceSpecification)manifest.Validation!).Annotations!.Path.Value));
        Assert.AreEqual(("map", "yolo"), (manifest.Metrics.Single().Name.Value, manifest.Metrics.Single().Parameters["decoding"].Value));
    }

    [TestMethod]
    public void Init_InputEnds_TakesTheGuesses()
    {
        using var tool = new ToolRun { Draft = Classifier, InputIsTyped = true, ErrorIsTerminal = true, Input = Typed() };
        Assert.AreEqual(0, tool.Run("init", "models/mobilenet.onnx", "-o", "new.yaml"), tool.Error);
        using var piped = new ToolRun { Draft = Classifier, Input = Stream.Null };
        piped.Run("init", "models/mobilenet.onnx", "-o", "new.yaml");
        Assert.AreEqual(File.ReadAllText(piped.PathOf("new.yaml")), File.ReadAllText(tool.PathOf("new.yaml")));
    }

    [TestMethod]
    public void Init_Yes_AsksNothing()
    {
        using var tool = new ToolRun { Draft = Classifier, InputIsTyped = true, ErrorIsTerminal = true };
        Assert.AreEqual(0, tool.Run("init", "models/mobilenet.onnx", "-o", "new.yaml", "--yes"), tool.Error);
    }

    [TestMethod]
    public void Init_Cancelled_WritesNothing()
    {
        using var tool = new ToolRun { Draft = Classifier, InputIsTyped = true, ErrorIsTerminal = true, Input = Typed("") };
        tool.Cancel();
        Assert.AreEqual(130, tool.Run("init", "models/mobilenet.onnx", "-o", "new.yaml"));
        Assert.IsFalse(File.Exists(tool.PathOf("new.yaml")));
    }

    [TestMethod]
    public void Init_ManifestIsThere_IsNotOverwrittenUnlessForced()
    {
        using var tool = new ToolRun { Draft = Classifier };
        var before = File.ReadAllText(tool.PathOf("quantize.yaml"));
        Assert.AreEqual(1, tool.Run("init", "models/mobilenet.onnx", "--yes"));
        StringAssert.Contains(tool.Error, "error QTZ7122: ");
        StringAssert.Contains(tool.Error, "-o mobilenet.quantize.yaml");
        Assert.AreEqual(before, File.ReadAllText(tool.PathOf("quantize.yaml")));
        Assert.AreEqual(0, tool.Run("init", "models/mobilenet.onnx", "--yes", "--force"), tool.Error);
        Assert.AreNotEqual(before, File.ReadAllText(tool.PathOf("quantize.yaml")));
    }

    [TestMethod]
    public void Init_ToStandardOutput_PrintsTheManifestAlone()
    {
        using var tool = new ToolRun { Draft = Classifier, InputIsTyped = true, ErrorIsTerminal = true };
        Assert.AreEqual(0, tool.Run("init", "models/mobilenet.onnx", "-o", "-"), tool.Error);
        StringAssert.StartsWith(tool.Out, "# Written by `dotnet quantize init`.");
        StringAssert.Contains(tool.Out, "\nmodel: models/mobilenet.onnx\n");
        Assert.AreEqual("", tool.Error);
    }

    [TestMethod]
    public void Init_Tensors_AreNamedByInput()
    {
        using var tool = new ToolRun { Draft = model => Classifier(model) with { Image = null, Inputs = ["ids", "mask"] }, Input = Stream.Null };
        Assert.AreEqual(0, tool.Run("init", "models/mobilenet.onnx", "-o", "new.yaml", "--tensor", "ids=a.npy", "--tensor", "mask=b.npy"), tool.Error);
        var source = (TensorSourceSpecification)ManifestReader.Read(tool.PathOf("new.yaml")).Validation!;
        Assert.AreEqual(tool.PathOf("b.npy"), source.Tensors["mask"].Value);
        Assert.AreEqual(2, tool.Run("init", "models/mobilenet.onnx", "-o", "n.yaml", "--tensor", "maks=a.npy"));
        StringAssert.Contains(tool.Error, "Did you mean 'mask'?");
        Assert.AreEqual(1, tool.Run("init", "models/mobilenet.onnx", "-o", "n.yaml", "--tensor", "a.npy"));
    }

    /// <summary>A draft of whatever it is, with the inputs that examples name.</summary>
    internal static ManifestDraft Any(string model) => Classifier(model) with { Inputs = ["x", "input_ids", "attention_mask"] };

    private static MemoryStream Typed(params string[] answers) => new(Encoding.UTF8.GetBytes(string.Concat(answers.Select(a => a + "\n"))));

    private static ManifestDraft Classifier(string model) => new()
    {
        Model = model,
        Inputs = ["x"],
        Task = new(ModelTask.Classification, "because"),
        Classes = 10,
        Image = new(new ImageForm(true, 3, 224, 224), "so it says"),
        Normalization = new(Normalization.ImageNet, "usual"),
    };
}
