using QuantizeTasks.Diagnostics;
using QuantizeTasks.Drafting;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using DataType = QuantizeTasks.Onnx.Proto.TensorProto.Types.DataType;

namespace QuantizeTasks.Tests.Drafting;

[TestClass]
public sealed class ManifestDraftTests
{
    [TestMethod]
    public void Of_Classifier_KnowsClassesSizeAndLayout()
    {
        var draft = Draft(Convolution([-1, 3, 64, 64]).Node("GlobalAveragePool", ["c"], ["p"]).Node("Flatten", ["p"], ["f"]).Node("Softmax", ["f"], ["y"]).Output("y"));
        Assert.AreEqual((ModelTask.Classification, 8), (draft.Task.Value, draft.Classes));
        Assert.AreEqual(new ImageForm(true, 3, 64, 64), draft.Image!.Value);
        StringAssert.Contains(draft.Task.Reason, "Softmax");
        Assert.AreSame(Normalization.Unit, draft.Normalization.Value);
    }

    [TestMethod]
    public void Of_OpenSize_TakesTheFirstUsualOneThatRuns()
    {
        // 7 x 7 places of 32 pixels are 224; anything else does not fit the weights.
        var draft = Draft(TestModels.Opset(13).Input("x", 1, 3, -1, -1).Random("w", 2, 3, 32, 32).Node("Conv", ["x", "w"], ["c"], n => n.With("strides", 32, 32))
            .Node("Flatten", ["c"], ["f"]).Random("g", 98, 5).Node("MatMul", ["f", "g"], ["y"]).Output("y"));
        Assert.AreEqual(new ImageForm(true, 3, 224, 224), draft.Image!.Value);
        Assert.AreEqual(5, draft.Classes);
        Assert.AreSame(Normalization.ImageNet, draft.Normalization.Value);
        var larger = Draft(TestModels.Opset(13).Input("x", 1, 3, -1, -1).Random("w", 2, 3, 32, 32).Node("Conv", ["x", "w"], ["c"], n => n.With("strides", 32, 32))
            .Node("Flatten", ["c"], ["f"]).Random("g", 200, 5).Node("MatMul", ["f", "g"], ["y"]).Output("y"));
        Assert.AreEqual((320, 5), (larger.Image!.Value.Width, larger.Classes));
    }

    [TestMethod]
    public void Of_TensorFlowLayout_IsChannelsLast()
    {
        var draft = Draft(TestModels.Opset(13).Input("x", 1, 64, 64, 3).Node("Transpose", ["x"], ["t"], n => n.With("perm", 0, 3, 1, 2)).Random("w", 8, 3, 3, 3).Node("Conv", ["t", "w"], ["c"])
            .Node("GlobalAveragePool", ["c"], ["p"]).Node("Flatten", ["p"], ["y"]).Output("y"));
        Assert.IsFalse(draft.Image!.Value.ChannelsFirst);
        Assert.AreEqual((64, 64, 3), (draft.Image.Value.Height, draft.Image.Value.Width, draft.Image.Value.Channels));
    }

    [TestMethod]
    public void Of_ModelThatNormalizesItself_LeavesValuesAlone()
    {
        var draft = Draft(TestModels.Opset(13).Input("x", 1, 3, 64, 64).Floats("mean", [127.5f], 1).Node("Sub", ["x", "mean"], ["n"]).Random("w", 8, 3, 3, 3).Node("Conv", ["n", "w"], ["c"])
            .Node("GlobalAveragePool", ["c"], ["p"]).Node("Flatten", ["p"], ["y"]).Output("y"));
        Assert.AreSame(Normalization.None, draft.Normalization.Value);
        StringAssert.Contains(draft.Normalization.Reason, "Sub");
    }

