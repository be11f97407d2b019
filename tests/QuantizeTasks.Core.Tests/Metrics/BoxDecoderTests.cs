using System.Collections.Immutable;
using System.Globalization;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Metrics;

namespace QuantizeTasks.Tests.Metrics;

/// <summary>Outputs of detectors as boxes on the image. Expected numbers are computed in the test from the papers' formulas, or by hand.</summary>
[TestClass]
public sealed class BoxDecoderTests
{
    // An image of 200 x 100 that was resized to 100 x 50 and padded to 100 x 100 with 25 pixels above.
    private static readonly DetectionLabel Letterbox = new(200, 100, 100, 100, 0.5, 0.5, 0, 25, []);
    private static readonly DetectionLabel Plain = new(64, 64, 64, 64, 1, 1, 0, 0, []);

    [TestMethod]
    public void Decode_Ssd_IsNormalizedAndEndsAtANegativeImage()
    {
        float[] rows = [0, 3, 0.9f, 0.1f, 0.5f, 0.3f, 0.75f, 0, 1, 0, 0, 0, 1, 1, -1, 2, 0.8f, 0, 0, 1, 1, 0, 2, 0.8f, 0, 0, 1, 1];
        // x: 10 .. 30 of the input are 20 .. 60 of the image; y: 50 .. 75 less 25 above are 50 .. 100. The second row scores nothing, the third ends the list.
        AssertDetections("3 0.9 20 50 60 100", Decode(Letterbox, ("y", Tensor.Create(rows, 1, 1, 4, 7))));
    }

    [TestMethod]
    [DataRow("xyxy", 2f, 4f, 10f, 20f)]
    [DataRow("yxyx", 4f, 2f, 20f, 10f)]
    [DataRow("xywh", 2f, 4f, 8f, 16f)]
    [DataRow("cxcywh", 6f, 12f, 8f, 16f)]
    public void Decode_Boxes_OfEveryFormat(string format, float a, float b, float c, float d) => AssertDetections("1 0.5 2 4 10 20", Decode(Plain,
        ("boxes", Tensor.Create([a, b, c, d, 0, 0, 64, 64], 1, 2, 4)), ("scores", Tensor.Create([0.5f, 0.9f], 1, 2)), ("labels", Tensor.Create([0f, 2f], 1, 2)), ("n", Tensor.Create([1f], 1)),
        P("decoding", "boxes"), P("boxes", "boxes"), P("scores", "scores"), P("labels", "labels"), P("count", "n"), P("box_format", format), P("first_class", 1L)));

    [TestMethod]
    public void Decode_BoxesWithScores_AreFiveNumbers() => AssertDetections("7 0.25 1 2 3 4", Decode(Plain,
        ("boxes", Tensor.Create([1f, 2f, 3f, 4f, 0.25f], 1, 5)), ("labels", Tensor.Create([7L], 1)), P("decoding", "boxes"), P("boxes", "boxes"), P("labels", "labels")));

    [TestMethod]
    public void Decode_Yolo_RowsWithObjectness_ScoreIsTheProduct()
    {
        float[] rows = [20, 30, 10, 20, 0.5f, 0.8f, 0.5f];
        AssertDetections("0 0.4 15 20 25 40; 1 0.25 15 20 25 40", Decode(Plain, ("y", Tensor.Create(rows, 1, 1, 7)), P("decoding", "yolo"), P("classes", 2L)));
        AssertDetections("0 0.4 15 20 25 40", Decode(Plain, ("y", Tensor.Create(rows, 1, 1, 7)), P("decoding", "yolo"), P("classes", 2L), P("multi_label", false)));
    }

    [TestMethod]
    public void Decode_Yolo_ColumnsWithoutObjectness_AndSuppression()
    {
        // Three boxes in columns: the second overlaps the first by 9/11, the third not at all.
        float[] columns = [20, 21, 50, 30, 30, 50, 10, 10, 10, 10, 10, 10, 0.9f, 0.8f, 0.7f, 0, 0.1f, 0];
        AssertDetections("0 0.9 15 25 25 35; 0 0.7 45 45 55 55; 1 0.1 16 25 26 35",
            Decode(Plain, ("y", Tensor.Create(columns, 1, 6, 3)), P("decoding", "yolo"), P("classes", 2L), P("objectness", false)));
        Assert.HasCount(4, Decode(Plain, ("y", Tensor.Create(columns, 1, 6, 3)), P("decoding", "yolo"), P("classes", 2L), P("objectness", false), P("nms", 0.82)));
        AssertDetections("0 0.9 15 25 25 35", Decode(Plain, ("y", Tensor.Create(columns, 1, 6, 3)), P("decoding", "yolo"), P("classes", 2L), P("objectness", false), P("keep_top_k", 1L)));
        AssertDetections("0 0.9 15 25 25 35", Decode(Plain, ("y", Tensor.Create(columns, 1, 6, 3)), P("decoding", "yolo"), P("classes", 2L), P("objectness", false), P("score_threshold", 0.75)));
    }

