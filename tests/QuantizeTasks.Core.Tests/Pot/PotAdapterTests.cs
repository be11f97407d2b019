using System.Collections.Immutable;
using System.Globalization;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Metrics;

namespace QuantizeTasks.Tests.Pot;

/// <summary>Adapters of detectors that give no finished boxes, with the postprocessing that goes with them, against expected_adapters.py, which computes them step by step in the Accuracy Checker's units.</summary>
[TestClass]
public sealed class PotAdapterTests : IDisposable
{
    private const string Anchors = "18, 24,  36, 30,  60, 72,  90, 48";
    private const string Masked = "\"num\": 9, \"anchor_masks\": [[2, 3], [0, 1]], \"outputs\": [\"coarse\", \"fine\"], ";
    private const string NotMasked = "\"num\": 2, \"outputs\": [\"coarse\", \"fine\"], ";
    private const string OneOutput = "\"num\": 2, \"cells\": 4, ";
    private const string Raw = "\"raw_output\": true, ";
    private const string Resized = """{ "type": "resize_prediction_boxes" }""";

    // An image of 160 x 80 at the model's 64 x 64: stretched, or made to fit with 16 pixels above.
    private static readonly DetectionLabel Stretched = new(160, 80, 64, 64, 0.4, 0.8, 0, 0, []);
    private static readonly DetectionLabel Letterbox = new(160, 80, 64, 64, 0.4, 0.4, 0, 16, []);

    private readonly PotProject _project = new();

    public void Dispose() => _project.Dispose();

    [TestMethod]
    [DataRow("yolo_v3", Masked + Raw, """{ "type": "letterbox_postprocessing_resize" }, { "type": "filter", "apply_to": "prediction", "min_confidence": 0.05, "remove_filtered": true }, { "type": "nms", "overlap": 0.3 }, { "type": "clip_boxes", "apply_to": "prediction" }""", true, false, 34, new double[] { 490.0, 164.26839746000707, 31248.568111473436, 15221.95112046305, 67562.01469541689, 36941.50163919077 }, DisplayName = "yolo_v3")]
    [DataRow("yolo_v3", Masked + Raw + "\"threshold\": 0.3, \"multiple_labels\": true", """{ "type": "resize_prediction_boxes" }, { "type": "class_aware_nms", "overlap": 0.3, "include_boundaries": false }""", false, false, 38, new double[] { 592.0, 315.18564682291117, -11601.784758379907, -293.060097928815, 128080.66254413371, 49981.35833612084 }, DisplayName = "yolo_v3 multiple")]
    [DataRow("yolo_v3", Masked + Raw + "\"threshold\": 0.6, \"output_format\": \"BHW\"", """{ "type": "resize_prediction_boxes" }""", false, false, 20, new double[] { 199.0, 96.64860448090656, -1556.4677690604149, 1883.017857650169, 34830.553369015506, 16559.41501452356 }, DisplayName = "yolo_v3 threshold")]
    [DataRow("yolo_v3", NotMasked + Raw, """{ "type": "resize_prediction_boxes" }""", false, false, 40, new double[] { 694.0, 225.79779010621166, 34626.43453142966, 12733.427443553577, 107310.64593535161, 55050.31914314054 }, DisplayName = "yolo_v3 no masks")]
    [DataRow("yolo_v5", Masked + Raw, """{ "type": "resize_prediction_boxes" }, { "type": "filter", "apply_to": "prediction", "min_confidence": 0.1, "remove_filtered": true }, { "type": "diou_nms", "overlap": 0.1 }""", false, false, 26, new double[] { 223.0, 114.11030540984615, 21392.369477146694, 7245.795062732725, 46075.88353932935, 23616.810885731236 }, DisplayName = "yolo_v5")]
    [DataRow("yolo_v2", OneOutput + Raw, """{ "type": "resize_prediction_boxes" }, { "type": "nms", "overlap": 0.4 }""", false, false, 17, new double[] { 133.0, 52.60112302854904, -77566.51693415224, -47025.70451838533, 98531.48285861987, 61258.95129036263 }, DisplayName = "yolo_v2")]
    [DataRow("yolo_v3", Masked, """{ "type": "resize_prediction_boxes" }, { "type": "nms" }""", false, true, 37, new double[] { 599.0, 148.25420665740967, 7131.908024285115, 5988.813646392142, 88993.95135071487, 41411.61604110786 }, DisplayName = "yolo_v3 activated")]
    [DataRow("yolo_v5", Masked, """{ "type": "resize_prediction_boxes" }, { "type": "nms" }""", false, true, 37, new double[] { 599.0, 148.25420665740967, 7131.908024285115, 5988.813646392142, 88993.95135071487, 41411.61604110786 }, DisplayName = "yolo_v5 activated")]
    [DataRow("yolo_v2", OneOutput, """{ "type": "resize_prediction_boxes" }, { "type": "nms" }""", false, true, 17, new double[] { 170.0, 39.853628158569336, -180060.18570010044, -53882.85241558317, 202302.13882510044, 64491.75866558317 }, DisplayName = "yolo_v2 activated")]
    public void Decode_YoloOfACheckersConfiguration_FindsWhatTheAdapterFinds(string type, string options, string post, bool isLetterboxed, bool isActivated, int count, double[] sums)
    {
        var adapter = $$"""{ "type": "{{type}}", "classes": 3, "coords": 4, "anchors": "{{Anchors}}", {{options}} }""";
        var generator = new Generator(isActivated ? 2u : 1u);
        var (coarse, fine) = (generator.Grid(2, isActivated), generator.Grid(4, isActivated));
        Dictionary<string, Tensor> outputs = type == "yolo_v2" ? new() { ["y"] = fine } : new() { ["coarse"] = coarse, ["fine"] = fine };
        AssertSums(Decode(adapter, post, outputs, isLetterboxed ? Letterbox : Stretched), count, sums);
    }

