using System.Collections.Immutable;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Accuracy.Searching;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Runs.Sharing;

/// <summary>
/// A search that several machines share. Each rehearses it through what is known: the first question without an answer is certain to be asked, and guesses at the answer tell what is likely to be asked
/// then. All machines that know the same come to the same questions and divide them. The search itself is not touched by any of this: what was evaluated is known, whatever for.
/// </summary>
internal sealed class SharedSearch
{
    private static readonly ImmutableArray<Guess> Guesses = [Guess.Likely, Guess.Hopeful, Guess.Gloomy];
    private readonly ModelSearch _search;
    private readonly ModelEvaluator _models;
    private readonly EvaluatedModel _float;
    private readonly Budget _budget;
    private readonly Lazy<Evaluation> _reference;
    private readonly Action<long, long>? _progress;
    private readonly Dictionary<string, Scheme> _schemes = new(StringComparer.Ordinal);
    private readonly Dictionary<(string, Configuration), KnownSamples> _known = [];

    /// <param name="search">The search.</param>
    /// <param name="models">Evaluates on its data.</param>
    /// <param name="floatModel">The float model.</param>
    /// <param name="budget">What the metrics may lose.</param>
    /// <param name="reference">The float model on the samples that are compared one by one.</param>
    /// <param name="progress">Told what is done of a piece of work.</param>
    public SharedSearch(ModelSearch search, ModelEvaluator models, EvaluatedModel floatModel, Budget budget, Lazy<Evaluation> reference, Action<long, long>? progress) =>
        (_search, _models, _float, _budget, _reference, _progress) = (search, models, floatModel, budget, reference, progress);

    /// <summary>
    /// How many evaluations of a sample a round of all machines has at most, as many as the first one: what was guessed wrongly then costs little.
    /// </summary>
    private long Limit => 2L * _models.SampleCount;

    /// <summary>What the search asks next; nothing, and what it found, when all of its questions have answers.</summary>
    public (SearchQuestion? Next, ModelSearch.Found? Found) Ask(CancellationToken cancellation)
    {
        var (open, found) = Rehearse(Guess.Likely, 0, cancellation);
        return (open is [var next, ..] ? next : null, found);
    }

    /// <summary>A machine's share of what the search asks next, and may ask then.</summary>
    public IEnumerable<SharedPiece> Share(Shard shard, CancellationToken cancellation) =>
        SharedQuestions.Of(shard, [.. Guesses.Select(g => Rehearse(g, Limit, cancellation).Open)], Limit);

    private (IReadOnlyList<SearchQuestion> Open, ModelSearch.Found? Found) Rehearse(Guess guess, long limit, CancellationToken cancellation)
    {
        var rehearsal = new Rehearsal(limit);
        try
        {
            var found = _search.Run(
                (name, settings, variants) => Scheme(name, settings, variants) is var scheme ? scheme with { Evaluator = new RehearsedEvaluator(scheme, Know, guess, rehearsal) } : scheme,
                _budget, _reference, new((_, _, _) => { }, () => { }, _ => { }, _ => new Silence()), cancellation, isTimed: false);
            return (rehearsal.Open, rehearsal.Open.Count == 0 ? found : null);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
        }
        catch (Diagnostics.QuantizeException) when (rehearsal.Open.Count > 0)
        {
            // What a guess leads to is nobody's error.
        }
        return (rehearsal.Open, null);
    }

    /// <summary>Each once: quantizing under other settings takes its time.</summary>
    private Scheme Scheme(string name, CompressionSettings settings, Func<IModelVariants> make)
    {
        if (_schemes.TryGetValue(name, out var scheme))
            return scheme;
        var variants = make();
        return _schemes[name] = new Scheme(name, settings, variants, new ConfigurationEvaluator(_models, _float, variants, _progress));
    }

    /// <summary>Looked up once, so that all rehearsals know the same although other machines go on.</summary>
    private KnownSamples Know(Scheme scheme, Configuration configuration) => _known.TryGetValue((scheme.Name, configuration), out var known) ? known
        : _known[(scheme.Name, configuration)] = ((ConfigurationEvaluator)scheme.Evaluator).Known(configuration);

    /// <summary>Nobody follows a rehearsal.</summary>
    private sealed class Silence : ISearchObserver
    {
        public void RankingStarts(IMetric metric, int candidates, int samples, Workload plan)
        {
        }

        public void RankingEnds(IMetric metric, ImmutableArray<RankedGroup> ranking)
        {
        }

        public void TrimmingStarts(int groups, Workload plan)
        {
        }

        public void Judged(SearchStep step)
        {
        }
    }
}
