using System.Collections.Immutable;
using System.Diagnostics;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Accuracy.Searching;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Inspection;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization;
using QuantizeTasks.Quantization.Writing;
using QuantizeTasks.Reporting;
using QuantizeTasks.Runs.Sharing;

namespace QuantizeTasks.Runs;

/// <summary>A run with something to prove: baseline, judgement of the int8 model, search where it misses the budget, and the verdict on the bytes that were written.</summary>
internal sealed class JudgedRun : IDisposable
{
    private readonly RunContext _run;
    private readonly QuantizingResult _quantized;
    private readonly LockedModel _locked;
    private readonly ReportRecords _records;
    private readonly BestSoFar _best;
    private readonly ValidationSet _data;
    private readonly ModelSearch _search;
    private readonly ValidationSet? _certification;
    private readonly EvaluatedModel _baseline;
    private readonly FinalVerdict _verdicts;
    private readonly ModelEvaluator _models;
    private readonly RemainingTime _time;
    private readonly ImmutableArray<int> _all;

    /// <param name="run">The run.</param>
    /// <param name="validation">The data that it is judged on.</param>
    /// <param name="quantized">What is judged.</param>
    /// <param name="locked">What the lock file decided of it.</param>
    /// <param name="records">Words for the report.</param>
    /// <param name="best">Where the best model so far is kept.</param>
    public JudgedRun(RunContext run, ValidationSet validation, QuantizingResult quantized, LockedModel locked, ReportRecords records, BestSoFar best)
    {
        (_run, _quantized, _locked, _records, _best, _baseline) = (run, quantized, locked, records, best, BaselineModel.Of(run.Manifest.Compression, run.File, quantized.Variants));
        (_data, _certification) = validation.Divide(run.Manifest);
        _search = new ModelSearch(run.Manifest, quantized, locked, run.Options.LockedMode);
        _verdicts = new FinalVerdict(run.Manifest, run.Options, run.Store, run.Clock, run.Events, _baseline);
        _models = _verdicts.Evaluator(_data);
        _time = new RemainingTime(() => _models.Cost, _models.Asked, run.Events, TimeProvider.System);
        _all = [.. Enumerable.Range(0, _models.SampleCount)];
    }

    private AccuracyAwareParameters Parameters => _run.Manifest.Compression.Accuracy;

    public RunReport Execute()
    {
        var (baseline, budget) = MeasureBaseline(Usual());
        return Prove(Search(baseline, budget));
    }

    public void Dispose() => _models.Dispose();

    private Lazy<Evaluation> Reference(Baseline baseline) => baseline.Reference(Usual().Evaluator, Parameters.MetricSubsetRatio, _run.Cancellation);

    private Scheme Usual() => Scheme("", _run.Manifest.Compression, () => _quantized.Variants);

    private Scheme Scheme(string name, CompressionSettings settings, Func<IModelVariants> make)
    {
        var variants = make();
        return new(name, settings, variants,
            new ConfigurationEvaluator(_models, _baseline, variants, Progress, (configuration, samples) => _run.Events.Report(new EvaluationStarted(_records.Describe(configuration), samples))));
    }

    private (Baseline Baseline, Budget Budget) MeasureBaseline(Scheme usual)
    {
        WarnOfNoSearch();
        ImmutableArray<MetricSpecification> stated = [.. _data.Entries.Select(e => e.Stated)];
        _run.Clock.Enter("baseline", Baseline.IsStated(stated) ? $"Taking baseline_value for {_baseline.Name}" : $"Evaluating {_baseline.Name} on {_all.Length} samples");
        WarnOfUnusedBaselines();
        var isShared = _run.Options.ExpectsShards && ShardedSamples.Of(_run.Manifest, _data, _models, _baseline, EvaluatedModel.Of(_locked.First.Variants.Build(_locked.First.Configuration), _run.OutputPath)).WarnOfMissing(_run.Events);
        if (_data.HasParts)
            _data.RequireParts(usual.Evaluator.Evaluate(Configuration.Float, _all, _run.Cancellation));
        var baseline = Baseline.Of(usual.Evaluator, stated, _baseline.Name, _run.Cancellation);
        for (var i = 0; i < baseline.Values.Length; i++)
            _run.Events.Report(new BaselineMeasured(_data.Metrics[i].Name, baseline.Values[i], baseline.Measured is null ? 0 : _all.Length) { Model = _records.RevertsTo });
        var budget = new Budget(_data.Metrics, baseline.Values, _data.Terms(_run.Manifest));
        if (isShared && new SharedSearch(_search, _models, _baseline, budget, Reference(baseline), null).Ask(_run.Cancellation).Next is { } next)
            _run.Events.Report(new DiagnosticRaised(next.NotEvaluated()));
        return (baseline, budget);
    }

