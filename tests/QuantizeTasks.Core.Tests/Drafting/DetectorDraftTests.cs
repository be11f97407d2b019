using System.Globalization;
using QuantizeTasks.Data;
using QuantizeTasks.Drafting;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Metrics;
using QuantizeTasks.Onnx;
using QuantizeTasks.Reporting;
using QuantizeTasks.Tests.Data;

namespace QuantizeTasks.Tests.Drafting;

/// <summary>Detectors are recognized by their outputs, and what is drafted for them reads these outputs.</summary>
[TestClass]
public sealed class DetectorDraftTests : IDisposable
{
    private const int Images = 8;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>The input is 64 x 64, so YOLO's grids have 8 x 8, 4 x 4 and 2 x 2 cells, 84 together, and RetinaNet's five levels 86.</summary>
    [TestMethod]
    [DataRow("y:1,1,10,7", "ssd", "")]
    [DataRow("y:1,252,8", "yolo", "classes=3")]
    [DataRow("y:1,84,8", "yolo", "classes=3")]
    [DataRow("y:1,7,84", "yolo", "classes=3 objectness=False")]
    [DataRow("a:1,24,8,8 b:1,24,4,4 c:1,24,2,2", "yolo_grid", "anchors=10,13,16,30,33,23,30,61,62,45,59,119,116,90,156,198,373,326 classes=3 outputs=a,b,c style=yolov3")]
    [DataRow("a:1,2,2,24 b:1,4,4,24", "yolo_grid", "anchors=81,82,135,169,344,319,10,14,23,27,37,58 classes=3 outputs=a,b style=yolov3")]
    [DataRow("a:1,3,8,8,8 b:1,3,4,4,8 c:1,3,2,2,8", "yolo_grid", "anchors=10,13,16,30,33,23,30,61,62,45,59,119,116,90,156,198,373,326 classes=3 outputs=a,b,c style=yolov5")]
    [DataRow("scores:1,5 boxes:1,5,4 labels:1,5", "boxes", "box_format=xyxy boxes=boxes coordinates=pixels labels=labels scores=scores")]
    [DataRow("detection_boxes:1,5,4 detection_classes:1,5 detection_multiclass_scores:1,5,3 detection_scores:1,5 num_detections:1", "boxes", "box_format=yxyx boxes=detection_boxes coordinates=normalized count=num_detections labels=detection_classes scores=detection_scores")]
    [DataRow("c:1,774,2 r:1,774,4", "anchors", "boxes=r ratios=0.5,1,2 scales=1,1.2599210498948732,1.5874010519681994 score_activation=none scores=c sizes=32,64,128,256,512 strides=8,16,32,64,128 variances=0.1,0.1,0.2,0.2")]
    public void Text_Detector_DecodesTheModelsOwnOutputs(string outputs, string decoding, string expected)
    {
        Model(outputs);
        var draft = ManifestDraft.Of(_folder.File("m.onnx"));
        Assert.AreEqual(ModelTask.Detection, draft.Task.Value, draft.Task.Reason);
        var text = DraftText.Of(draft, _folder.Path);
        StringAssert.Contains(text, "annotations: { coco: path/to/instances.json }", text);
        File.WriteAllText(_folder.File("quantize.yaml"), text);
        var specification = ManifestReader.Read(_folder.File("quantize.yaml")).Metrics.Single();

        Assert.AreEqual(("map", decoding), (specification.Name.Value, specification.Parameters["decoding"].Value));
        Assert.AreEqual(expected, string.Join(' ', specification.Parameters.Where(p => p.Key != "decoding").Select(p => $"{p.Key}={Value(p.Value.Value)}")));
        using var session = ModelSession.Open(_folder.File("m.onnx"));
        var found = session.Run(new Dictionary<string, Tensor> { ["x"] = Tensor.Create(new float[3 * 64 * 64], 1, 3, 64, 64) });
        var label = new DetectionLabel(64, 64, 64, 64, 1, 1, 0, 0, [new LabelledBox(0, 1, 1, 9, 9, false, 64)]).ToTensor();
        Assert.IsNotEmpty(MetricFactory.Create(specification).Observe(new MetricInput(found, found.Keys.First(), label, null, "cat.png")));
    }

    [TestMethod]
    [DataRow("y:1,7", DisplayName = "seven classes")]
    [DataRow("y:1,24,8,8", DisplayName = "one map")]
    [DataRow("y:1,50,8", DisplayName = "another number of rows")]
    [DataRow("a:1,24,8,8 b:1,27,4,4", DisplayName = "grids of other classes")]
    [DataRow("a:1,24,8,8 b:1,24,8,8", DisplayName = "grids of one size")]
    [DataRow("boxes:1,5,4 scores:1,6 labels:1,6", DisplayName = "other boxes than scores")]
    [DataRow("r:1,774,4 c:1,86,2", DisplayName = "other offsets than scores")]
    public void Of_OtherOutputs_AreNoDetectors(string outputs)
    {
        Model(outputs);
        var draft = ManifestDraft.Of(_folder.File("m.onnx"));
        Assert.AreNotEqual(ModelTask.Detection, draft.Task.Value, draft.Task.Reason);
        Assert.IsNull(draft.Boxes);
    }

