using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Tests.Metrics;

/// <summary>Mean average precision against expected_detection.py, which computes it in plain Python from the published definitions.</summary>
[TestClass]
public sealed class MeanAveragePrecisionTests
{
    private const string Outputs = "decoding=boxes boxes=b scores=s labels=l ";
    private const int Images = 40;
    private const int Classes = 5;

    [TestMethod]
    [DataRow("map", "", 0.3808786614338313)]
    [DataRow("map", "integral=11point", 0.39955262705553335)]
    [DataRow("map", "include_boundaries=false overlap_threshold=0.7", 0.21161302615029323)]
    [DataRow("map", "allow_multiple_matches_per_ignored=false", 0.3798947983233697)]
    [DataRow("coco_precision", "", 0.20346808127539326)]
    [DataRow("coco_precision", "max_detections=1", 0.18093298051609671)]
    [DataRow("coco_precision@50", "", 0.3875612460995473)]
    [DataRow("coco_precision@75", "", 0.200538018087523)]
    [DataRow("coco_precision@small", "", 0.0667986798679868)]
    [DataRow("coco_precision@medium", "", 0.2826808266540939)]
    [DataRow("coco_precision@large", "", 0.33711221122112206)]
    public void Aggregate_MadeUpDataSet_IsWhatTheDefinitionSays(string name, string parameters, double expected)
    {
        var metric = Specifications.Create(name, Outputs + parameters);
        Assert.AreEqual(expected, metric.Aggregate([.. DataSet().Select(sample => metric.Observe(sample))]), 1e-12);
    }

    [TestMethod]
    public void DataSet_IsThatOfTheScript()
    {
        var samples = DataSet();
        Assert.AreEqual("boxes 83 detections 159 ignored 7",
            $"boxes {samples.Sum(s => s.Label!.Shape[0] - 1)} detections {samples.Sum(s => s.Outputs["l"].Length)} ignored {samples.Sum(s => DetectionLabel.From(s.Label!)!.Boxes.Count(b => b.IsIgnored))}");
    }

    [TestMethod]
    [DataRow("map")]
    [DataRow("coco_precision")]
    public void PerSample_NothingToFind_IsOneUnlessSomethingIsFound(string name)
    {
        var metric = Specifications.Create(name, Outputs);
        Assert.AreEqual(1, metric.PerSample(metric.Observe(Sample([], []))));
        Assert.AreEqual(0, metric.PerSample(metric.Observe(Sample([], [new(1, 0.5, 10, 10, 30, 30)]))));
        Assert.IsTrue(double.IsNaN(metric.Aggregate([metric.Observe(Sample([], []))])), "nothing was measured");
        Assert.AreEqual(0, metric.Aggregate([metric.Observe(Sample([new(1, 10, 10, 30, 30, false, 400)], []))]));
        Assert.AreEqual(1, metric.Aggregate([metric.Observe(Sample([new(1, 10, 10, 30, 30, false, 400)], [new(1, 0.5, 10, 10, 30, 30)]))]), 1e-12);
    }

    [TestMethod]
    public void Observe_NaN_IsNeverSkipped()
    {
        var metric = Specifications.Create("map", Outputs);
        var good = Sample([new(1, 10, 10, 30, 30, false, 400)], [new(1, 0.5, 10, 10, 30, 30)]);
        foreach (var bad in (Box[])[new(1, double.NaN, 10, 10, 30, 30), new(1, 0.5, double.NaN, 10, 30, 30), new(1, 0.5, double.PositiveInfinity, 10, 30, 30)])
        {
            var contribution = metric.Observe(Sample([new(1, 10, 10, 30, 30, false, 400)], [bad]));
            Assert.IsTrue(double.IsNaN(metric.PerSample(contribution)));
            Assert.IsTrue(double.IsNaN(metric.Aggregate([metric.Observe(good), contribution])));
        }
    }

    [TestMethod]
    [DataRow("map")]
    [DataRow("coco_precision")]
    public void Observe_NegativeClass_IsNoDetection(string name)
    {
        var metric = Specifications.Create(name, Outputs);
        var sample = Sample([new(1, 10, 10, 30, 30, false, 400)], [new(-1, 0.9, 10, 10, 30, 30), new(1, 0.5, 10, 10, 30, 30)]);
        Assert.AreEqual(1, metric.Aggregate([metric.Observe(sample)]), 1e-12);
    }

