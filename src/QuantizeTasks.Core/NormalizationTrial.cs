using System.Collections.Immutable;
using System.Globalization;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Drafting;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Runs;
using QuantizeTasks.Storage;

namespace QuantizeTasks;

/// <summary>
/// Nothing in a model says how its pixels were normalized in training, and a wrong guess makes every figure that follows worthless. With labels one can see: the float model scores best with the right one.
/// </summary>
public static class NormalizationTrial
{
    private const int MostSamples = 64;

    /// <summary>Takes the usual normalization that the float model scores best with; the guess when none is better.</summary>
    /// <param name="draft">A draft with images and labels.</param>
    /// <param name="cancellation">Ends the trial.</param>
    /// <exception cref="QuantizeException">The data cannot be used.</exception>
    public static ManifestDraft Choose(ManifestDraft draft, CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("quantize-").FullName;
        try
        {
            var trials = Normalization.For(draft.Image!.Value.Channels).OrderBy(n => ReferenceEquals(n.Value, draft.Normalization.Value) ? 0 : 1)
                .Select(n => (n.Name, n.Value, Score: Score(draft with { Normalization = new(n.Value, "") }, folder, cancellation))).ToArray();
            var best = trials.MaxBy(t => t.Score.Worth); // of equals the first
            var figures = string.Join(", ", trials.Select(t => $"{t.Name} {t.Score.Value.ToString("0.###", CultureInfo.InvariantCulture)}"));
            return draft with { Normalization = new(best.Value, $"the best on {best.Score.Samples} samples by {best.Score.Metric}: {figures}") };
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static (string Metric, double Value, double Worth, int Samples) Score(ManifestDraft draft, string folder, CancellationToken cancellation)
    {
        var path = Path.Combine(folder, "quantize.yaml");
        File.WriteAllText(path, DraftText.Of(draft, folder));
        var manifest = ManifestReader.Read(path);
        var validation = ValidationSet.Open(manifest)!;
        var model = EvaluatedModel.Of(ModelFile.Read(draft.Model));
        var runtime = EmulatedIsa.None.Identity();
        using var models = new ModelEvaluator(model, validation.Loader, validation.Metrics, new ObservationStore(new ContentStore(folder), validation.Identity(), runtime, ToolVersion.Current), 0);
        // Spread over the data, which may be sorted by class.
        var count = Math.Min(MostSamples, models.SampleCount);
        ImmutableArray<int> samples = [.. Enumerable.Range(0, count).Select(i => (int)((long)i * models.SampleCount / count))];
        var metric = models.Evaluate(model, samples, models.WorkerCount, null, cancellation).Metrics[0];
        return (metric.Metric.Name, metric.Value, double.IsNaN(metric.Value) ? double.NegativeInfinity : metric.Metric.HigherIsBetter ? metric.Value : -metric.Value, count);
    }
}
