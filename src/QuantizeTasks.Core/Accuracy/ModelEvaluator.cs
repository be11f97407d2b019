using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using QuantizeTasks.Data;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;

namespace QuantizeTasks.Accuracy;

/// <summary>
/// Evaluates models in real sessions with default options and one thread each. Asks the store first, runs only the samples that it does not know,
/// and stores what is done while it goes on, so a killed run loses little. Nothing is stored before the data was seen unchanged after it was read.
/// </summary>
internal sealed class ModelEvaluator : IDisposable
{
    /// <summary>Bytes of preprocessed samples kept in memory, and of float outputs likewise: 1000 RGB images of 224 x 224 take 600 MB.</summary>
    private const long Capacity = 640L << 20;

    /// <summary>Bytes of models to keep sessions of; a session takes about two and a half times as much.</summary>
    private const long SessionCapacity = 160L << 20;

    /// <summary>Samples after which it may be time to store: few enough for large data, enough to write no more than is computed.</summary>
    private const int StoredAtOnce = 1024;

    /// <summary>What a killed process may lose: so little that storing after each of a search's many small evaluations gains nothing.</summary>
    private static readonly TimeSpan LeastBetweenStoring = TimeSpan.FromMilliseconds(200);

    /// <summary>Looking at the times of very many files, or of files on another machine, may take seconds: it waits so many times as long as it took.</summary>
    private const int WaitForOneStoring = 20;

    private readonly EvaluatedModel _float;
    private readonly SessionPool _sessions;
    private readonly ObservationStore _store;
    private readonly Func<SampleObserver> _observing;
    private SampleObserver _observer;
    private readonly ConcurrentDictionary<string, bool> _models = [];
    private readonly DataWatch? _watch;
    private long _samplesRun;
    private long _samplesConfirmed;
    private long _confirmNext;
    private long _samplesKnown;
    private long _ticksRunning;

    /// <param name="floatModel">The user's float model, which some metrics compare with.</param>
    /// <param name="validation">The labelled data.</param>
    /// <param name="metrics">The metrics, in the manifest's order.</param>
    /// <param name="store">What is known already.</param>
    /// <param name="workers">Threads; as many as cores when 0. Never changes a result.</param>
    /// <param name="isa">The instruction set to compute int8 models with.</param>
    /// <param name="watch">Tells whether the data is still what the store knows it by; null when it cannot change.</param>
    /// <exception cref="QuantizeException">There are no validation samples.</exception>
    public ModelEvaluator(EvaluatedModel floatModel, IDataLoader validation, ImmutableArray<IMetric> metrics, ObservationStore store, int workers, EmulatedIsa isa = EmulatedIsa.None, DataWatch? watch = null)
    {
        if (validation.Count == 0)
            throw new QuantizeException(DiagnosticCodes.TooFewSamples, "The validation data has no samples, so nothing can be proven.");
        (_float, _store, Metrics, SampleCount, WorkerCount) = (floatModel, store, metrics, validation.Count, Workers.Count(workers));
        (_watch, Asked) = (watch, new AskedWork(validation.Count, TimeProvider.System));
        _sessions = new SessionPool(SessionCapacity, isa);
        _observing = () => new SampleObserver(new SampleCache(validation, Capacity), new ReferenceOutputs(floatModel, _sessions, Capacity));
        _observer = _observing();
    }

    public int SampleCount { get; }

    public ImmutableArray<IMetric> Metrics { get; }

    public int WorkerCount { get; }

    /// <summary>How many different models were evaluated, from the store or by running them.</summary>
    public int ModelsEvaluated => _models.Count;

    /// <summary>How many samples were run through a model.</summary>
    public long SamplesRun => Interlocked.Read(ref _samplesRun);

    /// <summary>How many samples were asked for whose contributions were known.</summary>
    public long SamplesKnown => Interlocked.Read(ref _samplesKnown);

    /// <summary>How much of a plan was asked for.</summary>
    public AskedWork Asked { get; }

    /// <summary>What was spent until now.</summary>
    public EvaluationCost Cost => new(_sessions.Built, SamplesRun, _sessions.TimeBuilding, Stopwatch.GetElapsedTime(0, Interlocked.Read(ref _ticksRunning)));

    /// <summary>Evaluates a model on samples. May be called from several threads.</summary>
    /// <param name="model">The model.</param>
    /// <param name="samples">Indices, ascending, without duplicates.</param>
    /// <param name="workers">Threads for this call.</param>
    /// <param name="progress">Called with (done, total) from any thread.</param>
    /// <param name="cancellation">Ends the evaluation; what is done of it is stored.</param>
    public Evaluation Evaluate(EvaluatedModel model, IReadOnlyList<int> samples, int workers, Action<long, long>? progress, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        _models.TryAdd(model.Fingerprint, true);
        var known = Known(model);
        int[] missing = [.. samples.Where(s => !known.Has(s))];
        Interlocked.Add(ref _samplesKnown, samples.Count - missing.Length);
        Asked.Add(model.Fingerprint, samples, missing);
        if (missing.Length > 0)
            Run(model, missing, known.Metrics, workers, progress, cancellation);
        return new Evaluation([.. samples], [.. Metrics.Select((m, k) => new MetricEvaluation(m, [.. samples.Select(s => known.Metrics[k][s])]))]);
    }