    [TestMethod]
    public void Observe_LabelWithoutBoxes_SaysWhatIsNeeded()
    {
        var sample = Sample([], []);
        var error = Assert.ThrowsExactly<QuantizeException>(() => Specifications.Create("map", Outputs).Observe(new MetricInput(sample.Outputs, "b", Observations.Class(3), null, "cat.png")));
        Assert.AreEqual(DiagnosticCodes.ShapeMismatch, error.Diagnostics.Single().Code);
        StringAssert.Contains(error.Message, "cat.png");
    }

    /// <summary>The images of the script, drawn in the same order.</summary>
    internal static IReadOnlyList<MetricInput> DataSet()
    {
        var state = 12345L;
        int Draw(int limit)
        {
            state = ((state * 1103515245) + 12345) % 2147483648;
            return (int)((state >> 8) % limit);
        }

        return [.. Enumerable.Range(0, Images).Select(_ =>
        {
            var (boxes, found) = (new List<LabelledBox>(), new List<Box>());
            for (var n = Draw(6); n > 0; n--)
            {
                var (x, y, w, h) = (Draw(200), Draw(200), 8 + Draw(150), 8 + Draw(150));
                boxes.Add(new LabelledBox(Draw(Classes), x, y, x + w, y + h, Draw(8) == 0, w * h * (50 + Draw(50)) / 100.0));
            }
            foreach (var box in boxes)
            {
                for (var n = Draw(3); n > 0; n--)
                {
                    var (dx, dy) = (Draw(21) - 10, Draw(21) - 10);
                    var index = Draw(6) != 0 ? box.Class : Draw(Classes);
                    found.Add(new Box(index, (1 + Draw(64)) / 64.0, box.X1 + dx, box.Y1 + dy, box.X2 + dy, box.Y2 + dx));
                }
            }
            for (var n = Draw(4); n > 0; n--)
            {
                var (x, y) = (Draw(250), Draw(250));
                var index = Draw(Classes);
                var score = (1 + Draw(40)) / 64.0;
                var x2 = x + 5 + Draw(120);
                found.Add(new Box(index, score, x, y, x2, y + 5 + Draw(120)));
            }
            return Sample(boxes, found);
        })];
    }

    /// <summary>The first images with something to find and something found, as an SSD says it.</summary>
    internal static IReadOnlyList<MetricInput> AsSsd(int count) =>
    [
        .. DataSet().Where(s => s.Outputs["l"].Length > 0 && DetectionLabel.From(s.Label!)!.Boxes.Any(b => !b.IsIgnored)).Take(count).Select(s => Observations.Of(Ssd(Enumerable.Range(0, s.Outputs["l"].Length)
            .Select(i => (int)s.Outputs["l"].As<long>()[i] is var index && s.Outputs["b"].As<float>() is var b ? new Box(index, s.Outputs["s"].As<float>()[i], b[4 * i], b[(4 * i) + 1], b[(4 * i) + 2], b[(4 * i) + 3]) : default)), s.Label)),
    ];

    /// <summary>An SSD that finds everything.</summary>
    internal static Tensor PerfectSsd(Tensor label) => Ssd(DetectionLabel.From(label)!.Boxes.Select(b => new Box(b.Class, 1, b.X1, b.Y1, b.X2, b.Y2)));

    private static Tensor Ssd(IEnumerable<Box> found)
    {
        float[] rows = [.. found.SelectMany(f => new[] { 0, f.Class, (float)f.Score, (float)(f.X1 / 400), (float)(f.Y1 / 400), (float)(f.X2 / 400), (float)(f.Y2 / 400) })];
        return Tensor.Create(rows, 1, 1, rows.Length / 7, 7);
    }

    /// <summary>A sample of an image of 400 x 400 pixels that goes into the model as it is.</summary>
    internal static MetricInput Sample(IReadOnlyList<LabelledBox> boxes, IReadOnlyList<Box> found) => new(
        new Dictionary<string, Tensor>
        {
            ["b"] = Tensor.Create([.. found.SelectMany(f => new[] { (float)f.X1, (float)f.Y1, (float)f.X2, (float)f.Y2 })], 1, found.Count, 4),
            ["s"] = Tensor.Create([.. found.Select(f => (float)f.Score)], 1, found.Count),
            ["l"] = Tensor.Create([.. found.Select(f => (long)f.Class)], 1, found.Count),
        }, "b", new DetectionLabel(400, 400, 400, 400, 1, 1, 0, 0, boxes).ToTensor(), null, "cat.png");

    /// <summary>What a model says that it found.</summary>
    internal readonly record struct Box(int Class, double Score, double X1, double Y1, double X2, double Y2);
}
