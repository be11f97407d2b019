namespace QuantizeTasks.Tests.Metrics;

/// <summary>Values of scikit-learn and numpy on samples made by formulas: expected.py prints them.</summary>
[TestClass]
public class MetricValueTests
{
    private const double Exact = 1e-12;

    [TestMethod]
    [DataRow("accuracy@top1", "", 0.5)]
    [DataRow("accuracy@top3", "", 0.7166666666666667)]
    [DataRow("f1", "", 0.2600505328361554)]
    [DataRow("f1", "average=micro", 0.5)]
    [DataRow("cosine", "", 0.8071063203436672)]
    [DataRow("agreement", "", 0.43333333333333335)]
    public void Aggregate_Classification_EqualsScikitLearn(string name, string parameters, double expected) =>
        Assert.AreEqual(expected, Value(Specifications.Create(name, parameters), Observations.Classification()), Exact);

    [TestMethod]
    public void Aggregate_BinaryF1_EqualsScikitLearn()
    {
        var samples = Observations.Classification().Select(s => Observations.Of(Observations.Vector(s.Outputs["y"].As<float>()[0]), Observations.Class(s.Label!.As<long>()[0] % 2))).ToList();

        Assert.AreEqual(0.40624999999999994, Value(Specifications.Create("f1", "threshold=6"), samples), Exact);
    }

    [TestMethod]
    [DataRow("mae", "", 5.225930059523809, 1.0)]
    [DataRow("rmse", "", 6.187219562401372, 1.0)]
    [DataRow("psnr", "data_range=10", 5.884235744072714, 10.0)]
    public void Aggregate_Regression_EqualsScikitLearnAndNumpy(string name, string parameters, double expected, double modulus)
    {
        var samples = Observations.Classification().Select(s => Observations.Of(s.Outputs["y"],
            Tensor.Create(Array.ConvertAll(s.Reference!["y"].As<float>(), v => modulus > 1 ? v % modulus : v), 7))).ToList();

        Assert.AreEqual(expected, Value(Specifications.Create(name, parameters), samples), Exact);
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(-3)]
    public void Aggregate_MeanIou_EqualsScikitLearnsJaccardOverLabelledClasses(int axis) =>
        Assert.AreEqual(0.3368887112868092, Value(Specifications.Create("mean_iou", $"classes=6 ignore=6 axis={axis}"), Observations.Dense()), Exact);

    [TestMethod]
    public void Aggregate_DenseAgreement_IsTheShareOfEqualPositions()
    {
        // The other model scores 1 for the class of the mask and 0 for the others; a class above 5 is one that ours never predicts.
        var samples = Observations.Dense().Select(s =>
        {
            var other = new float[7 * 20];
            var ours = new float[7 * 20];
            s.Outputs["y"].As<float>().CopyTo(ours, 0);
            ours.AsSpan(120).Fill(-1);
            for (var i = 0; i < 20; i++)
                other[(s.Label!.As<byte>()[i] * 20) + i] = 1;
            return Observations.Of(Tensor.Create(ours, 1, 7, 5, 4), null, Tensor.Create(other, 1, 7, 5, 4));
        }).ToList();

        Assert.AreEqual(0.3458333333333333, Value(Specifications.Create("agreement", "axis=1"), samples), Exact);
    }

    /// <summary>By hand: 4 x 4 with a border of 1 leaves 4 pixels; the output 2 is clipped to 1, so the errors are 0, 0.5, 0, 0: mse 1/16, 10 log10 16 = 12.0412.</summary>
    [TestMethod]
    [DataRow("nchw")]
    [DataRow("nhwc")]
    public void PerSample_Psnr_ClipsAndCrops(string layout)
    {
        float[] output = [9, 9, 9, 9, 9, 2, 0.5f, 9, 9, -3, 1, 9, 9, 9, 9, 9], label = [0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0];
        int[] shape = layout == "nchw" ? [1, 1, 4, 4] : [1, 4, 4, 1];
        var metric = Specifications.Create("psnr", $"data_range=1 crop_border=1 layout={layout}");

        var value = metric.PerSample(metric.Observe(Observations.Of(Tensor.Create(output, shape), Tensor.Create(label, 4, 4))));

        Assert.AreEqual(12.041199826559248, value, Exact);
    }

    [TestMethod]
    public void PerSample_PsnrOfEqualImages_IsTheCap()
    {
        var metric = Specifications.Create("psnr", "data_range=1");

        Assert.AreEqual(100, metric.PerSample(metric.Observe(Observations.Of(Observations.Vector(0.25f, 1), Observations.Vector(0.25f, 1)))));
    }

    [TestMethod]
    public void Observe_Ties_GoToTheLowerIndex()
    {
        var (top1, top2) = (Specifications.Create("accuracy@top1"), Specifications.Create("accuracy@top2"));
        double Hit(IMetric metric, long label) => metric.Observe(Observations.Of(Observations.Vector(1, 3, 3, 3), Observations.Class(label)))[0];

        CollectionAssert.AreEqual(new double[] { 0, 1, 0, 0 }, Enumerable.Range(0, 4).Select(label => Hit(top1, label)).ToArray());
        CollectionAssert.AreEqual(new double[] { 0, 1, 1, 0 }, Enumerable.Range(0, 4).Select(label => Hit(top2, label)).ToArray());
        // numpy.argmax([1, 3, 3, 3]) is 1, and that of [3, 1, 1, 3] is 0.
        var agreement = Specifications.Create("agreement");
        Assert.AreEqual(0, agreement.PerSample(agreement.Observe(Observations.Of(Observations.Vector(1, 3, 3, 3), null, Observations.Vector(3, 1, 1, 3)))));
        Assert.AreEqual(1, agreement.PerSample(agreement.Observe(Observations.Of(Observations.Vector(1, 3, 3, 3), null, Observations.Vector(1, 2, 2, 2)))));
    }

    [TestMethod]
    public void Observe_NamedOutputAndFlatOrSpatialScores_AreRead()
    {
        var outputs = new Dictionary<string, Tensor> { ["y"] = Observations.Vector(9, 0), ["495"] = Tensor.Create([0f, 1, 2], 1, 3, 1, 1) };
        var metric = Specifications.Create("accuracy@top1", "output=495");

        Assert.AreEqual(1, metric.Observe(new MetricInput(outputs, "y", Observations.Class(2), null))[0]);
    }

    [TestMethod]
    public void PerSample_CosineOfZeros_IsDefined()
    {
        var metric = Specifications.Create("cosine");
        double Cosine(float[] a, float[] b) => metric.PerSample(metric.Observe(Observations.Of(Observations.Vector(a), null, Observations.Vector(b))));

        Assert.AreEqual(1, Cosine([0, 0], [0, 0]));
        Assert.AreEqual(0, Cosine([0, 0], [0, 1]));
        Assert.AreEqual(-1, Cosine([1, 2], [-2, -4]), Exact);
    }

    [TestMethod]
    public void MeanIou_NothingLabelled_IsNothingMeasured()
    {
        var metric = Specifications.Create("mean_iou", "classes=2 ignore=255");
        var contribution = metric.Observe(Observations.Of(Tensor.Create(new float[4], 1, 2, 2), Tensor.Create(new byte[] { 255, 255 }, 2)));

        Assert.AreEqual(1, metric.PerSample(contribution));
        Assert.AreEqual(double.NaN, metric.Aggregate([contribution]));
    }

    private static double Value(IMetric metric, IReadOnlyList<MetricInput> samples) => metric.Aggregate([.. samples.Select(s => metric.Observe(s))]);
}
