using System.Text.Json;
using QuantizeTasks.Onnx.Values;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Accuracy;

/// <summary>
/// The best model that a search has seen, on disk from the first judgement on: an interrupted run, or one that misses its budget, leaves something to
/// work with (POT's <c>accuracy_aware_intermediate</c>, which holds the last model instead).
/// </summary>
/// <param name="directory">The folder; made when needed.</param>
internal sealed class BestSoFar(string directory)
{
    private Judgement? _best;

    /// <summary>The model's path.</summary>
    public string ModelPath { get; } = Path.Combine(directory, "best.int8.onnx");

    /// <summary>Takes a judged configuration, and writes it when it is the best.</summary>
    /// <param name="judgement">The configuration.</param>
    /// <param name="build">Gives the model of a configuration.</param>
    public void Offer(Judgement judgement, Func<Quantization.Configuration, SerializedModel> build)
    {
        if (_best is not null && !judgement.IsBetterThan(_best))
            return;
        var model = build(judgement.Configuration);
        ModelFiles.Save(model, ModelPath);
        // Two files cannot be replaced in one step; the hash says whether they belong together.
        AtomicFile.Write(Path.ChangeExtension(ModelPath, ".json"), stream => Describe(stream, judgement, model.Fingerprint));
        _best = judgement;
    }

    /// <summary>Removes what an earlier run left.</summary>
    public void Clear()
    {
        TemporaryFile.TryDelete(ModelPath);
        if (Directory.Exists(directory))
            ModelFiles.DeleteValues(ModelPath, except: null);
        TemporaryFile.TryDelete(Path.ChangeExtension(ModelPath, ".json"));
    }

    private static void Describe(Stream stream, Judgement judgement, string sha256)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        json.WriteStartObject();
        json.WriteNumber("schemaVersion", 1);
        json.WriteString("sha256", sha256);
        json.WriteBoolean("withinBudget", judgement.Verdict.WithinBudget);
        json.WriteString("configuration", judgement.Configuration.ToString());
        json.WriteStartArray("revertedGroups");
        foreach (var group in judgement.Configuration.Reverted)
            json.WriteNumberValue(group);
        json.WriteEndArray();
        json.WriteStartArray("metrics");
        foreach (var metric in judgement.Verdict.Metrics)
        {
            json.WriteStartObject();
            json.WriteString("name", metric.Metric.Name);
            json.WriteNumber("baseline", metric.Baseline);
            json.WriteNumber("quantized", metric.Value);
            json.WriteNumber("drop", metric.Drop);
            if (metric.Bound is { } bound)
                json.WriteNumber("budget", bound);
            json.WriteBoolean("withinBudget", metric.WithinBudget);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