    private Searched Search(Baseline baseline, Budget budget)
    {
        _run.Clock.Enter("evaluate", $"Evaluating the int8 model on {_all.Length} samples");
        var reference = Reference(baseline);
        var (costBefore, began) = (Cost(), Stopwatch.GetTimestamp());
        var trials = new SchemeTrials(_run.Clock, _run.Events);
        void Started(Scheme scheme, Judgement start, bool isLocked)
        {
            if (!isLocked)
                _locked.WarnIfItMisses();
            _best.Offer(start, scheme.Variants.Build);
            trials.StartFrom(start);
            (costBefore, began) = (Cost(), Stopwatch.GetTimestamp());
        }

        var found = _search.Run(Scheme, budget, reference,
            new(Started, trials.Begin, trials.Add, scheme => new SearchProgress(_run.Clock, _run.Events, _records, _best, scheme.Variants, _time, _run.Options.ReportDirectory)), _run.Cancellation);
        var effort = new SearchEffort(Cost().Since(costBefore), Stopwatch.GetElapsedTime(began).TotalSeconds, _time.First);
        var rankingSubset = found.Outcome.Steps.Length < 2 && trials.Records.IsEmpty ? 0 : Math.Min(Parameters.RankingSubsetSize, reference.Value.Samples.Length);
        return new(found, budget, trials.Records, effort, rankingSubset);
    }

    /// <summary>Passes over the calibration data are part of a search that tunes.</summary>
    private EvaluationCost Cost()
    {
        var (cost, (passes, samples)) = (_models.Cost, _quantized.Passes.Effort);
        return cost with { Sessions = cost.Sessions + passes, Samples = cost.Samples + samples };
    }

