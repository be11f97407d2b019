using System.Text.Json;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Metrics;
using QuantizeTasks.Reporting;
using QuantizeTasks.Runs;

namespace QuantizeTasks.Tests.Pipeline;

/// <summary>annotation_free: the float model's own answers as labels.</summary>
[TestClass]
public sealed class AnnotationFreeTests : IDisposable
{
    private readonly PipelineProject _project = new();

    public void Dispose() => _project.Dispose();

    [TestMethod]
    public void Run_NoLabels_JudgesByTheFloatModelsSureAnswers()
    {
        const double threshold = 0.5;
        var (kept, changed) = Count(threshold, () => _project.Run(Manifest(threshold, maximalDrop: 0.9)));
        var report = _project.Run(Manifest(threshold, maximalDrop: 0.9));
        Assert.IsTrue(kept is > 0 and < PipelineProject.Samples, $"the fixture must have sure and unsure answers, {kept}");
        Assert.AreEqual(new PseudoLabelRecord(kept, PipelineProject.Samples, threshold), report.PseudoLabels);
        var metric = report.Metrics.Single();
        Assert.AreEqual((1.0, kept), (metric.Baseline, metric.Samples));
        Assert.AreEqual((double)changed / kept, metric.Drop, 1e-12);
        using var json = JsonDocument.Parse(File.ReadAllBytes(_project.File("report", "report.json")));
        Assert.AreEqual(kept, json.RootElement.GetProperty("pseudoLabels").GetProperty("kept").GetInt32());
    }

    [TestMethod]
    public void Run_ThresholdNobodyReaches_IsAnError()
    {
        var error = Assert.ThrowsExactly<QuantizeException>(() => _project.Run(Manifest(1, maximalDrop: 0.9))).Diagnostics[0];
        Assert.AreEqual(DiagnosticCodes.TooFewSamples, error.Code);
        StringAssert.Contains(error.Message, "annotation_conf_threshold (1)");
        Assert.IsFalse(File.Exists(_project.OutputPath));
    }

    [TestMethod]
    public void Run_Twice_ComputesNothingAgain()
    {
        _project.Run(Manifest(0, maximalDrop: 0.9));
        Assert.AreEqual(0, _project.Run(Manifest(0, maximalDrop: 0.9)).Evaluations.Samples);
    }

    [TestMethod]
    public void Evaluate_SameManifest_UsesTheSameLabels()
    {
        var report = _project.Run(Manifest(0.5, maximalDrop: 0.9));
        var again = EvaluationPipeline.Evaluate(_project.OutputPath, Manifest(0.5, maximalDrop: 0.9), _project.Options(), new Progress<RunEvent>(), CancellationToken.None);
        Assert.AreEqual((report.Metrics[0].Quantized, report.Metrics[0].Samples), (again.Metrics[0].Value, again.Metrics[0].Samples));
    }

    /// <summary>Whatever the labels are, no more answers can turn from right to wrong than are changed at all.</summary>
    [TestMethod]
    public void Run_ThresholdZero_BoundsTheDropUnderAnyLabels()
    {
        var bound = _project.Run(Manifest(0, maximalDrop: 0.9)).Metrics[0].Drop;
        Assert.IsGreaterThan(0, bound, "the fixture must lose something in int8");
        var answers = Answers(_project.ModelPath);
        var random = new Random(5);
        for (var round = 0; round < 3; round++)
        {
            var file = _project.File($"labels{round}.npy");
            PipelineProject.WriteNpy(file, [.. answers.Select(a => random.NextDouble() < 0.5 ? (float)a.Class : random.Next(10))], answers.Length);
            Assert.IsLessThanOrEqualTo(bound + 1e-12, _project.Run(_project.Manifest(0.9, edit: m => m with
            {
                Validation = (TensorSourceSpecification)m.Validation! with { Labels = new(file, m.Model.Position) },
            })).Metrics[0].Drop);
        }
    }

    [TestMethod]
    [DataRow(new double[] { 0.1, 0.7, 0.2 }, 1, 0.7, DisplayName = "a distribution is taken as it is")]
    [DataRow(new double[] { 1, 2, 2 }, 1, 0.4223187982515182, DisplayName = "scores: softmax, ties to the lower index")]
    [DataRow(new double[] { 1000, -1000 }, 0, 1.0, DisplayName = "large scores do not overflow")]
    public void PredictedClass_Scores_AreAClassAndItsProbability(double[] scores, int chosen, double probability)
    {
        var outputs = new Dictionary<string, Tensor> { ["y"] = Tensor.Create(scores, 1, scores.Length) };
        var contribution = new PredictedClass(null).Observe(new MetricInput(outputs, "y", null, null));
        Assert.AreEqual(chosen, contribution[0]);
        Assert.AreEqual(probability, contribution[1], 1e-12); // the second: e / (1 + 2 e)
    }

    private QuantizationManifest Manifest(double threshold, double maximalDrop) => _project.Manifest(maximalDrop, edit: m => m with
    {
        Validation = (TensorSourceSpecification)m.Validation! with { Labels = null },
        Compression = m.Compression with { Accuracy = m.Compression.Accuracy with { AnnotationFree = true, AnnotationConfidence = threshold } },
    });

    /// <summary>How many answers of the float model are sure, and how many of these the int8 model changes: counted here, from the files.</summary>
    private (int Kept, int Changed) Count(double threshold, Action run)
    {
        run();
        var pairs = Answers(_project.ModelPath).Zip(Answers(_project.OutputPath)).Where(p => p.First.Probability >= threshold).ToArray();
        return (pairs.Length, pairs.Count(p => p.First.Class != p.Second.Class));
    }

    private static (int Class, double Probability)[] Answers(string model)
    {
        using var session = ModelSession.Open(model);
        var data = TestModels.RandomFloats("validation", [PipelineProject.Samples, 3, 16, 16]);
        return [.. Enumerable.Range(0, PipelineProject.Samples).Select(i =>
        {
            var scores = session.Run(new Dictionary<string, Tensor> { ["x"] = Tensor.Create(data.AsSpan(i * 768, 768).ToArray(), 1, 3, 16, 16) })["y"].As<float>();
            var largest = scores.Max();
            return (Array.IndexOf(scores, largest), 1 / scores.Sum(s => Math.Exp((double)s - largest)));
        })];
    }
}
