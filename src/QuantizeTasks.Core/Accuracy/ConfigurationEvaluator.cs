using System.Collections.Concurrent;
using System.Collections.Immutable;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Accuracy;

/// <summary>
/// Evaluates exactly the bytes that would ship under a configuration; the float configuration is the user's own file. A model is built to learn its
/// identity, and a session is created only for samples that the store does not know.
/// </summary>
/// <param name="models">Evaluates models.</param>
/// <param name="floatModel">The user's float model.</param>
/// <param name="variants">The quantized model in all its configurations.</param>
/// <param name="progress">Called with (done, total) of the current call, from any thread.</param>
/// <param name="started">Called before a configuration is evaluated alone, with the number of samples.</param>
internal sealed class ConfigurationEvaluator(ModelEvaluator models, EvaluatedModel floatModel, IModelVariants variants, Action<long, long>? progress = null, Action<Configuration, int>? started = null) : IConfigurationEvaluator
{
    private readonly ConcurrentDictionary<Configuration, (string Fingerprint, long Bytes)> _known = [];

    public int SampleCount => models.SampleCount;

    public IReadOnlyList<IMetric> Metrics => models.Metrics;

    public Evaluation Evaluate(Configuration configuration, IReadOnlyList<int> samples, CancellationToken cancellation)
    {
        started?.Invoke(configuration, samples.Count);
        return models.Evaluate(ModelOf(configuration), samples, models.WorkerCount, progress, cancellation);
    }

    public ImmutableArray<Evaluation> EvaluateEach(IReadOnlyList<Configuration> configurations, IReadOnlyList<int> samples, CancellationToken cancellation)
    {
        // Side by side each worker has a session of its own and none waits for another; with few configurations some workers would have nothing to do.
        var sideBySide = configurations.Count >= 2 * models.WorkerCount ? models.WorkerCount : 1;
        var results = new Evaluation[configurations.Count];
        long done = 0;
        Workers.For(configurations.Count, sideBySide, i =>
        {
            results[i] = models.Evaluate(ModelOf(configurations[i]), samples, sideBySide > 1 ? 1 : models.WorkerCount, null, cancellation);
            progress?.Invoke(Interlocked.Increment(ref done), configurations.Count);
        }, cancellation);
        return [.. results];
    }

    /// <summary>What is known of a configuration.</summary>
    public KnownSamples Known(Configuration configuration) => models.Known(ModelOf(configuration));

    private EvaluatedModel ModelOf(Configuration configuration)
    {
        if (configuration.IsFloat)
            return floatModel;
        var name = $"the int8 model ({configuration})";
        if (_known.TryGetValue(configuration, out var known))
            return new EvaluatedModel(known.Fingerprint, known.Bytes, settings => EvaluatedModel.Of(variants.Build(configuration), name).Open(settings));
        var model = EvaluatedModel.Of(variants.Build(configuration), name);
        _known.TryAdd(configuration, (model.Fingerprint, model.Bytes));
        return model;
    }
}