    private RunReport Prove(Searched searched)
    {
        var found = searched.Found;
        var (variants, configuration) = (found.Variants, found.Configuration);
        _run.Clock.Enter("publish", "Proving what was written");
        using var publication = Publication.Stage(_run.OutputPath, variants.Build(configuration));
        var model = EvaluatedModel.Of(publication.ReadBack(), _run.OutputPath) with { IsFloat = _records.IsFloat(configuration) };
        _locked.Compare(publication.Sha256, found.Scheme.Name, variants, configuration);
        var onSearch = _verdicts.OnSearchData(_models, searched.Budget, model, found.IsChosen, _run.Cancellation);
        var (proof, fullyQuantized) = _certification is not null && (onSearch.Verdict.WithinBudget || !searched.Budget.IsStated)
            ? _verdicts.OnCertificationData(_certification, model, found.FullyQuantized is null ? null : EvaluatedModel.Of(variants.Build(Configuration.FullyQuantized), _run.OutputPath), _run.Cancellation)
            : (onSearch, found.FullyQuantized);
        var limits = _run.Limits(publication, model, _data.Loader);
        var status = (searched.Budget.IsStated && !proof.Verdict.WithinBudget) || !limits.AreMet ? RunStatus.BudgetExceeded
            : !proof.IsEnough(_run.Manifest.Verdict.Confidence) ? RunStatus.NotEnoughEvidence
            : searched.Budget.IsStated ? RunStatus.WithinBudget : RunStatus.NotGated;
        var isPublished = status is RunStatus.WithinBudget or RunStatus.NotGated;
        _models.RequireUnchangedData();
        if (isPublished)
            publication.Commit();
        var layers = _records.Layers(configuration, found.Outcome.Ranks);
        WarnOfResult(status, layers);
        _models.Release();
        _run.Clock.Enter("explain", "Measuring the error of every layer");
        var explanation = _quantized.Explain(variants, found.Scheme.Settings);
        var terms = _data.Terms(_run.Manifest);
        var report = explanation.Explain(_run.Report(status, layers), configuration) with
        {
            Saturation = _run.Options.EmulatedIsa == EmulatedIsa.None ? [] : SaturationMeasurement.Measure(model.Open, _data.Loader, _models.WorkerCount, _run.Cancellation),
            Output = isPublished ? _run.Output(publication) : null,
            Metrics = ReportRecords.Metrics(proof, fullyQuantized, terms, _run.Manifest.Verdict.Confidence?.Value),
            SearchMetrics = ReferenceEquals(proof, onSearch) ? [] : ReportRecords.Metrics(onSearch, found.FullyQuantized, terms, confidence: null),
            Limits = limits.Records,
            Latency = limits.Latency,
            Iterations = found.Outcome.Iterations,
            Evaluations = new EvaluationRecord(_models.ModelsEvaluated, _models.SamplesRun, _models.SamplesKnown),
            Schemes = searched.Trials,
            Search = [.. found.Outcome.Steps.Select(_records.Iteration)],
            SearchDetails = found.Outcome.Steps.Length < 2 && searched.Trials.IsEmpty ? null : new SearchDetails(variants.Groups, found.Scheme.Settings, _records).Record(found.Outcome, searched.Effort, searched.RankingSubset, explanation.Reason),
            BestSoFar = _best.ModelPath,
        };
        _locked.Record(report, found.Scheme.Name, variants, configuration);
        return report;
    }

    private void WarnOfUnusedBaselines()
    {
        var metrics = _run.Manifest.Metrics;
        if (metrics.Any(m => m.BaselineValue is null) && metrics.FirstOrDefault(m => m.BaselineValue is not null) is { } stated)
            _run.Warn(DiagnosticCodes.MissingKey, $"baseline_value is used only when every metric has one; {_baseline.Name} is measured instead.", stated.BaselineValue!.Position);
    }

    private void WarnOfNoSearch()
    {
        var settings = _run.Manifest.Compression;
        if (settings.IsAccuracyAware && !Rungs.CanSearch(settings))
            _run.Warn(DiagnosticCodes.DeviceCannot,
                $"With the preset '{settings.Quantization.Preset!.Value}' everything has 16 bits on '{settings.TargetDevice.Value}', so there is nothing to search: the model is judged as it is, against the float model. The search between 8 and 16 bits begins with 'preset: performance'.", settings.Quantization.Preset.Position);
    }

    private void WarnOfResult(RunStatus status, LayerRecord layers)
    {
        if (layers is { Quantized: 0, Quantizable: > 0 } && status == RunStatus.WithinBudget)
            _run.Warn(DiagnosticCodes.NothingToQuantize, "The budget is met only with every layer in float: the published model has nothing in int8. A larger maximal_drop would leave something to gain.", Parameters.MaximalDrop?.Position);
        if (ProcessorCheck.Check(_run.Manifest.Compression.TargetDevice, _run.Options.EmulatedIsa.Identity()) is { } differs)
            _run.Events.Report(new DiagnosticRaised(differs));
    }

    private void Progress(long done, long total)
    {
        _run.Clock.Progress(done, total);
        _time.Tick();
    }

    /// <param name="Found">What a search found.</param>
    /// <param name="Budget">What was asked for.</param>
    /// <param name="Trials">Other settings that were tried.</param>
    /// <param name="Effort">What that took.</param>
    /// <param name="RankingSubset">Samples of POT's ranking subset.</param>
    private sealed record Searched(ModelSearch.Found Found, Budget Budget, ImmutableArray<SchemeRecord> Trials, SearchEffort Effort, int RankingSubset);
}
