using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Metrics;
using QuantizeTasks.Tests.Data;

namespace QuantizeTasks.Tests.Metrics;

/// <summary>Values of scikit-learn, scikit-image, scipy and Levenshtein on samples made by formulas: <c>/usr/bin/python3 expected_more.py</c> prints them.</summary>
[TestClass]
public class MetricReferenceTests
{
    private const double Exact = 1e-9;

    [TestMethod]
    [DataRow("precision", "", 0.350640256102441)]
    [DataRow("recall", "", 0.20833333333333334)]
    [DataRow("precision", "average=micro", 0.5)]
    [DataRow("recall", "average=micro", 0.5)]
    [DataRow("precision", "average=binary positive=3", 0.9166666666666666)]
    [DataRow("recall", "average=binary positive=3", 0.4583333333333333)]
    [DataRow("f1", "average=binary positive=3", 0.611111111111111)]
    [DataRow("roc_auc", "", 0.746141975308642)]
    [DataRow("roc_auc", "scores=logits", 0.8028549382716049)]
    [DataRow("log_loss", "scores=logits", 3.10283058323766)]
    [DataRow("sqnr", "", 4.390665504834642)]
    [DataRow("kl", "scores=logits", 3.983393133784976)]
    public void Aggregate_SevenScores_EqualsTheReference(string name, string parameters, double expected) =>
        Assert.AreEqual(expected, Value(name, parameters, Observations.Classification()), Exact);

    [TestMethod]
    public void Aggregate_LogLossOfProbabilities_EqualsScikitLearn() => Assert.AreEqual(2.2374804746026182, Value("log_loss", "scores=probabilities",
        Classification(s => [.. s.Select(v => v / s.Sum())], label => label)), 1e-6); // float32 quotients

    [TestMethod]
    [DataRow("roc_auc", "", 0.27662037037037035, 0.0, 1.0)]
    [DataRow("roc_auc", "", 0.2743055555555555, 0.0, 0.25)]
    [DataRow("log_loss", "scores=logits", 4.503065124613218, -8.0, 1.0)]
    public void Aggregate_SingleScore_EqualsScikitLearn(string name, string parameters, double expected, double shift, double scale) => Assert.AreEqual(expected, Value(name, parameters,
        Classification(s => [(float)(scale < 1 ? Math.Floor(s[0] * scale) : s[0] + shift)], label => label % 2)), Exact);

    [TestMethod]
    public void Aggregate_RocAucOfTwoScores_EqualsScikitLearn() =>
        Assert.AreEqual(0.7337962962962963, Value("roc_auc", "", Classification(s => s[..2], label => label % 2)), Exact);

    [TestMethod]
    [DataRow("r2", "", -6.953214520695714)]
    [DataRow("rmse", "average=pooled", 7.660982085061059)]
    public void Aggregate_Regression_EqualsScikitLearn(string name, string parameters, double expected) => Assert.AreEqual(expected, Value(name, parameters,
        [.. Observations.Classification().Select(s => Observations.Of(s.Outputs["y"], Tensor.Create(Array.ConvertAll(s.Reference!["y"].As<float>(), v => v % 10), 7)))]), Exact);

    [TestMethod]
    public void Aggregate_R2OfOneOutput_EqualsScikitLearn() => Assert.AreEqual(-6.436831304400609, Value("r2", "",
        [.. Observations.Classification().Select(s => Observations.Of(Observations.Vector(s.Outputs["y"].As<float>()[2]), Tensor.Create([s.Reference!["y"].As<float>()[2] % 10], 1)))]), Exact);

    [TestMethod]
    [DataRow("", 19.070434077381865)]
    [DataRow("shift=1", 726.3934718883197)]
    public void Aggregate_Perplexity_EqualsScipy(string parameters, double expected) =>
        Assert.AreEqual(expected, Value("perplexity", $"scores=logits {parameters}", Tokens()), expected * Exact);

    [TestMethod]
    [DataRow("mean_accuracy", "classes=6 ignore=6", 0.47591036414565824)]
    [DataRow("pixel_accuracy", "classes=6 ignore=6", 0.4742857142857143)]
    [DataRow("mean_iou", "classes=6 ignore=6 average=seen", 0.28074059273900764)]
    public void Aggregate_OtherMetricsOfMasks_EqualScikitLearns(string name, string parameters, double expected)
    {
        Assert.AreEqual(expected, Value(name, parameters, Observations.Dense()), Exact);
        // The same from an output that is the predicted classes, as models with an ArgMax at the end have it.
        var classes = Observations.Dense().Select(s => Observations.Of(Tensor.Create([.. Enumerable.Range(0, 20).Select(i => (long)Enumerable.Range(0, 6).MaxBy(k => s.Outputs["y"].As<float>()[(k * 20) + i]))], 1, 5, 4), s.Label));
        Assert.AreEqual(expected, Value(name, parameters + " predictions=classes", [.. classes]), Exact);
    }