    [TestMethod]
    public void Decode_RetinaNet_FindsWhatTheAdapterFinds()
    {
        const int Anchors = (64 + 16 + 4 + 1 + 1) * 9;
        var generator = new Generator(3);
        var (offsets, scores) = (new float[Anchors * 4], new float[Anchors * 2]);
        for (var i = 0; i < Anchors; i++)
        {
            for (var k = 0; k < 4; k++)
                offsets[(i * 4) + k] = generator.Signed();
            for (var k = 0; k < 2; k++)
                scores[(i * 2) + k] = generator.Share();
        }
        var found = Decode("""{ "type": "retinanet", "loc_out": "l", "class_out": "c" }""",
            Resized + """, { "type": "filter", "apply_to": "prediction", "min_confidence": 0.9, "remove_filtered": true }, { "type": "class_aware_nms", "include_boundaries": false }, { "type": "clip_boxes", "apply_to": "prediction" }""",
            new() { ["l"] = Tensor.Create(offsets, 1, Anchors, 4), ["c"] = Tensor.Create(scores, 1, Anchors, 2) }, Stretched);
        AssertSums(found, 86, [2018.0, 3544.412109375, 125080.3140614275, 64735.96429282392, 482802.59756286565, 252455.9217893932]);
    }

    [TestMethod]
    public void Read_YoloWithoutKeys_HasTheAdaptersDefaults()
    {
        var parameters = Parameters("""{ "type": "yolo_v3", "outputs": ["a", "b"] }""", "");
        Assert.AreEqual("10 13 16 30 33 23 10 13 16 30 33 23", Text(parameters["anchors"].Value), "without masks every output has the first three");
        Assert.AreEqual(("80", "yolov3", "True", "False", "0.001", "0", "1"), (Text(parameters["classes"].Value), parameters["style"].Value, Text(parameters["activated"].Value), Text(parameters["multi_label"].Value),
            Text(parameters["objectness_threshold"].Value), Text(parameters["score_threshold"].Value), Text(parameters["nms"].Value)));
        Assert.AreEqual("10 14 23 27 37 58", Text(Parameters("""{ "type": "yolo_v5", "anchors": "tiny_yolo_v3", "outputs": ["a"] }""", "")["anchors"].Value));
        Assert.AreEqual("1.3221 1.73145 3.19275 4.00944 5.05587 8.09892 9.47112 4.84053 11.2364 10.0071", Text(Parameters("\"yolo_v2\"", "")["anchors"].Value));
    }

    [TestMethod]
    public void Read_Letterbox_IsAResizeThatKeepsTheRatioAndABorder()
    {
        var source = (ImageSourceSpecification)_project.Read(Configuration("\"ssd\"", "").Replace("""{ "type": "resize", "size": 16 }""",
            """{ "type": "resize", "size": 16, "aspect_ratio_scale": "fit_to_window", "use_pillow": true }, { "type": "padding", "pad_type": "center" }""", StringComparison.Ordinal)).Validation!;
        var resize = source.Preprocess.OfType<ResizeStep>().Single();
        var pad = source.Preprocess.OfType<PadToStep>().Single();
        Assert.AreEqual((16, 16, true, true, 16, 16), (resize.Width, resize.Height, resize.KeepsRatio, resize.Antialias, pad.Width, pad.Height));
    }

