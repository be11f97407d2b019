using System.Collections.Immutable;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Runs.Sharing;

/// <summary>What a run evaluates whatever comes out of it: the float and the fully quantized model on one set of data. Each sample can be evaluated by another machine.</summary>
/// <param name="Models">Evaluates on that data.</param>
/// <param name="Work">Models, and on which samples.</param>
internal sealed record ShardedSamples(ModelEvaluator Models, ImmutableArray<(string Name, EvaluatedModel Model, ImmutableArray<int> Samples)> Work)
{
    /// <summary>Of a manifest's data. With stated baselines the float model is only wanted on what a search compares sample by sample.</summary>
    /// <param name="manifest">The manifest.</param>
    /// <param name="data">The data.</param>
    /// <param name="models">Evaluates on it.</param>
    /// <param name="floatModel">The float model.</param>
    /// <param name="int8">The model in which everything is int8 that may be.</param>
    /// <param name="isSeen">Whether a search sees the data; where it does not, the verdict measures the float model itself.</param>
    public static ShardedSamples Of(QuantizationManifest manifest, ValidationSet data, ModelEvaluator models, EvaluatedModel floatModel, EvaluatedModel int8, bool isSeen = true)
    {
        var accuracy = manifest.Compression.Accuracy;
        ImmutableArray<int> all = [.. Enumerable.Range(0, models.SampleCount)];
        var wantsBaseline = !isSeen || data.HasParts || manifest.Verdict.Confidence is not null || !Baseline.IsStated([.. data.Entries.Select(e => e.Stated)]);
        var wantsReference = manifest.Compression.IsAccuracyAware && accuracy.MaxIterNum > 0;
        var compared = wantsBaseline ? all : wantsReference ? ComparisonSubset.Choose(models.SampleCount, accuracy.MetricSubsetRatio, baselinesStated: true) : [];
        return new ShardedSamples(models, [("float", floatModel, compared), ("int8", int8, all)]);
    }

    /// <summary>How many evaluations there are in all.</summary>
    public long Total => Work.Sum(w => (long)w.Samples.Length);

    /// <summary>How many of them are known.</summary>
    public long Known => Work.Sum(w => (long)Models.CountKnown(w.Model, w.Samples));

    /// <summary>Evaluates one machine's share.</summary>
    public void Evaluate(Shard shard, Action<long, long>? progress, CancellationToken cancellation)
    {
        foreach (var (_, model, samples) in Work)
            Models.Evaluate(model, shard.Of(samples), Models.WorkerCount, progress, cancellation);
    }

    /// <summary>Says which samples no shard has evaluated (QTZ6021); true when there are none.</summary>
    public bool WarnOfMissing(IProgress<RunEvent> events)
    {
        var missing = Work.Select(w => (w.Name, Missing: w.Samples.Length - Models.CountKnown(w.Model, w.Samples), All: w.Samples.Length)).Where(w => w.Missing > 0).ToArray();
        if (missing.Length > 0)
            events.Report(new DiagnosticRaised(new Diagnostic(DiagnosticCodes.ShardsIncomplete, DiagnosticSeverity.Warning,
                $"{string.Join(" and ", missing.Select(m => $"{m.Missing} of {m.All} samples of the {m.Name} model"))} were evaluated by no shard, and are evaluated now. A shard is missing, or ran with another version of something or on another kind of processor.")));
        return missing.Length == 0;
    }
}
