using System.Globalization;
using QuantizeTasks.Data;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Tests.Pot;

/// <summary>Detectors from configurations of the Post-training Optimization Tool.</summary>
[TestClass]
public sealed class PotDetectionTests : IDisposable
{
    private const string Configuration = """
        {
          "model": { "model_name": "detector", "model": "model.onnx" },
          "engine": {
            "launchers": [ { "framework": "dlsdk", "adapter": @adapter } ],
            "datasets": [ {
              "data_source": "images",
              "annotation_conversion": @conversion,
              "preprocessing": [ { "type": "resize", "size": 16 } ],
              "postprocessing": [ @post ],
              "metrics": [ @metrics ]
            } ]
          },
          "compression": { "algorithms": [ { "name": "AccuracyAwareQuantization", "params": { "maximal_drop": 0.9, "stat_subset_size": 8 } } ] }
        }
        """;

    private const string Coco = """{ "converter": "mscoco_detection", "annotation_file": "boxes.json" }""";
    private const string Resized = """{ "type": "resize_prediction_boxes" }""";

    private readonly PotProject _project = new();

    public void Dispose() => _project.Dispose();

    [TestMethod]
    [DataRow("\"ssd\"", "decoding=ssd keep_top_k=200")]
    [DataRow("""{ "type": "ssd_onnx", "labels_out": "l", "scores_out": "s", "bboxes_out": "b" }""", "boxes=b coordinates=normalized decoding=boxes keep_top_k=200 labels=l scores=s")]
    [DataRow("""{ "type": "faster_rcnn_onnx", "labels_out": "l", "bboxes_out": "b" }""", "boxes=b coordinates=normalized decoding=boxes keep_top_k=200 labels=l")]
    [DataRow("""{ "type": "tf_object_detection", "classes_out": "c", "boxes_out": "b", "scores_out": "s", "num_detections_out": "n" }""", "box_format=yxyx boxes=b coordinates=normalized count=n decoding=boxes keep_top_k=200 labels=c scores=s")]
    public void Read_Adapters_AreDecodings(string adapter, string expected)
    {
        var metric = Read(adapter, Coco, Resized, """{ "type": "coco_orig_precision" }""").Metrics.Single();
        Assert.AreEqual("coco_precision", metric.Name.Value);
        Assert.AreEqual(expected, string.Join(' ', metric.Parameters.Select(p => $"{p.Key}={p.Value.Value}")));
    }