    [TestMethod]
    [DataRow("yolov2")]
    [DataRow("yolov3")]
    [DataRow("yolov5")]
    public void Decode_YoloGrid_FollowsThePapersInEveryLayout(string style)
    {
        const int H = 3, W = 4, A = 2, C = 3;
        var random = new Random(5);
        var t = new double[A, 5 + C, H, W];
        for (var i = 0; i < t.Length; i++)
            t[i / ((5 + C) * H * W), i / (H * W) % (5 + C), i / W % H, i % W] = (random.NextDouble() * 2) - 1;
        double[] anchors = [10, 13, 16, 30];
        var expected = new List<Detection>();
        for (var i = 0; i < H; i++)
            for (var j = 0; j < W; j++)
                for (var a = 0; a < A; a++)
                {
                    double S(int k) => 1 / (1 + Math.Exp(-(float)t[a, k, i, j]));
                    double E(int k) => Math.Exp((float)t[a, k, i, j]);
                    var (cx, cy) = style == "yolov5" ? ((2 * S(0)) - 0.5 + j, (2 * S(1)) - 0.5 + i) : (S(0) + j, S(1) + i);
                    var (w, h) = style switch
                    {
                        "yolov2" => (anchors[2 * a] * E(2) * 64 / W, anchors[(2 * a) + 1] * E(3) * 64 / H),
                        "yolov3" => (anchors[2 * a] * E(2), anchors[(2 * a) + 1] * E(3)),
                        _ => (anchors[2 * a] * 4 * S(2) * S(2), anchors[(2 * a) + 1] * 4 * S(3) * S(3)),
                    };
                    for (var c = 0; c < C; c++)
                        expected.Add(new Detection(c, S(4) * (style == "yolov2" ? E(5 + c) / (E(5) + E(6) + E(7)) : S(5 + c)), (cx * 64 / W) - (w / 2), (cy * 64 / H) - (h / 2), (cx * 64 / W) + (w / 2), (cy * 64 / H) + (h / 2)));
                }
        var sorted = expected.OrderByDescending(d => d.Score).ToArray();
        foreach (var (shape, at) in ((int[], Func<int, (int A, int K, int I, int J)>)[])
        [
            ([1, A * (5 + C), H, W], n => (n / ((5 + C) * H * W), n / (H * W) % (5 + C), n / W % H, n % W)),
            ([1, H, W, A * (5 + C)], n => (n / (5 + C) % A, n % (5 + C), n / (W * A * (5 + C)), n / (A * (5 + C)) % W)),
            ([1, A, 5 + C, H, W], n => (n / ((5 + C) * H * W), n / (H * W) % (5 + C), n / W % H, n % W)),
            ([1, A, H, W, 5 + C], n => (n / (H * W * (5 + C)), n % (5 + C), n / (W * (5 + C)) % H, n / (5 + C) % W)),
            ([1, H, W, A, 5 + C], n => (n / (5 + C) % A, n % (5 + C), n / (W * A * (5 + C)), n / (A * (5 + C)) % W)),
        ])
        {
            var values = Enumerable.Range(0, t.Length).Select(n => at(n) is var (a, k, i, j) ? (float)t[a, k, i, j] : 0).ToArray();
            var found = Decode(Plain, ("y", Tensor.Create(values, shape)), P("decoding", "yolo_grid"), P("classes", (long)C), P("style", style), P("nms", 1.0), P("anchors", anchors.Select(v => (object)v).ToImmutableArray()));
            Assert.HasCount(sorted.Length, found);
            for (var n = 0; n < sorted.Length; n++)
                AssertClose(sorted[n], found[n]);
        }
    }

    [TestMethod]
    public void Decode_YoloGridInOneRow_IsASquareOfCells()
    {
        // One anchor, one class, 2 x 2 cells: six planes of four cells. Only the last cell is an object.
        var values = new float[6 * 4];
        (values[(4 * 4) + 3], values[(5 * 4) + 3]) = (1, 0.5f);
        (values[3], values[4 + 3]) = (0.5f, 0.5f);
        AssertDetections("0 0.5 40 44 56 52", Decode(Plain, ("y", Tensor.Create(values, 1, 24)), P("decoding", "yolo_grid"), P("classes", 1L), P("activated", true), P("anchors", ImmutableArray.Create<object>(16L, 8L))));
    }

