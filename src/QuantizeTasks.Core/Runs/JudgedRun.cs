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

namespace QuantizeTasks.Runs;

/// <summary>A run with something to prove: baseline, judgement of the int8 model, search where it misses the budget, and the verdict on the bytes that were written.</summary>
internal sealed class JudgedRun : IDisposable
{
    private readonly RunContext _run;
    private readonly QuantizingResult _quantized;
    private readonly LockedModel _locked;
    private readonly ReportRecords _records;
    private readonly BestSoFar _best;
    private readonly ValidationSet _search;
    private readonly ValidationSet? _certification;
    private readonly EvaluatedModel _float;
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
        (_run, _quantized, _locked, _records, _best, _float) = (run, quantized, locked, records, best, EvaluatedModel.Of(run.File));
        (_search, _certification) = validation.Divide(run.Manifest);
        _verdicts = new FinalVerdict(run.Manifest, run.Options, run.Store, run.Clock, run.Events, _float);
        _models = _verdicts.Evaluator(_search);
        _time = new RemainingTime(() => _models.Cost, _models.WorkerCount, run.Events);
        _all = [.. Enumerable.Range(0, _models.SampleCount)];
    }

    private AccuracyAwareParameters Parameters => _run.Manifest.Compression.Accuracy;

    public RunReport Execute()
    {
        var usual = Scheme("", _run.Manifest.Compression, _quantized.Variants);
        var (baseline, budget) = MeasureBaseline(usual);
        return Prove(Search(usual, baseline, budget));
    }

    public void Dispose() => _models.Dispose();

    private Scheme Scheme(string name, CompressionSettings settings, QuantizedModelVariants variants) => new(name, settings, variants,
        new ConfigurationEvaluator(_models, _float, variants, Progress, (configuration, samples) => _run.Events.Report(new EvaluationStarted(_records.Describe(configuration), samples))));

    private (Baseline Baseline, Budget Budget) MeasureBaseline(Scheme usual)
    {
        _run.Clock.Enter("baseline", $"Evaluating the float model on {_all.Length} samples");
        WarnOfUnusedBaselines();
        if (_run.Options.ExpectsShards)
            ShardedSamples.Of(_run.Manifest, _search, _models, _float, EvaluatedModel.Of(_quantized.Variants.Build(Configuration.FullyQuantized), _run.OutputPath)).WarnOfMissing(_run.Events);
        if (_search.HasParts)
            _search.RequireParts(usual.Evaluator.Evaluate(Configuration.Float, _all, _run.Cancellation));
        var baseline = Baseline.Of(usual.Evaluator, [.. _search.Entries.Select(e => e.Specification)], _run.Cancellation);
        for (var i = 0; i < baseline.Values.Length; i++)
            _run.Events.Report(new BaselineMeasured(_search.Metrics[i].Name, baseline.Values[i], baseline.Measured is null ? 0 : _all.Length));
        return (baseline, new Budget(_search.Metrics, baseline.Values, _search.Terms(_run.Manifest)));
    }

    private Found Search(Scheme usual, Baseline baseline, Budget budget)
    {
        _run.Clock.Enter("evaluate", $"Evaluating the int8 model on {_all.Length} samples");
        Judgement Judged(Scheme of, Configuration configuration)
        {
            var evaluation = of.Evaluator.Evaluate(configuration, _all, _run.Cancellation);
            return new(configuration, evaluation, budget.Judge(evaluation));
        }

        var lockedScheme = Scheme(_locked.SchemeName, _locked.Settings, _locked.Variants);
        var (start, rejected, isLocked) = _locked.Start(budget.IsStated, configuration => Judged(lockedScheme, configuration), () => Judged(usual, Configuration.FullyQuantized));
        _best.Offer(start, (isLocked ? lockedScheme : usual).Variants.Build);
        var reference = baseline.Reference(usual.Evaluator, Parameters.MetricSubsetRatio, _run.Cancellation);
        var (costBefore, began) = (_models.Cost, Stopwatch.GetTimestamp());
        var trials = new SchemeTrials(_run.Clock, _run.Events);
        (var scheme, start) = isLocked ? (lockedScheme, start)
            : new SchemeSearch((name, settings) => Scheme(name, settings, _quantized.Under(settings)), budget, reference, trials.Add).Run(usual, start, _run.Cancellation);

        var parameters = _run.Manifest.Compression.IsAccuracyAware && !_run.Options.LockedMode ? Parameters : Parameters with { MaxIterNum = 0 };
        var progress = new SearchProgress(_run.Clock, _run.Events, _records, _best, scheme.Variants, _time, _run.Options.ReportDirectory);
        rejected = scheme.Name == _locked.SchemeName ? rejected : null;
        var outcome = new AccuracyAwareSearch(scheme.Evaluator, scheme.Variants, budget, parameters, reference, progress).Run(start, _run.Cancellation, rejected: rejected);
        var effort = new SearchEffort(_models.Cost.Since(costBefore), Stopwatch.GetElapsedTime(began).TotalSeconds, _time.First);
        var rankingSubset = outcome.Steps.Length < 2 ? 0 : Math.Min(Parameters.RankingSubsetSize, reference.Value.Samples.Length);
        var fullyQuantized = new[] { start, rejected }.FirstOrDefault(j => j?.Configuration == Configuration.FullyQuantized)?.Verdict;
        return new(scheme, outcome, budget, trials.Records, effort, rankingSubset, fullyQuantized);
    }

    private RunReport Prove(Found found)
    {
        var (variants, configuration) = ((QuantizedModelVariants)found.Scheme.Variants, found.Outcome.Best.Configuration);
        _run.Clock.Enter("publish", "Proving what was written");
        using var publication = Publication.Stage(_run.OutputPath, variants.Build(configuration));
        var model = EvaluatedModel.Of(publication.ReadBack(), _run.OutputPath);
        _locked.Compare(publication.Sha256, found.Scheme.Name, variants, configuration);
        var onSearch = _verdicts.OnSearchData(_models, found.Budget, model, isChosen: configuration != Configuration.FullyQuantized || found.Scheme.Name.Length > 0, _run.Cancellation);
        var (proof, fullyQuantized) = _certification is not null && (onSearch.Verdict.WithinBudget || !found.Budget.IsStated)
            ? _verdicts.OnCertificationData(_certification, model, found.FullyQuantized is null ? null : EvaluatedModel.Of(variants.Build(Configuration.FullyQuantized), _run.OutputPath), _run.Cancellation)
            : (onSearch, found.FullyQuantized);
        var limits = _run.Limits(publication, model, _search.Loader);
        var status = (found.Budget.IsStated && !proof.Verdict.WithinBudget) || !limits.AreMet ? RunStatus.BudgetExceeded
            : !proof.IsEnough(_run.Manifest.Verdict.Confidence) ? RunStatus.NotEnoughEvidence
            : found.Budget.IsStated ? RunStatus.WithinBudget : RunStatus.NotGated;
        var isPublished = status is RunStatus.WithinBudget or RunStatus.NotGated;
        if (isPublished)
            publication.Commit();
        var layers = _records.Layers(configuration, found.Outcome.Ranks);
        WarnOfResult(status, layers);
        _models.Release();
        _run.Clock.Enter("explain", "Measuring the error of every layer");
        var explanation = _quantized.Explain(variants, found.Scheme.Settings);
        var terms = _search.Terms(_run.Manifest);
        var report = explanation.Explain(_run.Report(status, layers), configuration) with
        {
            Saturation = _run.Options.EmulatedIsa == EmulatedIsa.None ? [] : SaturationMeasurement.Measure(model.Open, _search.Loader, _models.WorkerCount, _run.Cancellation),
            Output = isPublished ? _run.Output(publication) : null,
            Metrics = ReportRecords.Metrics(proof, fullyQuantized, terms, _run.Manifest.Verdict.Confidence?.Value),
            SearchMetrics = ReferenceEquals(proof, onSearch) ? [] : ReportRecords.Metrics(onSearch, found.FullyQuantized, terms, confidence: null),
            Limits = limits.Records,
            Latency = limits.Latency,
            Iterations = found.Outcome.Iterations,
            Evaluations = new EvaluationRecord(_models.ModelsEvaluated, _models.SamplesRun, _models.SamplesKnown),
            Schemes = found.Trials,
            Search = [.. found.Outcome.Steps.Select(_records.Iteration)],
            SearchDetails = found.Outcome.Steps.Length < 2 ? null : new SearchDetails(variants.Groups, found.Scheme.Settings, _records).Record(found.Outcome, found.Effort, found.RankingSubset, explanation.Reason),
            BestSoFar = _best.ModelPath,
        };
        _locked.Record(report, found.Scheme.Name, variants, configuration);
        return report;
    }

    private void WarnOfUnusedBaselines()
    {
        var metrics = _run.Manifest.Metrics;
        if (metrics.Any(m => m.BaselineValue is null) && metrics.FirstOrDefault(m => m.BaselineValue is not null) is { } stated)
            _run.Warn(DiagnosticCodes.MissingKey, "baseline_value is used only when every metric has one; the float model is measured instead.", stated.BaselineValue!.Position);
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

    /// <param name="Scheme">The settings it came from.</param>
    /// <param name="Outcome">What a search found.</param>
    /// <param name="Budget">What was asked for.</param>
    /// <param name="Trials">Other settings that were tried.</param>
    /// <param name="Effort">What that took.</param>
    /// <param name="RankingSubset">Samples of POT's ranking subset.</param>
    /// <param name="FullyQuantized">The verdict on everything in int8; null when that was not judged.</param>
    private sealed record Found(Scheme Scheme, SearchOutcome Outcome, Budget Budget, ImmutableArray<SchemeRecord> Trials, SearchEffort Effort, int RankingSubset, Verdict? FullyQuantized);
}