    [TestMethod]
    public void Run_DraftOfAYoloWithData_GivesAVerdict()
    {
        // Boxes of some size in the picture: centres and sizes are 12 to 52 pixels.
        TestModels.Opset(13).Input("x", 1, 3, 64, 64).Random("w", 8, 3, 3, 3).Named("conv", "Conv", ["x", "w"], ["c"], n => n.With("strides", 2, 2)).Named("relu", "Relu", ["c"], ["r"]).Named("pool", "GlobalAveragePool", ["r"], ["p"])
            .Named("flat", "Flatten", ["p"], ["f"]).Random("v", 8, 6 * 84).Named("rows", "MatMul", ["f", "v"], ["m"]).Named("s", "Sigmoid", ["m"], ["u"]).Int64s("shape", [1, 6, 84]).Named("shaped", "Reshape", ["u", "shape"], ["z"])
            .Floats("scale", [40, 40, 40, 40, 1, 1], 1, 6, 1).Floats("offset", [12, 12, 12, 12, 0, 0], 1, 6, 1).Named("scaled", "Mul", ["z", "scale"], ["q"]).Named("moved", "Add", ["q", "offset"], ["y"]).Output("y").Build().Save(_folder.File("m.onnx"));
        for (var i = 0; i < Images; i++)
        {
            var seed = i;
            PngFile.Write(_folder.File("val", $"{i}.png"), 64, 48, (x, y, c) => (byte)((x * (seed + 2)) + (y * 3 * (c + 1)) + (seed * 37)));
        }
        var draft = ManifestDraft.Of(_folder.File("m.onnx"));
        File.WriteAllText(_folder.File("val.json"), "");
        draft = draft.WithImages(_folder.File("val"));
        Assert.AreEqual(_folder.File("val.json"), draft.Labels, "COCO's file is found beside the images");
        Assert.IsTrue(draft.IsComplete);
        File.WriteAllText(_folder.File("quantize.yaml"), DraftText.Of(draft, _folder.Path));
        var manifest = ManifestReader.Read(_folder.File("quantize.yaml"));

        Labels(_ => "");
        using (var session = ModelSession.Open(_folder.File("m.onnx")))
        {
            var loader = DataSource.Open(manifest.Validation!);
            Labels(i =>
            {
                var y = session.Run(new Dictionary<string, Tensor> { ["x"] = loader.Load(i).Inputs[""] })["y"].As<float>();
                var best = Enumerable.Range(0, 84).MaxBy(n => Math.Max(y[(4 * 84) + n], y[(5 * 84) + n]));
                var (cx, cy, w, h) = (y[best], y[84 + best] - 8, y[(2 * 84) + best], y[(3 * 84) + best]); // eight rows of border above
                return string.Create(CultureInfo.InvariantCulture, $$"""{ "image_id": {{i}}, "category_id": {{(y[(4 * 84) + best] > y[(5 * 84) + best] ? 1 : 2)}}, "bbox": [{{cx - (w / 2)}}, {{cy - (h / 2)}}, {{w}}, {{h}}] }""");
            });
        }
        var options = new RunOptions { OutputDirectory = _folder.File("out"), ReportDirectory = _folder.File("report"), CacheDirectory = _folder.File("cache"), MeasureLatency = false };
        var report = QuantizationPipeline.Run(manifest, options, new Progress<RunEvent>(), default);

        Assert.AreEqual(1, report.Metrics.Single().Baseline, 1e-9, "the best box of each picture is the one that is labelled");
        Assert.IsTrue(report.Status is RunStatus.WithinBudget or RunStatus.BudgetExceeded, report.Status.ToString());
    }

    private void Labels(Func<int, string> boxes) => File.WriteAllText(_folder.File("val.json"), $$"""
        { "images": [ {{string.Join(", ", Enumerable.Range(0, Images).Select(i => $$"""{ "id": {{i}}, "file_name": "{{i}}.png" }"""))}} ], "categories": [ { "id": 1 }, { "id": 2 } ],
          "annotations": [ {{string.Join(", ", Enumerable.Range(0, Images).Select(boxes).Where(b => b.Length > 0))}} ] }
        """);

    private static string Value(object value) => value is System.Collections.Immutable.ImmutableArray<object> list
        ? string.Join(',', list.Select(i => Convert.ToString(i, CultureInfo.InvariantCulture))) : Convert.ToString(value, CultureInfo.InvariantCulture)!;

    /// <summary>A model of 3 x 64 x 64 pixels with outputs of these names and shapes.</summary>
    private void Model(string outputs)
    {
        var model = TestModels.Opset(13).Input("x", 1, 3, 64, 64).Random("w", 4, 3, 3, 3).Node("Conv", ["x", "w"], ["conv"]).Node("GlobalAveragePool", ["conv"], ["pool"]).Node("Flatten", ["pool"], ["flat"]);
        foreach (var (name, shape) in outputs.Split(' ').Select(o => o.Split(':')).Select(o => (o[0], o[1].Split(',').Select(e => long.Parse(e, CultureInfo.InvariantCulture)).ToArray())))
            model.Random($"{name}_w", 4, shape.Aggregate(1L, (a, b) => a * b)).Node("MatMul", ["flat", $"{name}_w"], [$"{name}_m"]).Int64s($"{name}_s", shape).Node("Reshape", [$"{name}_m", $"{name}_s"], [name]).Output(name);
        model.Build().Save(_folder.File("m.onnx"));
    }
}