    [TestMethod]
    public void Decode_YoloGridBelowTheObjectnessThreshold_CountsNothingButSeesNaN()
    {
        float[] cell = [0.5f, 0.5f, 0, 0, 0.25f, 0.9f];
        (string, object)[] parameters = [P("decoding", "yolo_grid"), P("classes", 1L), P("activated", true), P("anchors", ImmutableArray.Create<object>(16L, 8L)), P("objectness_threshold", 0.25)];
        Assert.IsEmpty(Decode(Plain, [("y", Tensor.Create(cell, 1, 6, 1, 1)), .. parameters]));
        cell[5] = float.NaN;
        Assert.IsNull(Decode(Plain, [("y", Tensor.Create(cell, 1, 6, 1, 1)), .. parameters]));
    }

    [TestMethod]
    public void Decode_Suppression_OfAllClassesWithBoundariesOrDistance()
    {
        // Two boxes of 10 x 10 pixels, 5 apart, of two classes: intersection 50, union 150, with boundaries 66 of 176; centres 5 apart and a diagonal of 15² + 10².
        float[] rows = [0, 0, 10, 10, 0.9f, 0, 5, 0, 15, 10, 0, 0.8f];
        int Count(params (string, object)[] more) => Decode(Plain, [("y", Tensor.Create(rows, 1, 2, 6)), P("decoding", "yolo"), P("classes", 2L), P("objectness", false), P("box_format", "xyxy"), .. more]).Count;
        Assert.AreEqual(2, Count(P("nms", 0.33)), "classes apart");
        Assert.AreEqual(1, Count(P("nms", 0.33), P("nms_classes", "together")));
        Assert.AreEqual(2, Count(P("nms", 0.34), P("nms_classes", "together")));
        Assert.AreEqual(1, Count(P("nms", 0.37), P("nms_classes", "together"), P("nms_boundaries", true)));
        Assert.AreEqual(2, Count(P("nms", 0.38), P("nms_classes", "together"), P("nms_boundaries", true)));
        // 1/3 - (25 / 325)^0.6 = 0.1187
        Assert.AreEqual(1, Count(P("nms", 0.11), P("nms_classes", "together"), P("nms_method", "diou")));
        Assert.AreEqual(2, Count(P("nms", 0.12), P("nms_classes", "together"), P("nms_method", "diou")));
    }

    [TestMethod]
    public void Decode_Anchors_AreThoseOfThePyramid()
    {
        // A level of stride 32 on 64 x 64: four cells; ratios 1 and 4, so anchors 16 x 16 and 8 x 32 around (16, 16), (48, 16), (16, 48), (48, 48).
        var (offsets, scores) = (new float[8 * 4], new float[8 * 2]);
        (offsets[3 * 4], offsets[(3 * 4) + 1], offsets[(3 * 4) + 2], offsets[(3 * 4) + 3]) = (0.5f, -0.25f, MathF.Log(2) * 5, 100);
        (scores[3 * 2], scores[(3 * 2) + 1]) = (4, 0);
        var found = Decode(Plain, ("b", Tensor.Create(offsets, 1, 8, 4)), ("s", Tensor.Create(scores, 1, 8, 2)), P("decoding", "anchors"), P("boxes", "b"), P("scores", "s"), P("strides", 32L), P("sizes", 16L),
            P("ratios", ImmutableArray.Create<object>(1L, 4L)), P("variances", ImmutableArray.Create<object>(0.5, 0.5, 0.2, 0.2)), P("score_activation", "softmax"), P("background", 1L), P("nms", 1.0), P("score_threshold", 0.6));
        // The second anchor of the second cell, 8 x 32 around (48, 16): the centre moves by 0.5 * 0.5 * 8 = 2 and -0.25 * 0.5 * 32 = -4, the width doubles, the height grows by the limit, 1000 / 16.
        AssertClose(new Detection(0, 1 / (1 + Math.Exp(-4)), 50 - 8, 12 - 1000, 50 + 8, 12 + 1000), found.Single());
    }