    [TestMethod]
    public void Aggregate_MeanIouThatIgnoresPredictionsToo_EqualsScikitLearns()
    {
        var specification = Specifications.Of("mean_iou", "classes=6 ignore_predicted=true average=seen");
        var metric = MetricFactory.Create(specification with { Parameters = specification.Parameters.Add("ignore", new Located<object>(ImmutableArray.Create<object>(2L, 6L), Specifications.ParameterPosition)) });
        Assert.AreEqual(0.32160834153315354, metric.Aggregate([.. Observations.Dense().Select(s => metric.Observe(s))]), Exact);
    }

    [TestMethod]
    public void Aggregate_Dice_EqualsScikitLearnsF1OfPositions()
    {
        Assert.AreEqual(0.49988430900662484, Value("dice", "classes=6 ignore=6", Observations.Dense()), Exact);
        var binary = Observations.Dense().Select(s => Observations.Of(
            Tensor.Create(s.Outputs["y"].As<float>()[20..40], 1, 1, 5, 4), Tensor.Create(Array.ConvertAll(s.Label!.As<byte>(), m => m == 6 ? (byte)255 : m == 1 ? (byte)1 : (byte)0), 5, 4)));
        Assert.AreEqual(0.56531268264173, Value("dice", "classes=2 ignore=255 threshold=9", [.. binary]), Exact);
    }

    [TestMethod]
    [DataRow("nchw")]
    [DataRow("nhwc")]
    public void PerSample_Ssim_EqualsScikitImage(string layout)
    {
        double[] expected = [0.9065255180625515, 0.9073182428046225, 0.9048659038658348];
        var metric = Specifications.Create("ssim", $"data_range=1 layout={layout}");
        for (var s = 0; s < expected.Length; s++)
            Assert.AreEqual(expected[s], metric.PerSample(metric.Observe(Images(s, layout == "nhwc"))), Exact);
    }

    [TestMethod]
    [DataRow("wer", 0.5238095238095238, "1/5 1/1 1/5 3/5 4/4 1/1")]
    [DataRow("cer", 0.47674418604651164, "4/18 3/7 7/27 6/9 20/20 1/5")]
    public void Aggregate_ErrorRates_EqualLevenshtein(string name, double expected, string each)
    {
        (string Predicted, string Label)[] pairs =
            [("the cat sat on the mat", "the cat sat on mat"), ("kitten", "sitting"), ("speech is hard to wreck", "speech is hard to recognise"), ("a b c d", "b c d e f"), ("", "silence is not empty"), ("gröẞe", "größe")];
        var metric = Specifications.Create(name);
        var contributions = pairs.Select(p => metric.Observe(Observations.Of(Tensor.Create([p.Predicted], 1), Tensor.Create([p.Label], 1)))).ToList();

        Assert.AreEqual(each, string.Join(' ', contributions.Select(c => $"{c[0]}/{c[1]}")));
        Assert.AreEqual(expected, metric.Aggregate(contributions), Exact);
    }

    /// <summary>Best path decoding: of a a - a b b the repeats merge and the blank (0) goes, which leaves a a b.</summary>
    [TestMethod]
    [DataRow("cer", "", 0.0)]
    [DataRow("cer", "decode=greedy", 1.0)]
    [DataRow("wer", "separator=2", 0.0)]
    public void Aggregate_CtcScores_AreMergedAndUnblanked(string name, string parameters, double expected)
    {
        int[] path = [1, 1, 0, 1, 2, 2];
        var scores = path.SelectMany(token => Enumerable.Range(0, 3).Select(c => c == token ? 2f : -1f)).ToArray();

        Assert.AreEqual(expected, Value(name, parameters, [Observations.Of(Tensor.Create(scores, 1, 6, 3), Tensor.Create<long>([1, 1, 2, -100], 4))]), Exact);
    }

    [TestMethod]
    public void Aggregate_TokensWithCharacters_AreText()
    {
        var metric = MetricFactory.Create(Specifications.Of("wer") with
        {
            Parameters = Specifications.Of("wer").Parameters.Add("characters", new(" abc", Specifications.ParameterPosition)).Add("blank", new(9L, Specifications.ParameterPosition)),
        });

        // "ab c" against "ab b": one of two words.
        Assert.AreEqual(0.5, metric.Aggregate([metric.Observe(Observations.Of(Tensor.Create<long>([1, 2, 0, 3], 1, 4), Tensor.Create(["ab b"], 1)))]));
    }

    /// <summary>By hand, after the definition in SQuAD's evaluation script: 2 of 3 predicted and 2 of 4 labelled tokens in common make 4/7; a token twice in one and once in the other counts once.</summary>
    [TestMethod]
    [DataRow("the big dog", "the very big cat", 0.0, 4.0 / 7)]
    [DataRow("a a b", "a b b b", 0.0, 4.0 / 7)]
    [DataRow("same words", "same words", 1.0, 1.0)]
    [DataRow("", "", 1.0, 1.0)]
    [DataRow("", "something", 0.0, 0.0)]
    [DataRow("one", "two", 0.0, 0.0)]
    public void PerSample_Answers_FollowSquad(string predicted, string label, double exact, double f1)
    {
        var sample = Observations.Of(Tensor.Create([predicted], 1), Tensor.Create([label], 1));

        Assert.AreEqual(exact, Value("exact_match", "", [sample]));
        Assert.AreEqual(f1, Value("token_f1", "", [sample]), Exact);
    }

