using QuantizeTasks.Diagnostics;
using QuantizeTasks.Tests;

namespace QuantizeTasks.Manifest;

/// <summary>Paths, data sources, preprocessing and notations of a manifest.</summary>
[TestClass]
public sealed class ManifestReaderTests
{
    [TestMethod]
    public void Parse_EveryStep_IsReadInTheWrittenOrder()
    {
        var manifest = ManifestTexts.Read(ManifestTexts.Fill("validation", """
            { images: v, preprocess: [
                { resize: { shorter: 256 } }, { resize: { width: 3, height: 4, method: area, antialias: false } }, { center_crop: 224 }, { center_crop: { width: 5, height: 6 } },
                { central_fraction: 0.875 }, { pad_to: { width: 7, height: 8 } }, { pad_to: { width: 7, height: 8, value: -1.5 } }, { color: bgr }, { divide: 255 },
                { normalize: { mean: [1, 2, 3], std: [4, 5, 6] } }, { normalize: { mean: 127.5, std: [1, 2, 3] } }, { layout: nhwc }, { layout: nchw } ] }
            """));
        var steps = ((ImageSourceSpecification)manifest.Validation!).Preprocess.Select(s => s with { Position = default }).ToArray();
        Assert.AreEqual(new ResizeStep(default, 256, null, null, ResizeMethod.Bilinear, Antialias: true), steps[0]);
        Assert.AreEqual(new ResizeStep(default, null, 3, 4, ResizeMethod.Area, Antialias: false), steps[1]);
        Assert.AreEqual(new CenterCropStep(default, 224, 224), steps[2]);
        Assert.AreEqual(new CenterCropStep(default, 5, 6), steps[3]);
        Assert.AreEqual(new CentralFractionStep(default, 0.875), steps[4]);
        Assert.AreEqual(new PadToStep(default, 7, 8, 0), steps[5]);
        Assert.AreEqual(new PadToStep(default, 7, 8, -1.5f), steps[6]);
        Assert.AreEqual(new ColorStep(default, ColorOrder.Bgr), steps[7]);
        Assert.AreEqual(new DivideStep(default, 255), steps[8]);
        CollectionAssert.AreEqual(new float[] { 1, 2, 3 }, ((NormalizeStep)steps[9]).Mean);
        CollectionAssert.AreEqual(new float[] { 4, 5, 6 }, ((NormalizeStep)steps[9]).Std);
        CollectionAssert.AreEqual(new[] { 127.5f, 127.5f, 127.5f }, ((NormalizeStep)steps[10]).Mean, "one number stands for all channels");
        CollectionAssert.AreEqual(new float[] { 1, 2, 3 }, ((NormalizeStep)steps[10]).Std);
        Assert.AreEqual(new LayoutStep(default, ChannelsFirst: false), steps[11]);
        Assert.AreEqual(new LayoutStep(default, ChannelsFirst: true), steps[12]);
    }

    [TestMethod]
    [DataRow("1e-3", 1e-3)]
    [DataRow(".5", 0.5)]
    [DataRow("5.", 5.0)]
    [DataRow("+0.25", 0.25)]
    [DataRow("-1", -1.0)]
    [DataRow("007", 7.0)]
    [DataRow("1E+2", 100.0)]
    [DataRow("0", 0.0)]
    [DataRow("0.1000000000000000055511151231257827", 0.1)]
    public void Parse_NumberNotation_IsReadWithoutCulture(string text, double expected) =>
        Assert.AreEqual(expected, ManifestTexts.Read(ManifestTexts.Fill("params", "maximal_drop: " + text)).Compression.Accuracy.MaximalDrop!.Value);

    [TestMethod]
    [DataRow("m.onnx", "m.int8.onnx")]
    [DataRow("models/a/m.onnx", "models/a/m.int8.onnx")]
    [DataRow("models/../m.onnx", "m.int8.onnx")]
    [DataRow("../m.onnx", "m.int8.onnx")]
    [DataRow("..m/m.onnx", "..m/m.int8.onnx")]
    [DataRow("/elsewhere/m.v1.onnx", "m.v1.int8.onnx")]
    [DataRow("dir.d/model", "dir.d/model.int8")]
    public void Parse_NoOutput_FollowsTheModelsPath(string model, string output) =>
        Assert.AreEqual(output, ManifestTexts.Read(ManifestTexts.Fill("model", "model: " + model)).Output.Value);

