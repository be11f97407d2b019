using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Accuracy;

/// <summary>What there is to evaluate models with.</summary>
/// <param name="Float">The user's float model.</param>
/// <param name="Variants">The quantized model in all its configurations.</param>
/// <param name="Validation">The labelled data.</param>
/// <param name="Metrics">The metrics, in the manifest's order.</param>
/// <param name="Store">What is known already.</param>
internal sealed record EvaluationContext(FloatModel Float, IModelVariants Variants, IDataLoader Validation, ImmutableArray<IMetric> Metrics, ObservationStore Store);

/// <summary>
/// Evaluates exactly the bytes that would ship, in real sessions with default options and one thread each. Asks the store first, runs only the samples
/// that it does not know, and stores each evaluation as soon as it is done, so a killed run loses at most the one it was at.
/// </summary>
internal sealed class ConfigurationEvaluator : IConfigurationEvaluator, IDisposable
{
    /// <summary>Preprocessed samples kept in memory, and float outputs likewise: 1000 RGB images of 224 x 224 take 600 MB.</summary>
    private const long Capacity = 640L << 20;

    private readonly EvaluationContext _context;
    private readonly int _workers;
    private readonly Action<long, long>? _progress;
    private readonly ReferenceOutputs _references;
    private readonly SampleObserver _observer;
    private readonly ConcurrentDictionary<Configuration, string> _fingerprints = [];
    private readonly ConcurrentDictionary<string, bool> _evaluated = [];
    private long _samplesRun;
    private long _samplesKnown;

    /// <param name="context">Models, data, metrics and store.</param>
    /// <param name="workers">Threads; as many as cores when 0. Never changes a result.</param>
    /// <param name="progress">Called with (done, total) of the current call, from any thread.</param>
    /// <exception cref="QuantizeException">There are no validation samples.</exception>
    public ConfigurationEvaluator(EvaluationContext context, int workers, Action<long, long>? progress = null)
    {
        if (context.Validation.Count == 0)
            throw new QuantizeException(DiagnosticCodes.TooFewSamples, "The validation data has no samples, so nothing can be proven.");
        (_context, _workers, _progress) = (context, Workers.Count(workers), progress);
        _references = new ReferenceOutputs(() => ModelSession.Open(context.Float.Path), Capacity);
        _observer = new SampleObserver(new SampleCache(context.Validation, Capacity), _references);
    }

    public int SampleCount => _context.Validation.Count;

    public IReadOnlyList<IMetric> Metrics => _context.Metrics;

    /// <summary>How many different models were evaluated, from the store or by running them.</summary>
    public int ModelsEvaluated => _evaluated.Count;

    /// <summary>How many samples were run through a model.</summary>
    public long SamplesRun => Interlocked.Read(ref _samplesRun);

    /// <summary>How many samples were asked for whose contributions were known.</summary>
    public long SamplesKnown => Interlocked.Read(ref _samplesKnown);

    public Evaluation Evaluate(Configuration configuration, IReadOnlyList<int> samples, CancellationToken cancellation) =>
        Evaluate(ModelOf(configuration), samples, _workers, _progress, cancellation);

    public ImmutableArray<Evaluation> EvaluateEach(IReadOnlyList<Configuration> configurations, IReadOnlyList<int> samples, CancellationToken cancellation)
    {
        // Side by side each worker has a session of its own and none waits for another; with few configurations some workers would have nothing to do.
        if (configurations.Count < 2 * _workers)
            return [.. configurations.Select(c => Evaluate(ModelOf(c), samples, _workers, null, cancellation))];
        var results = new Evaluation[configurations.Count];
        long done = 0;
        Workers.For(configurations.Count, _workers, i =>
        {
            results[i] = Evaluate(ModelOf(configurations[i]), samples, 1, null, cancellation);
            _progress?.Invoke(Interlocked.Increment(ref done), configurations.Count);
        }, cancellation);
        return [.. results];
    }

    /// <summary>Evaluates a model given by its bytes, such as a file that was written.</summary>
    /// <param name="model">The model.</param>
    /// <param name="name">What a message calls it.</param>
    /// <param name="samples">Indices, ascending.</param>
    /// <param name="cancellation">Ends the evaluation.</param>
    public Evaluation EvaluateBytes(byte[] model, string name, IReadOnlyList<int> samples, CancellationToken cancellation) =>
        Evaluate(new Model(Fingerprint(model), false, () => ModelSession.Create(model, name)), samples, _workers, _progress, cancellation);

    public void Dispose() => _references.Dispose();

    private Model ModelOf(Configuration configuration)
    {
        if (configuration.IsFloat)
            return new Model(_context.Float.Fingerprint, true, () => ModelSession.Open(_context.Float.Path));
        ModelSession Create(byte[] bytes) => ModelSession.Create(bytes, $"{_context.Float.Path} ({configuration})");
        if (_fingerprints.TryGetValue(configuration, out var fingerprint))
            return new Model(fingerprint, false, () => Create(_context.Variants.Build(configuration)));
        var model = _context.Variants.Build(configuration);
        return new Model(_fingerprints.GetOrAdd(configuration, Fingerprint(model)), false, () => Create(model));
    }

    private Evaluation Evaluate(Model model, IReadOnlyList<int> samples, int workers, Action<long, long>? progress, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        _evaluated.TryAdd(model.Fingerprint, true);
        var known = _context.Metrics.Select(m => _context.Store.Load(model.Fingerprint, m)).ToArray();
        int[] missing = [.. samples.Where(s => known.Any(k => !k.ContainsKey(s)))];
        Interlocked.Add(ref _samplesKnown, samples.Count - missing.Length);
        if (missing.Length > 0)
            Run(model, missing, known, workers, progress, cancellation);
        return new Evaluation([.. samples], [.. _context.Metrics.Select((m, k) => new MetricEvaluation(m, [.. samples.Select(s => known[k][s])]))]);
    }

    private void Run(Model model, int[] missing, SortedDictionary<int, double[]>[] known, int workers, Action<long, long>? progress, CancellationToken cancellation)
    {
        var contributions = new double[missing.Length][][];
        long done = 0;
        using (var session = model.Open())
            Workers.For(missing.Length, workers, i =>
            {
                contributions[i] = _observer.Observe(session, model.IsFloat, missing[i], _context.Metrics);
                Interlocked.Increment(ref _samplesRun);
                progress?.Invoke(Interlocked.Increment(ref done), missing.Length);
            }, cancellation);
        for (var k = 0; k < known.Length; k++)
        {
            for (var i = 0; i < missing.Length; i++)
                known[k][missing[i]] = contributions[i][k];
            _context.Store.Save(model.Fingerprint, _context.Metrics[k], known[k]);
        }
    }

    private static string Fingerprint(byte[] model) => Convert.ToHexStringLower(SHA256.HashData(model));

    private sealed record Model(string Fingerprint, bool IsFloat, Func<ModelSession> Open);
}