    [TestMethod]
    public void Of_ScoresAtEveryPlace_Segments()
    {
        var draft = Draft(Convolution([1, 3, 128, 128]).Node("Resize", ["c", "", "", "sizes"], ["y"]).Int64s("sizes", [1, 8, 128, 128]).Output("y"));
        Assert.AreEqual((ModelTask.Segmentation, 8), (draft.Task.Value, draft.Classes));
    }

    [TestMethod]
    public void Of_LargerPicture_IsImageToImage()
    {
        var draft = Draft(TestModels.Opset(13).Input("x", 1, 1, 32, 32).Random("w", 4, 1, 3, 3).Node("Conv", ["x", "w"], ["c"], n => n.With("pads", 1, 1, 1, 1)).Node("DepthToSpace", ["c"], ["y"], n => n.With("blocksize", 2)).Output("y"));
        Assert.AreEqual((ModelTask.ImageToImage, 2), (draft.Task.Value, draft.Scale));
        Assert.IsNull(draft.Image, "labels are pictures, so both go into arrays");
    }

    [TestMethod]
    [DataRow("Identity", ModelTask.Regression)]
    [DataRow("Sigmoid", ModelTask.YesOrNo)]
    public void Of_OneNumber_IsANumberOrADecision(string last, ModelTask task)
    {
        var draft = Draft(TestModels.Opset(13).Input("x", -1, 6).Random("w", 6, 1).Node("MatMul", ["x", "w"], ["m"]).Node(last, ["m"], ["y"]).Output("y"));
        Assert.AreEqual((task, null), (draft.Task.Value, draft.Image));
    }

    [TestMethod]
    public void Of_Spectrogram_IsNoPicture()
    {
        var draft = Draft(TestModels.Opset(13).Input("x", 1, 1, 98, 40).Random("w", 4, 1, 3, 3).Node("Conv", ["x", "w"], ["c"]).Node("GlobalAveragePool", ["c"], ["p"]).Node("Flatten", ["p"], ["y"]).Output("y"));
        Assert.IsNull(draft.Image);
        Assert.AreEqual(ModelTask.Classification, draft.Task.Value);
    }

    [TestMethod]
    public void Of_TextModel_TakesArraysAndIsATransformer()
    {
        var draft = Draft(TestModels.Opset(13).Input("input_ids", DataType.Int64, -1, -1).Random("table", 50, 8).Node("Gather", ["table", "input_ids"], ["e"])
            .Node("Transpose", ["e"], ["t"], n => n.With("perm", 0, 2, 1)).Node("MatMul", ["e", "t"], ["s"]).Node("Softmax", ["s"], ["a"]).Node("MatMul", ["a", "e"], ["y"]).Output("y"));
        Assert.AreEqual(ModelTask.Sequence, draft.Task.Value);
        Assert.IsNotNull(draft.Transformer);
        Assert.IsFalse(draft.NeedsLabels);
    }

    [TestMethod]
    public void Of_UnknownDetector_IsComparedWithTheFloatModel()
    {
        var draft = Draft(Convolution([1, 3, 128, 128]).Node("Relu", ["c"], ["boxes"]).Node("Sigmoid", ["c"], ["scores"]).Output("boxes").Output("scores"));
        Assert.AreEqual(ModelTask.Other, draft.Task.Value);
        StringAssert.Contains(draft.Task.Reason, "boxes, scores");
    }

