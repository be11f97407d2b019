using System.Globalization;
using QuantizeTasks.Data;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Reporting;
using QuantizeTasks.Tests.Data;

namespace QuantizeTasks.Tests.Pot;

/// <summary>Segmentation from configurations of the Post-training Optimization Tool.</summary>
[TestClass]
public sealed class PotSegmentationTests : IDisposable
{
    private const string Voc = """{ "converter": "voc_segmentation", "imageset_file": "VOC/ImageSets/Segmentation/val.txt", "images_dir": "images" }""";
    private const string Encoded = """{ "type": "encode_segmentation_mask", "apply_to": "annotation" }""";
    private const string Resized = """{ "type": "resize_segmentation_mask", "apply_to": "annotation", "to_dst_image_size": true }, """ + Encoded;

    private readonly PotProject _project = new();

    public void Dispose() => _project.Dispose();

    [TestMethod]
    public void Read_VocSegmentation_IsAnImageSetWithMasksInItsColours()
    {
        var source = (ImageSourceSpecification)Read(Voc, Resized).Validation!;
        var masks = source.Annotations!;
        Assert.AreEqual((AnnotationFormat.Masks, _project.Path("VOC", "SegmentationClass"), _project.Path("VOC", "ImageSets", "Segmentation", "val.txt"), true), (masks.Format, masks.Path.Value, masks.ImageSet!.Value, masks.FollowsImage));
        // The first and the last of the development kit's table.
        Assert.AreEqual("000000 800000 008000 808000 000080 004080", string.Join(' ', masks.Colors.Take(5).Append(masks.Colors[^1]).Select(c => c.ToString("X6", CultureInfo.InvariantCulture))));
        Assert.HasCount(21, masks.Colors);
        Assert.AreEqual(_project.Path("SegmentationClass"), ((ImageSourceSpecification)Read(Voc.Replace("VOC/ImageSets/Segmentation/", "a/b/", StringComparison.Ordinal), Encoded).Validation!).Annotations!.Path.Value);
        Assert.AreEqual(Path.GetFullPath(_project.Path("..", "SegmentationClass")), ((ImageSourceSpecification)Read(Voc.Replace("VOC/ImageSets/Segmentation/", "a/", StringComparison.Ordinal), Encoded).Validation!).Annotations!.Path.Value);
        Assert.AreEqual(_project.Path("m"), ((ImageSourceSpecification)Read(Voc.Replace("\"images_dir\": \"images\"", "\"mask_dir\": \"m\"", StringComparison.Ordinal), Encoded).Validation!).Annotations!.Path.Value);
    }

    [TestMethod]
    public void Read_VocSegmentationWithAMetaFile_HasItsClassesAndColours()
    {
        _project.Write("meta.json", """{ "label_map": { "0": "background", "1": "road" }, "background_label": 0, "segmentation_colors": [[1, 2, 3], [255, 0, 16]] }""");
        var manifest = Read(Voc.Replace("\"images_dir\": \"images\"", "\"dataset_meta_file\": \"meta.json\"", StringComparison.Ordinal), Encoded);
        CollectionAssert.AreEqual(new[] { 0x010203, 0xFF0010 }, ((ImageSourceSpecification)manifest.Validation!).Annotations!.Colors.ToArray());
        Assert.AreEqual(2L, manifest.Metrics.Single().Parameters["classes"].Value);
    }

    [TestMethod]
    public void Read_CommonSegmentation_HasMasksByName()
    {
        _project.Write("meta.json", """{ "labels": ["background", "road", "sky"] }""");
        var source = (ImageSourceSpecification)Read("""{ "converter": "common_semantic_segmentation", "images_dir": "images", "masks_dir": "masks", "dataset_meta_file": "meta.json" }""", "").Validation!;
        Assert.AreEqual((AnnotationFormat.Masks, _project.Path("masks"), null, 0, false), (source.Annotations!.Format, source.Annotations.Path.Value, source.Annotations.ImageSet, source.Annotations.Colors.Length, source.Annotations.FollowsImage));
    }