    [TestMethod]
    [DataRow("""{ "type": "map" }""", "map", "allow_multiple_matches_per_ignored=False")]
    [DataRow("""{ "type": "map", "integral": "11point", "overlap_threshold": 0.6, "ignore_difficult": false, "include_boundaries": false, "allow_multiple_matches_per_ignored": true, "presenter": "print_vector" }""", "map", "ignore_difficult=False include_boundaries=False integral=11point overlap_threshold=0.6")]
    [DataRow("""{ "type": "coco_precision" }""", "coco_precision", "max_detections=20")]
    [DataRow("""{ "type": "coco_precision", "threshold": 0.5, "max_detections": 100 }""", "coco_precision@50", "")]
    [DataRow("""{ "type": "coco_precision", "threshold": ".75" }""", "coco_precision@75", "max_detections=20")]
    public void Read_MetricsOfBoxes_HaveTheCheckersDefaults(string metrics, string name, string expected)
    {
        var metric = Read("\"ssd\"", Coco, Resized, metrics).Metrics.Single();
        Assert.AreEqual(name, metric.Name.Value);
        Assert.AreEqual(expected, string.Join(' ', metric.Parameters.Where(p => p.Key is not ("decoding" or "keep_top_k")).Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Key}={p.Value.Value}"))));
    }

    [TestMethod]
    public void Read_Voc_HasABackgroundUnlessItSaysNot()
    {
        _project.Write("meta.json", """{ "label_map": { "0": "background", "1": "dog", "2": "cat" }, "background_label": 0 }""");
        var source = (ImageSourceSpecification)Read("\"ssd\"", """{ "converter": "voc_detection", "annotations_dir": "voc", "imageset_file": "set.txt", "dataset_meta_file": "meta.json" }""", Resized, """{ "type": "map" }""").Validation!;
        Assert.AreEqual((AnnotationFormat.Voc, _project.Path("voc"), _project.Path("set.txt"), 1), (source.Annotations!.Format, source.Annotations.Path.Value, source.Annotations.ImageSet!.Value, source.Annotations.FirstClass));
        Assert.AreEqual("dog cat", string.Join(' ', source.Annotations.Classes.Select(c => c.Value)));
    }

    [TestMethod]
    [DataRow("\"yolof\"", Resized, "A quantize.yaml has decodings for other outputs: boxes, yolo")]
    [DataRow("\"ssd\"", """{ "type": "soft_nms", "overlap": 0.5 }""", "The postprocessing 'soft_nms' is not supported")]
    [DataRow("""{ "type": "ssd_onnx", "labels_out": "l" }""", Resized, "'launchers[0].adapter.bboxes_out' is missing")]
    public void Read_WhatIsNotSupported_IsNamed(string adapter, string post, string message)
    {
        var errors = _project.Errors(Text(adapter, Coco, post, """{ "type": "map" }"""));
        Assert.IsTrue(errors.Any(e => e.Message.Contains(message, StringComparison.Ordinal)), string.Join('\n', errors));
    }

    [TestMethod]
    public void Run_Detector_FindsWhatTheFloatModelFinds()
    {
        // Four boxes from the image: the upper left corner is near (0.12, 0.12), the lower right one near (0.88, 0.88).
        var bias = Enumerable.Range(0, 28).Select(i => (i % 7) switch { 3 or 4 => -2f, 5 or 6 => 2f, _ => 0 }).ToArray();
        TestModels.Opset(13).Input("x", 1, 3, 16, 16).Random("w", 8, 3, 3, 3).Random("b", 8).Floats("scale", [1 / 255f], 1)
            .Named("scaled", "Mul", ["x", "scale"], ["xs"]).Named("conv", "Conv", ["xs", "w", "b"], ["c"], n => n.With("strides", 2, 2)).Named("relu", "Relu", ["c"], ["r"]).Named("mean", "GlobalAveragePool", ["r"], ["p"])
            .Named("flatten", "Flatten", ["p"], ["f"]).Random("v", 8, 28).Floats("vb", bias, 28).Named("rows", "Gemm", ["f", "v", "vb"], ["g"]).Named("shares", "Sigmoid", ["g"], ["s"])
            .Int64s("shape", [1, 1, 4, 7]).Named("y", "Reshape", ["s", "shape"], ["y"]).Output("y").Build().Save(_project.Path("model.onnx"));
        WriteBoxes(_ => "");
        var text = Text("\"ssd\"", Coco, Resized, """{ "name": "v", "type": "map", "include_boundaries": false }, { "name": "c", "type": "coco_precision", "threshold": 0.5 }""");
        var manifest = _project.Read(text);
        using (var session = ModelSession.Open(_project.Path("model.onnx")))
        {
            var loader = DataSource.Open(manifest.Validation!);
            WriteBoxes(i =>
            {
                var rows = session.Run(new Dictionary<string, Tensor> { ["x"] = loader.Load(i).Inputs[""] })["y"].As<float>();
                var (width, height) = (20 + i, 18);
                return string.Join(", ", Enumerable.Range(0, 4).Select(r => string.Create(CultureInfo.InvariantCulture,
                    $$"""{ "image_id": {{i}}, "category_id": 1, "bbox": [{{rows[(7 * r) + 3] * width}}, {{rows[(7 * r) + 4] * height}}, {{(rows[(7 * r) + 5] - rows[(7 * r) + 3]) * width}}, {{(rows[(7 * r) + 6] - rows[(7 * r) + 4]) * height}}] }""")));
            });
        }

        var report = QuantizationPipeline.Run(manifest, new RunOptions { OutputDirectory = _project.Path("out"), ReportDirectory = _project.Path("report"), CacheDirectory = _project.Path("store"), MeasureLatency = false }, new Progress<RunEvent>(), default);

        Assert.AreEqual(RunStatus.WithinBudget, report.Status);
        Assert.AreEqual(2, report.Metrics.Length);
        foreach (var metric in report.Metrics)
        {
            Assert.AreEqual(1, metric.Baseline, 1e-12, "the labels are what the float model finds");
            Assert.IsGreaterThan(0.5, metric.Quantized, "boxes hardly move");
            Assert.AreEqual(PotProject.Images, metric.Samples);
        }
    }

    private void WriteBoxes(Func<int, string> annotations) => _project.Write("boxes.json", $$"""
        {
          "images": [ {{string.Join(", ", Enumerable.Range(0, PotProject.Images).Select(i => $$"""{ "id": {{i}}, "file_name": "{{PotProject.Name(i)}}" }"""))}} ],
          "categories": [ { "id": 1 } ],
          "annotations": [ {{string.Join(", ", Enumerable.Range(0, PotProject.Images).Select(annotations).Where(t => t.Length > 0))}} ]
        }
        """);

    private QuantizationManifest Read(string adapter, string conversion, string post, string metrics) => _project.Read(Text(adapter, conversion, post, metrics));

    private static string Text(string adapter, string conversion, string post, string metrics) => Configuration.Replace("@adapter", adapter, StringComparison.Ordinal)
        .Replace("@conversion", conversion, StringComparison.Ordinal).Replace("@post", post, StringComparison.Ordinal).Replace("@metrics", metrics, StringComparison.Ordinal);
}
