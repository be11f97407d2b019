using System.Collections.Immutable;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization;
using QuantizeTasks.Reporting;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Runs.Sharing;

/// <summary>What of a run can be evaluated by several machines: the first models, the search, and what the verdict needs.</summary>
internal sealed class ShardedRun : IDisposable
{
    private readonly QuantizationManifest _manifest;
    private readonly StageClock _clock;
    private readonly FinalVerdict _verdicts;
    private readonly ValidationSet _data;
    private readonly EvaluatedModel _baseline;
    private readonly ModelEvaluator _models;
    private readonly ModelEvaluator? _unseen;
    private readonly ModelSearch _search;
    private readonly QuantizingResult _quantized;
    private readonly ImmutableArray<ShardedSamples> _first;

    public ShardedRun(
        QuantizationManifest manifest, RunOptions options, ContentStore store, ValidationSet validation, ModelFile file, QuantizingResult quantized, LockedModel locked, StageClock clock, IProgress<RunEvent> events)
    {
        (_manifest, _clock, _quantized, _baseline) = (manifest, clock, quantized, BaselineModel.Of(manifest.Compression, file, quantized.Variants));
        (_data, var certification) = validation.Divide(manifest);
        _verdicts = new FinalVerdict(manifest, options, store, clock, events, _baseline);
        _models = _verdicts.Evaluator(_data);
        _unseen = certification is null ? null : _verdicts.Evaluator(certification);
        _search = new ModelSearch(manifest, quantized, locked, options.LockedMode);
        var int8 = EvaluatedModel.Of(locked.First.Variants.Build(locked.First.Configuration), "the int8 model");
        var first = ShardedSamples.Of(manifest, _data, _models, _baseline, int8);
        _first = _unseen is null ? [first] : [first, ShardedSamples.Of(manifest, certification!, _unseen, _baseline, int8, isSeen: false)];
    }

    /// <summary>What was run.</summary>
    public EvaluationRecord Evaluations => new(_models.ModelsEvaluated, _models.SamplesRun + (_unseen?.SamplesRun ?? 0), _models.SamplesKnown + (_unseen?.SamplesKnown ?? 0));

    public void Dispose()
    {
        _models.Dispose();
        _unseen?.Dispose();
    }

    /// <summary>Does a machine's share of the first round that is not done.</summary>
    public ShardRound Evaluate(Shard shard, CancellationToken cancellation)
    {
        var round = EvaluateShare(shard, cancellation);
        _models.RequireUnchangedData();
        _unseen?.RequireUnchangedData();
        return round;
    }

    private ShardRound EvaluateShare(Shard shard, CancellationToken cancellation)
    {
        if (_first.Any(s => s.Known < s.Total))
        {
            foreach (var set in _first)
            {
                _clock.Enter("evaluate", $"Evaluating samples of shard {shard}, out of {set.Models.SampleCount}");
                set.Evaluate(shard, _clock.Progress, cancellation);
            }
            return ShardRound.Samples;
        }

        _clock.Enter("rehearse", "Looking for what the search asks next");
        var usual = new ConfigurationEvaluator(_models, _baseline, _quantized.Variants);
        var baseline = Baseline.Of(usual, [.. _data.Entries.Select(e => e.Stated)], _baseline.Name, cancellation);
        var budget = new Budget(_data.Metrics, baseline.Values, _data.Terms(_manifest));
        var search = new SharedSearch(_search, _models, _baseline, budget, baseline.Reference(usual, _manifest.Compression.Accuracy.MetricSubsetRatio, cancellation), _clock.Progress);
        if (search.Ask(cancellation).Found is { } found)
            return EvaluateForVerdict(shard, found, isJudged: found.Outcome.Best.Verdict.WithinBudget || !budget.IsStated, cancellation);
        SharedPiece[] share = [.. search.Share(shard, cancellation)];
        _clock.Enter("search", $"Evaluating what the search asks next, {share.Sum(p => p.Size)} samples of shard {shard}");
        foreach (var piece in share)
            piece.Evaluator.EvaluateEach(piece.Configurations, piece.Samples, cancellation);
        return ShardRound.Search;
    }

    /// <summary>The model that the search found on data that it has not seen, and the float model where the verdict compares both sample by sample.</summary>
    private ShardRound EvaluateForVerdict(Shard shard, ModelSearch.Found found, bool isJudged, CancellationToken cancellation)
    {
        List<(ModelEvaluator Models, EvaluatedModel Model)> needed = [];
        if (_verdicts.WantsEvidence(found.IsChosen))
            needed.Add((_models, _baseline));
        if (_unseen is not null && isJudged)
            needed.Add((_unseen, EvaluatedModel.Of(found.Variants.Build(found.Configuration), "the int8 model")));
        var open = needed.Where(n => !n.Models.Known(n.Model).HasAll(Enumerable.Range(0, n.Models.SampleCount))).ToArray();
        foreach (var (models, model) in open)
        {
            _clock.Enter("evaluate", $"Evaluating for the verdict, samples of shard {shard}, out of {models.SampleCount}");
            models.Evaluate(model, shard.Of(Enumerable.Range(0, models.SampleCount)), models.WorkerCount, _clock.Progress, cancellation);
        }
        return open.Length > 0 ? ShardRound.Search : ShardRound.Nothing;
    }
}