    [TestMethod]
    [DataRow("""{ "type": "mean_iou" }""", "segmentation", "mean_iou", "average=seen classes=21 ignore=255")]
    [DataRow("""{ "type": "mean_iou", "ignore_label": 255 }""", "segmentation", "mean_iou", "average=seen classes=21 ignore=255")]
    [DataRow("""{ "type": "mean_iou", "ignore_label": 0 }""", "segmentation", "mean_iou", "average=seen classes=21 ignore=0,255 ignore_predicted=True")]
    [DataRow("""{ "type": "mean_accuracy" }""", "segmentation", "mean_accuracy", "classes=21 ignore=255")]
    [DataRow("""{ "type": "segmentation_accuracy", "use_argmax": false }""", "segmentation", "pixel_accuracy", "classes=21 ignore=255 predictions=classes")]
    [DataRow("""{ "type": "mean_iou", "use_argmax": false }""", "{ \"type\": \"segmentation\", \"make_argmax\": true }", "mean_iou", "average=seen classes=21 ignore=255")]
    public void Read_MetricsOfMasks_CountAsTheCheckerDoes(string metric, string adapter, string name, string expected)
    {
        var actual = Read(Voc, Encoded, metric, adapter.StartsWith('{') ? adapter : $"\"{adapter}\"").Metrics.Single();
        Assert.AreEqual(name, actual.Name.Value);
        Assert.AreEqual(expected, string.Join(' ', actual.Parameters.Select(p => $"{p.Key}={(p.Value.Value is System.Collections.Immutable.ImmutableArray<object> list ? string.Join(',', list) : p.Value.Value)}")));
    }

    [TestMethod]
    public void Read_ModelWithChannelsLast_HasClassesInTheLastAxis()
    {
        PotProject.Model(3, channelsLast: true).Save(_project.Path("model.onnx"));
        Assert.AreEqual(-1L, Read(Voc, Encoded).Metrics.Single().Parameters["axis"].Value);
    }

    [TestMethod]
    [DataRow(Voc, """{ "type": "resize_segmentation_mask", "apply_to": "prediction" }""", "only annotation is supported")]
    [DataRow(Voc, """{ "type": "resize_segmentation_mask" }""", "needs 'apply_to: annotation'")]
    [DataRow(Voc, """{ "type": "crop_or_pad" }""", "The postprocessing 'crop_or_pad' is not supported with masks")]
    [DataRow("""{ "converter": "voc_segmentation" }""", Encoded, "'datasets[0].annotation_conversion.imageset_file' is missing")]
    [DataRow("""{ "converter": "voc_segmentation", "imageset_file": "a", "labelmap_file": "b" }""", Encoded, "The key 'labelmap_file'")]
    public void Read_WhatIsNotSupported_IsNamed(string conversion, string post, string message)
    {
        var errors = _project.Errors(Text(conversion, post, """{ "type": "mean_iou" }""", "\"segmentation\""));
        Assert.IsTrue(errors.Any(e => e.Message.Contains(message, StringComparison.Ordinal)), string.Join('\n', errors));
    }

    [TestMethod]
    public void Read_EncodedWithoutColours_SaysWhatIsMissing()
    {
        _project.Write("meta.json", """{ "labels": ["background", "road", "sky"] }""");
        var errors = _project.Errors(Text("""{ "converter": "common_semantic_segmentation", "images_dir": "images", "masks_dir": "masks", "dataset_meta_file": "meta.json" }""", Encoded, """{ "type": "mean_iou" }""", "\"segmentation\""));
        StringAssert.Contains(errors.Single().Message, "'segmentation_colors'");
        Assert.AreEqual(DiagnosticCodes.PotKeyUnsupported, errors.Single().Code);
    }