    /// <summary>How many of the samples are known of a model, so that evaluating them would run nothing.</summary>
    public int CountKnown(EvaluatedModel model, IReadOnlyList<int> samples) => samples.Count(Known(model).Has);

    /// <summary>What is known of a model.</summary>
    public KnownSamples Known(EvaluatedModel model) => new([.. Metrics.Select(m => _store.Load(model.Fingerprint, m, _float.Fingerprint))]);

    /// <summary>Lets go of the samples, outputs and sessions that were kept for the next evaluation, when none is expected soon. Not while one runs.</summary>
    public void Release()
    {
        _sessions.Dispose();
        _observer = _observing();
        // What comes next takes memory in the runtime, which the garbage collector does not see and so would not make room for.
        GC.Collect();
    }

    /// <summary>Checks that what was run was run on the data that the store knows it by: a file that somebody writes meanwhile would make the store say wrong things of what it was before.</summary>
    /// <exception cref="QuantizeException">The data is another one now; what was run is forgotten.</exception>
    public void RequireUnchangedData() => Require(ConfirmAll());

    public void Dispose()
    {
        _sessions.Dispose();
        // Also where a run fails or is cancelled: what it has done counts, or must go.
        ConfirmAll();
    }

    private static void Require(bool isUnchanged)
    {
        if (!isUnchanged)
            throw new QuantizeException(DiagnosticCodes.DataChanged, "The validation data was changed while models were evaluated on it, so nobody knows on what. Nothing is published, and what was evaluated is forgotten. Run again when the data is as it shall be.");
    }

    private bool ConfirmAll()
    {
        if (SamplesRun != _samplesConfirmed && !_store.Confirm(() => _watch?.IsUnchanged() ?? true))
            return false;
        _samplesConfirmed = SamplesRun;
        return true;
    }

    /// <summary>Stores what is done when it is time to, and ends the run as soon as the data is seen to be another.</summary>
    private void ConfirmNowAndThen()
    {
        var (start, next) = (Stopwatch.GetTimestamp(), Interlocked.Read(ref _confirmNext));
        // One of several threads does it.
        if (start < next || Interlocked.CompareExchange(ref _confirmNext, long.MaxValue, next) != next)
            return;
        Require(_store.Confirm(() => _watch?.LooksUnchanged() ?? true));
        var now = Stopwatch.GetTimestamp();
        Interlocked.Exchange(ref _confirmNext, now + Math.Max(WaitForOneStoring * (now - start), (long)(LeastBetweenStoring.TotalSeconds * Stopwatch.Frequency)));
    }

    private void Run(EvaluatedModel model, int[] missing, ImmutableArray<SortedDictionary<int, double[]>> known, int workers, Action<long, long>? progress, CancellationToken cancellation)
    {
        var isFloat = model.Fingerprint == _float.Fingerprint;
        long done = 0;
        using var lease = _sessions.Rent(model);
        foreach (var samples in missing.Chunk(StoredAtOnce))
        {
            var contributions = new double[][]?[samples.Length];
            try
            {
                Workers.For(samples.Length, workers, i =>
                {
                    var start = Stopwatch.GetTimestamp();
                    contributions[i] = _observer.Observe(lease.Session, isFloat, samples[i], Metrics);
                    Interlocked.Add(ref _ticksRunning, Stopwatch.GetTimestamp() - start);
                    Interlocked.Increment(ref _samplesRun);
                    progress?.Invoke(Interlocked.Increment(ref done), missing.Length);
                }, cancellation);
            }
            finally
            {
                // Also when it was cancelled or one sample failed: the others count all the same.
                Keep(model, samples, contributions, known);
            }
            ConfirmNowAndThen();
        }
    }

    private void Keep(EvaluatedModel model, int[] samples, double[][]?[] contributions, ImmutableArray<SortedDictionary<int, double[]>> known)
    {
        int[] done = [.. Enumerable.Range(0, samples.Length).Where(i => contributions[i] is not null)];
        for (var k = 0; k < known.Length && done.Length > 0; k++)
        {
            foreach (var i in done)
                known[k][samples[i]] = contributions[i]![k];
            _store.Add(model.Fingerprint, Metrics[k], _float.Fingerprint, done.Select(i => KeyValuePair.Create(samples[i], contributions[i]![k])));
        }
    }
}
