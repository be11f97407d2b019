using System.Collections.Immutable;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Accuracy.Searching;
using QuantizeTasks.Data;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Locking;
using QuantizeTasks.Onnx.Values;
using QuantizeTasks.Quantization;
using QuantizeTasks.Quantization.Writing;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Runs;

/// <summary>Runs that prove nothing of the model's accuracy: no metric is asked for, all of the model is ignored, or the user wants no evaluation. What is asked of its size and speed holds all the same.</summary>
internal sealed class UnprovenRun(RunContext run)
{
    private static readonly ImmutableSortedDictionary<int, GroupRank> Unranked = ImmutableSortedDictionary<int, GroupRank>.Empty;

    /// <summary>Everything in int8, when there is no metric.</summary>
    public RunReport PublishQuantized(QuantizedModelVariants variants, LockedModel locked, ReportRecords records, RunExplanation explanation, BestSoFar best)
    {
        run.Clock.Enter("publish", "Writing the int8 model, about which nothing is proven");
        best.Clear();
        var configuration = Configuration.FullyQuantized;
        var report = Publish(variants.Build(configuration), records.Layers(configuration, Unranked), sha256 => locked.Compare(sha256, "", variants, configuration));
        locked.Record(report, "", variants, configuration);
        run.Clock.Enter("explain", "Measuring the error of every layer");
        return explanation.Explain(report, configuration);
    }

    /// <summary>What the lock file decided, or everything in int8: not evaluated, because the user asked for that.</summary>
    public RunReport PublishUnverified(LockedModel locked, ReportRecords records, BestSoFar best)
    {
        run.Clock.Enter("publish", "Writing the int8 model without evaluating it");
        best.Clear();
        var configuration = locked.Candidate ?? Configuration.FullyQuantized;
        using var publication = Publication.Stage(run.OutputPath, locked.Variants.Build(configuration));
        publication.ReadBack();
        if (locked.Run.IsStrict)
            locked.Compare(publication.Sha256, locked.SchemeName, locked.Variants, configuration);
        publication.Commit();
        run.Warn(DiagnosticCodes.NothingVerified, locked.Run.Unverified(), new SourcePosition(run.Manifest.Path));
        return run.Report(RunStatus.NotVerified, records.Layers(configuration, Unranked)) with { Output = run.Output(publication) };
    }

    /// <summary>POT saves a model with <c>skip_model</c> as it is. An app that expects the int8 file then gets one that computes the same.</summary>
    public RunReport PublishFloat(LockedRun locked)
    {
        run.Clock.Enter("publish", "Copying the float model, all of which is ignored");
        run.Warn(DiagnosticCodes.NothingToQuantize, "`ignored.skip_model` is true: the published model is the float model.", new SourcePosition(run.Manifest.Path));
        var decision = new LockedDecision("", ImmutableSortedDictionary<string, string>.Empty, [], null, null, "");
        var report = Publish(run.File.Model.Serialize(), new LayerRecord(0, 0, [], []), sha256 => locked.Compare(sha256, () => decision));
        locked.Record(report, () => decision);
        run.Clock.Leave();
        return report with { Timings = run.Clock.Timings, Lock = locked.ToRecord() };
    }

    private RunReport Publish(SerializedModel model, LayerRecord layers, Action<string> check)
    {
        using var publication = Publication.Stage(run.OutputPath, model);
        var written = EvaluatedModel.Of(publication.ReadBack(), run.OutputPath);
        check(publication.Sha256);
        var limits = run.Limits(publication, written, DataSource.Open(run.Manifest.Calibration));
        if (limits.AreMet)
            publication.Commit();
        return run.Report(limits.AreMet ? RunStatus.NotGated : RunStatus.BudgetExceeded, layers) with
        {
            Output = limits.AreMet ? run.Output(publication) : null,
            Limits = limits.Records,
            Latency = limits.Latency,
        };
    }
}