    [TestMethod]
    public void Run_VocSegmentation_FindsWhatTheFloatModelFinds()
    {
        // 21 scores at each pixel; the images are twice as large as the model's input.
        TestModels.Opset(13).Input("x", 1, 3, 16, 16).Floats("scale", [1 / 255f], 1).Random("w", 8, 3, 3, 3).Random("v", 21, 8, 1, 1).Random("b", 21)
            .Named("scaled", "Mul", ["x", "scale"], ["xs"]).Named("conv", "Conv", ["xs", "w"], ["c"], n => n.With("pads", 1, 1, 1, 1)).Named("relu", "Relu", ["c"], ["r"]).Named("classes", "Conv", ["r", "v", "b"], ["y"])
            .Output("y").Build().Save(_project.Path("model.onnx"));
        string[] names = [.. Enumerable.Range(0, 6).Select(i => $"2007_{i:D6}")];
        foreach (var (name, i) in names.Select((n, i) => (n, i)))
            PngFile.Write(_project.Path("images", name + ".png"), 32, 32, (x, y, c) => (byte)((x / 8 * 41 * (c + 1)) + (y / 8 * 67) + (i * 31)));
        _project.Write("VOC/ImageSets/Segmentation/val.txt", string.Join('\n', names));
        Directory.CreateDirectory(_project.Path("VOC", "SegmentationClass"));
        foreach (var name in names)
            PngFile.Write(_project.Path("VOC", "SegmentationClass", name + ".png"), 32, 32, (_, _, _) => 0);
        var manifest = Read(Voc, Resized, """{ "type": "mean_iou" }, { "type": "mean_accuracy" }, { "type": "segmentation_accuracy" }""");
        int[][] palette = [[0, 0, 0], [128, 0, 0], [0, 128, 0], [128, 128, 0], [0, 0, 128], [128, 0, 128], [0, 128, 128], [128, 128, 128], [64, 0, 0], [192, 0, 0], [64, 128, 0], [192, 128, 0], [64, 0, 128], [192, 0, 128],
            [64, 128, 128], [192, 128, 128], [0, 64, 0], [128, 64, 0], [0, 192, 0], [128, 192, 0], [0, 64, 128]];
        using (var session = ModelSession.Open(_project.Path("model.onnx")))
        {
            var loader = DataSource.Open(manifest.Validation!);
            for (var i = 0; i < names.Length; i++)
            {
                var scores = session.Run(new Dictionary<string, Tensor> { ["x"] = loader.Load(i).Inputs[""] })["y"].As<float>();
                // Each of the model's pixels is two by two of the mask; a corner has a colour of no class.
                PngFile.Write(_project.Path("VOC", "SegmentationClass", names[i] + ".png"), 32, 32, (x, y, c) => x < 4 && y < 4 ? (byte)224
                    : (byte)palette[Enumerable.Range(0, 21).MaxBy(k => scores[(k * 256) + (y / 2 * 16) + (x / 2)])][c]);
            }
        }

        var report = QuantizationPipeline.Run(manifest, new RunOptions { OutputDirectory = _project.Path("out"), ReportDirectory = _project.Path("report"), CacheDirectory = _project.Path("store"), MeasureLatency = false }, new Progress<RunEvent>(), default);

        Assert.AreEqual("mean_iou mean_accuracy pixel_accuracy", string.Join(' ', report.Metrics.Select(m => m.Name)));
        foreach (var metric in report.Metrics)
        {
            Assert.AreEqual(1, metric.Baseline, 1e-12, $"{metric.Name}: the labels are what the float model finds");
            Assert.IsGreaterThan(0.3, metric.Quantized, metric.Name);
            Assert.AreEqual(names.Length, metric.Samples);
        }
    }

    private QuantizationManifest Read(string conversion, string post, string metrics = """{ "type": "mean_iou" }""", string adapter = "\"segmentation\"") => _project.Read(Text(conversion, post, metrics, adapter));

    private static string Text(string conversion, string post, string metrics, string adapter) => $$"""
        {
          "model": { "model_name": "segmentation", "model": "model.onnx" },
          "engine": {
            "launchers": [ { "framework": "dlsdk", "adapter": {{adapter}} } ],
            "datasets": [ {
              "data_source": "images", "annotation_conversion": {{conversion}}, "preprocessing": [ { "type": "resize", "size": 16 } ], "postprocessing": [ {{post}} ], "metrics": [ {{metrics}} ]
            } ]
          },
          "compression": { "algorithms": [ { "name": "AccuracyAwareQuantization", "params": { "maximal_drop": 0.9 } } ] }
        }
        """;
}