    [TestMethod]
    public void Of_QuantizedModel_IsRefused()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("m.onnx");
        TestModels.Opset(13).Input("x", 1, 4).Floats("s", [0.1f], 1).Node("QuantizeLinear", ["x", "s"], ["q"]).Node("DequantizeLinear", ["q", "s"], ["y"]).Output("y").Build().Save(path);
        Assert.AreEqual(DiagnosticCodes.AlreadyQuantized, Assert.ThrowsExactly<QuantizeException>(() => ManifestDraft.Of(path)).Diagnostics[0].Code);
    }

    /// <summary>Whatever a model calls its inputs, the manifest is one, and names them.</summary>
    [TestMethod]
    [DataRow("x")]
    [DataRow("a: b # c")]
    [DataRow("\"quoted\" \\ back")]
    [DataRow("two\nlines: 1")]
    [DataRow("- 1")]
    [DataRow("null")]
    [DataRow("12")]
    [DataRow("入力 é")]
    [DataRow("😀")]
    public void Text_AnyInputName_ReadsBack(string name)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("m.onnx");
        TestModels.Opset(13).Input(name, -1, 6).Random("w", 6, 3).Node("MatMul", [name, "w"], ["y"]).Output("y").Build().Save(path);
        var draft = ManifestDraft.Of(path);
        var manifest = folder.File("quantize.yaml");
        File.WriteAllText(manifest, DraftText.Of(draft, folder.Path));
        var read = ManifestReader.Read(manifest);
        Assert.AreEqual(path, read.Model.Value);
        Assert.AreEqual(name, ((TensorSourceSpecification)read.Validation!).Tensors.Keys.Single());
    }

    [TestMethod]
    public void Text_EveryTask_ReadsBackWithItsMetric()
    {
        using var folder = new TemporaryFolder();
        var model = folder.File("m.onnx");
        File.WriteAllText(model, "");
        foreach (var task in Enum.GetValues<ModelTask>())
            foreach (var image in (Guess<ImageForm>?[])[null, new(new ImageForm(false, 1, 128, 96), "r")])
            {
                if (image is null && task == ModelTask.Segmentation)
                    continue;
                var draft = new ManifestDraft { Model = model, Inputs = ["x"], Task = new(task, "r"), Image = image, Classes = 3, Images = "val", Labels = "labels.npy", Transformer = "r", MaximalDrop = 0.25 };
                var path = folder.File($"{task}.yaml");
                File.WriteAllText(path, DraftText.Of(draft, folder.Path));
                var manifest = ManifestReader.Read(path);
                _ = QuantizeTasks.Metrics.MetricFactory.Create(manifest.Metrics.Single());
                Assert.AreEqual(0.25, manifest.Compression.Accuracy.MaximalDrop!.Value);
                Assert.IsTrue(manifest.Compression.IsAccuracyAware);
            }
    }

    [TestMethod]
    public void Text_LinesAndComments_AreNeverTooWide()
    {
        using var folder = new TemporaryFolder();
        var draft = new ManifestDraft { Model = folder.File("m.onnx"), Inputs = ["x"], Task = new(ModelTask.Classification, string.Join(' ', Enumerable.Repeat("reason", 60))), Image = new(new(true, 3, 224, 224), "because") };
        foreach (var line in DraftText.Of(draft, folder.Path).Split('\n'))
            Assert.IsTrue(line.Length <= 115, line);
    }

    [TestMethod]
    public void Labels_BesideImages_AreFound()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("val"));
        Assert.IsNull(LabelGuess.Find(folder.File("val"), ".csv"));
        File.WriteAllText(folder.File("val.csv"), "");
        Assert.AreEqual(folder.File("val.csv"), LabelGuess.Find(folder.File("val") + "/", ".csv")!.Value);
        Directory.CreateDirectory(folder.File("val", "cats"));
        Assert.AreEqual("folders", LabelGuess.Find(folder.File("val"), ".csv")!.Value);
        Assert.IsNull(LabelGuess.Find(folder.File("val"), ".npy"));
        Assert.IsNull(LabelGuess.Find(folder.File("nowhere"), ".csv"));
    }

    private static TestModels Convolution(long[] shape) => TestModels.Opset(13).Input("x", shape).Random("w", 8, 3, 3, 3).Node("Conv", ["x", "w"], ["c"], n => n.With("pads", 1, 1, 1, 1).With("strides", 2, 2));

    private static ManifestDraft Draft(TestModels model)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("m.onnx");
        model.Build().Save(path);
        return ManifestDraft.Of(path);
    }
}