    [TestMethod]
    public void Decode_Priors_AreAnOutputOfTheModel() => AssertDetections("1 0.75 16 16 48 48", Decode(Plain,
        ("b", Tensor.Create(new float[4], 1, 1, 4)), ("s", Tensor.Create([0.25f, 0.75f], 1, 1, 2)), ("p", Tensor.Create([0.5f, 0.5f, 0.5f, 0.5f], 1, 4)),
        P("decoding", "anchors"), P("boxes", "b"), P("scores", "s"), P("priors", "p"), P("box_format", "cxcywh"), P("background", 0L)));

    [TestMethod]
    public void Decode_Clip_CutsAtTheImage() => AssertDetections("3 0.9 0 0 200 100", Decode(Letterbox, ("y", Tensor.Create([0, 3, 0.9f, -1, -1, 2, 2], 1, 1, 1, 7)), P("clip", true)));

    [TestMethod]
    [DataRow("decoding=yolo", DiagnosticCodes.MissingKey, "'classes'")]
    [DataRow("decoding=yolo classes=3", DiagnosticCodes.ShapeMismatch, "[1, N, 8] or [1, 8, N]")]
    [DataRow("decoding=boxes boxes=y", DiagnosticCodes.MissingKey, "'labels'")]
    [DataRow("decoding=boxes boxes=y labels=z scores=y", DiagnosticCodes.ShapeMismatch, "[..., N, 4]")]
    [DataRow("decoding=yolo_grid classes=3 anchors=1", DiagnosticCodes.ValueOutOfRange, "pairs")]
    [DataRow("decoding=anchors boxes=y scores=y", DiagnosticCodes.ValueOutOfRange, "'strides'")]
    [DataRow("decoding=ssdd", DiagnosticCodes.UnknownName, "Did you mean 'ssd'?")]
    [DataRow("nms_method=diou", DiagnosticCodes.MissingKey, "'nms'")]
    [DataRow("nms=2", DiagnosticCodes.ValueOutOfRange, "from 0 to 1")]
    [DataRow("overlap_threshold=0", DiagnosticCodes.ValueOutOfRange, "above 0")]
    [DataRow("anchors=3", DiagnosticCodes.UnknownKey, "'anchors'")]
    [DataRow("", DiagnosticCodes.ShapeMismatch, "[..., N, 7]")]
    public void Decode_WhatDoesNotFit_IsNamed(string parameters, string code, string message)
    {
        var error = Assert.ThrowsExactly<QuantizeException>(() => Specifications.Create("map", parameters).Observe(
            new MetricInput(new Dictionary<string, Tensor> { ["y"] = Tensor.Create(new float[6], 1, 6), ["z"] = Tensor.Create(new float[1], 1) }, "y", Plain.ToTensor(), null, "cat.png")));
        Assert.AreEqual(code, error.Diagnostics.Single().Code, error.Message);
        StringAssert.Contains(error.Message, message);
    }

    private static (string, object) P(string name, object value) => (name, value);

    /// <summary>Pairs with a tensor are outputs, the others parameters.</summary>
    private static IReadOnlyList<Detection> Decode(DetectionLabel frame, params (string Name, object Value)[] given)
    {
        var outputs = given.Where(g => g.Value is Tensor).ToDictionary(g => g.Name, g => (Tensor)g.Value);
        var specification = Specifications.Of("map") with
        {
            Parameters = given.Where(g => g.Value is not Tensor).ToImmutableSortedDictionary(g => g.Name, g => new Located<object>(g.Value, Specifications.ParameterPosition), StringComparer.Ordinal),
        };
        return new BoxDecoder(new MetricParameters(specification), keepTopK: 200).Decode(new MetricInput(outputs, outputs.Keys.First(), null, null), frame)!;
    }

    private static void AssertDetections(string expected, IReadOnlyList<Detection> found)
    {
        var boxes = expected.Split("; ").Select(b => b.Split(' ').Select(n => double.Parse(n, CultureInfo.InvariantCulture)).ToArray()).ToArray();
        Assert.HasCount(boxes.Length, found);
        for (var i = 0; i < boxes.Length; i++)
            AssertClose(new Detection((int)boxes[i][0], boxes[i][1], boxes[i][2], boxes[i][3], boxes[i][4], boxes[i][5]), found[i]);
    }

    private static void AssertClose(Detection expected, Detection actual)
    {
        Assert.AreEqual(expected.Class, actual.Class, actual.ToString());
        foreach (var (e, a) in ((double, double)[])[(expected.Score, actual.Score), (expected.X1, actual.X1), (expected.Y1, actual.Y1), (expected.X2, actual.X2), (expected.Y2, actual.Y2)])
            Assert.AreEqual(e, a, 1e-5 * Math.Max(1, Math.Abs(e)), $"{actual} instead of {expected}");
    }
}