    [TestMethod]
    [DataRow("""{ "type": "yolo_v3" }""", "", "'launchers[0].adapter.outputs' must be a list of the names of outputs")]
    [DataRow("""{ "type": "yolo_v3", "outputs": ["a"], "anchors": "1,2,3" }""", "", "must be pairs of width and height, but has 3 numbers")]
    [DataRow("""{ "type": "yolo_v3", "outputs": ["a"], "anchors": "1,2", "num": 3 }""", "", "'launchers[0].adapter.num' is 3, but there are 1 anchors")]
    [DataRow("""{ "type": "yolo_v3", "outputs": ["a"], "anchor_masks": [[0], [1]] }""", "", "for each of the 1 outputs a list of numbers of anchors, from 0 to 8")]
    [DataRow("""{ "type": "yolo_v3", "outputs": ["a"], "anchor_masks": [[9]] }""", "", "from 0 to 8")]
    [DataRow("""{ "type": "yolo_v3", "outputs": ["a"], "coords": 5 }""", "", "only 4 is supported")]
    [DataRow("""{ "type": "yolo_v3", "outputs": ["a"], "masks": 5 }""", "", "The key 'masks'")]
    [DataRow("""{ "type": "yolo_v4", "outputs": ["a"] }""", "", "Did you mean 'yolo_v")]
    [DataRow("""{ "type": "retinanet", "loc_out": "a" }""", "", "'launchers[0].adapter.class_out' is missing")]
    [DataRow("\"ssd\"", """{ "type": "soft_nms" }""", "The postprocessing 'soft_nms' is not supported")]
    [DataRow("\"ssd\"", """{ "type": "clip_boxes", "apply_to": "prediction" }, { "type": "nms" }""", "comes after 'clip_boxes'")]
    [DataRow("\"ssd\"", """{ "type": "nms", "use_min_area": true }""", "only false is supported")]
    [DataRow("\"ssd\"", """{ "type": "filter", "min_confidence": 0.1 , "height_range": 4 }""", "The key 'height_range'")]
    public void Read_WhatIsNotSupported_IsNamed(string adapter, string post, string message)
    {
        var errors = _project.Errors(Configuration(adapter, post));
        Assert.IsTrue(errors.Any(e => e.Message.Contains(message, StringComparison.Ordinal) && e.Code is DiagnosticCodes.PotKeyUnsupported or DiagnosticCodes.MissingKey), string.Join('\n', errors));
    }

    private IReadOnlyList<Detection> Decode(string adapter, string post, Dictionary<string, Tensor> outputs, DetectionLabel frame)
    {
        var specification = new MetricSpecification(new Located<string>("map", new SourcePosition("pot.json")), null, Parameters(adapter, post).Remove("allow_multiple_matches_per_ignored"));
        var parameters = new MetricParameters(specification);
        var decoder = new BoxDecoder(parameters, keepTopK: 200);
        parameters.RejectOthers();
        return decoder.Decode(new MetricInput(outputs, outputs.Keys.First(), null, null), frame)!;
    }

    private ImmutableSortedDictionary<string, Located<object>> Parameters(string adapter, string post) => _project.Read(Configuration(adapter, post)).Metrics.Single().Parameters;

    private static string Configuration(string adapter, string post) => $$"""
        {
          "model": { "model_name": "detector", "model": "model.onnx" },
          "engine": {
            "launchers": [ { "framework": "dlsdk", "adapter": {{adapter}} } ],
            "datasets": [ {
              "data_source": "images", "annotation_conversion": { "converter": "mscoco_detection", "annotation_file": "boxes.json" },
              "preprocessing": [ { "type": "resize", "size": 16 } ], "postprocessing": [ {{post}} ], "metrics": [ { "type": "map" } ]
            } ]
          },
          "compression": { "algorithms": [ { "name": "AccuracyAwareQuantization", "params": { "maximal_drop": 0.9 } } ] }
        }
        """;

    private static string Text(object value) => value is ImmutableArray<object> list
        ? string.Join(' ', list.Select(i => Convert.ToString(i, CultureInfo.InvariantCulture))) : Convert.ToString(value, CultureInfo.InvariantCulture)!;

    /// <summary>Every column summed up with the place in the order of scores as weight.</summary>
    private static void AssertSums(IReadOnlyList<Detection> found, int count, double[] expected)
    {
        Assert.HasCount(count, found);
        Func<Detection, double>[] columns = [d => d.Class, d => d.Score, d => d.X1, d => d.Y1, d => d.X2, d => d.Y2];
        for (var i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], found.Select((d, place) => (place + 1) * columns[i](d)).Sum(), 1e-5 * Math.Abs(expected[i]), $"column {i}");
    }

    private sealed class Generator(uint state)
    {
        private uint _state = state;

        public float Signed() => (Draw(4096) - 2048) / 1024f;

        public float Share() => Draw(1025) / 1024f;

        /// <summary>Two anchors, eight numbers each, as [1, 16, cells, cells].</summary>
        public Tensor Grid(int cells, bool isActivated)
        {
            var values = new float[16 * cells * cells];
            for (var i = 0; i < values.Length; i++)
                values[i] = isActivated && (i / (cells * cells) % 8) is not (2 or 3) ? Share() : Signed();
            return Tensor.Create(values, 1, 16, cells, cells);
        }

        private int Draw(uint limit)
        {
            _state = ((_state * 1103515245) + 12345) % 2147483648;
            return (int)((_state >> 8) % limit);
        }
    }
}