    [TestMethod]
    [DataRow("./a//b/./m.onnx", "a/b/m.onnx")]
    [DataRow("a\\b\\m.onnx", "a/b/m.onnx")]
    [DataRow("..a/m..onnx", "..a/m..onnx")]
    public void Parse_Output_HasForwardSlashes(string written, string output) =>
        Assert.AreEqual(output, ManifestTexts.Read(ManifestTexts.Fill("top", "output: " + written)).Output.Value);

    [TestMethod]
    public void Parse_DefaultQuantizationWithoutMetrics_NeedsNoValidationData()
    {
        var manifest = ManifestTexts.Read("model: m.onnx\ndata: { calibration: { images: c } }\ncompression: { algorithms: [{ name: DefaultQuantization }] }");
        Assert.IsNull(manifest.Validation);
        Assert.IsEmpty(manifest.Metrics);
    }

    [TestMethod]
    public void Parse_MetricsAmongTheParameters_AreRead()
    {
        var manifest = ManifestTexts.Read("model: m.onnx\ndata: { validation: { images: v } }\ncompression: { algorithms: [{ name: AccuracyAwareQuantization, params: { metrics: [{ name: psnr }] } }] }");
        Assert.AreEqual("psnr", manifest.Metrics.Single().Name.Value);
    }

    [TestMethod]
    [DataRow("None")]
    [DataRow("null")]
    [DataRow("~")]
    [DataRow("'None'")]
    public void Parse_ModelTypeNone_IsNull(string text) => Assert.IsNull(ManifestTexts.Read(ManifestTexts.Fill("compression", $"{{ model_type: {text} }}")).Compression.ModelType);

    [TestMethod]
    public void Parse_JsonSpelling_IsRead() => Assert.AreEqual(0.25, ManifestTexts.Read("""
        {
            "model": "m.onnx",
            "data": { "validation": { "images": "val" } },
            "metrics": [ { "name": "accuracy@top1" } ],
            "compression": { "target_device": "CPU", "algorithms": [ { "name": "AccuracyAwareQuantization", "params": { "preset": "mixed", "maximal_drop": 0.25 } } ] }
        }
        """).Compression.Accuracy.MaximalDrop!.Value);

    [TestMethod]
    public void Parse_AliasForAWholeValue_IsItsContent()
    {
        var manifest = ManifestTexts.Read("""
            model: m.onnx
            data:
              validation: { images: v, preprocess: &steps [{ color: gray }, { layout: nhwc }] }
              calibration: { images: c, preprocess: *steps }
            metrics: [{ name: psnr }]
            """);
        CollectionAssert.AreEqual(((ImageSourceSpecification)manifest.Validation!).Preprocess, ((ImageSourceSpecification)manifest.Calibration).Preprocess);
        Assert.HasCount(2, ((ImageSourceSpecification)manifest.Calibration).Preprocess);
    }

    [TestMethod]
    [DataRow("cifar10_resnet8", "quantize.yaml")]
    [DataRow("imagenet_mobilenetv2", "quantize.yaml")]
    [DataRow("imagenet_mobilenetv2", "quantize.pertensor.yaml")]
    [DataRow("fer2013_minixception", "quantize.yaml")]
    [DataRow("speechcmd_kwt1", "quantize.yaml")]
    [DataRow("superres_x3", "quantize.yaml")]
    [DataRow("coco_espnetv2_seg", "quantize.yaml")]
    public void Read_CaseManifest_NamesFilesThatAreThere(string name, string file)
    {
        var manifest = ManifestReader.Read(Cases.PathOf(name, file));
        Assert.IsTrue(File.Exists(manifest.Model.Value));
        foreach (var source in new[] { manifest.Validation!, manifest.Calibration })
        {
            IEnumerable<Located<string>?> files = source is ImageSourceSpecification images ? [images.Images, images.Labels] : [.. ((TensorSourceSpecification)source).Tensors.Values, ((TensorSourceSpecification)source).Labels];
            foreach (var path in files.OfType<Located<string>>())
                Assert.IsTrue(Path.Exists(path.Value), path.Value);
        }

        Assert.AreEqual(30, manifest.Compression.Accuracy.MaxIterNum);
        Assert.AreEqual(file.Contains("pertensor", StringComparison.Ordinal) ? "pertensor" : null, manifest.Compression.Quantization.Weights.Granularity?.Value);
    }
}