    /// <summary>Prediction 1..3, label 2..4: two of three positions each way.</summary>
    [TestMethod]
    public void PerSample_Spans_AreTheirPositions()
    {
        var outputs = new Dictionary<string, Tensor> { ["s"] = Observations.Vector(0, 5, 1, 1, 0), ["e"] = Observations.Vector(0, 1, 1, 5, 0) };
        double Of(string name, long start, long end)
        {
            var metric = Specifications.Create(name, "end_output=e");
            return metric.PerSample(metric.Observe(new MetricInput(outputs, "s", Tensor.Create<long>([start, end], 2), null)));
        }

        Assert.AreEqual(2.0 / 3, Of("token_f1", 2, 4), Exact);
        Assert.AreEqual(0, Of("exact_match", 2, 4));
        Assert.AreEqual(1, Of("exact_match", 1, 3));
        Sources.Error(() => Of("exact_match", 1, 5), DiagnosticCodes.LabelInvalid);
    }

    [TestMethod]
    public void Aggregate_WithoutWhatItIsAbout_IsNaNAndNeverAPass()
    {
        Assert.AreEqual(double.NaN, Value("roc_auc", "", [.. Classification(s => [s[0]], _ => 1)]), "one class only");
        Assert.AreEqual(double.NaN, Value("r2", "", [Observations.Of(Observations.Vector(1), Tensor.Create([2f], 1))]), "one sample");
        Assert.AreEqual(double.NaN, Value("perplexity", "scores=logits", [Observations.Of(Tensor.Create(new float[4], 1, 2, 2), Tensor.Create<long>([-100, -100], 2))]), "no token");
    }

    [TestMethod]
    public void PerSample_WithoutAnAggregate_StillRanks()
    {
        var (auc, r2) = (Specifications.Create("roc_auc"), Specifications.Create("r2"));
        double Auc(float[] scores, long label) => auc.PerSample(auc.Observe(Observations.Of(Observations.Vector(scores), Observations.Class(label))));

        Assert.IsGreaterThan(Auc([0.7f], 0), Auc([0.3f], 0));
        Assert.AreEqual(2, Auc([1, 4, 3], 1), Exact);
        Assert.AreEqual(-2.5, r2.PerSample(r2.Observe(Observations.Of(Observations.Vector(1, 2), Tensor.Create([2f, 4f], 2)))), Exact);
    }

    [TestMethod]
    public void Create_ScoresOfUnknownKind_IsRefused()
    {
        foreach (var name in (string[])["log_loss", "perplexity", "kl"])
            StringAssert.Contains(Sources.Error(() => Specifications.Create(name), DiagnosticCodes.MissingKey).Message, "'scores'", StringComparison.Ordinal);
        Sources.Error(() => Specifications.Create("kl", "scores=odds"), DiagnosticCodes.UnknownName);
    }

    private static List<MetricInput> Classification(Func<float[], float[]> scores, Func<long, long> label) =>
        [.. Observations.Classification().Select(s => Observations.Of(Observations.Vector(scores(s.Outputs["y"].As<float>())), Observations.Class(label(s.Label!.As<long>()[0]))))];

    /// <summary>Ten samples of six tokens, of which class 4 is ignored.</summary>
    private static IReadOnlyList<MetricInput> Tokens() =>
    [
        .. Observations.Classification().Chunk(6).Select(six => Observations.Of(
            Tensor.Create(six.SelectMany(s => s.Outputs["y"].As<float>()).ToArray(), 1, 6, 7),
            Tensor.Create(six.Select(s => s.Label!.As<long>()[0]).Select(token => token == 4 ? -100 : token).ToArray(), 6))),
    ];

    private static MetricInput Images(int s, bool channelsLast)
    {
        var (image, other) = (new float[640], new float[640]);
        for (var c = 0; c < 2; c++)
        {
            for (var i = 0; i < 320; i++)
            {
                var (y, x) = (i / 20, i % 20);
                var pattern = ((7 * y * y) + (13 * x * x) + (3 * y * x * (c + 1)) + (5 * s)) % 101;
                var at = channelsLast ? (i * 2) + c : (c * 320) + i;
                (image[at], other[at]) = (pattern / 100f, (pattern + (((x * y) + s) % 7 * 6)) / 128f);
            }
        }
        int[] shape = channelsLast ? [1, 16, 20, 2] : [1, 2, 16, 20];
        return Observations.Of(Tensor.Create(other, shape), Tensor.Create(image, shape[1..]));
    }

    private static double Value(string name, string parameters, IReadOnlyList<MetricInput> samples)
    {
        var metric = Specifications.Create(name, parameters);
        return metric.Aggregate([.. samples.Select(s => metric.Observe(s))]);
    }
}
