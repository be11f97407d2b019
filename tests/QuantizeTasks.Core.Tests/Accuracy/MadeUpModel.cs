using System.Collections.Immutable;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Accuracy.Searching;
using QuantizeTasks.Onnx.Values;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Tests.Accuracy;

/// <summary>A metric whose contribution is the value itself and whose aggregate is the mean.</summary>
internal sealed class MeanMetric(string name, bool higherIsBetter = true) : IMetric
{
    public string Name => name;

    public string Definition => $"{name} mean/1";

    public bool HigherIsBetter => higherIsBetter;

    public bool NeedsLabels => false;

    public bool NeedsReference => false;

    public double[] Observe(in MetricInput input) => [Convert.ToDouble(input.Outputs[input.FirstOutput].Data.GetValue(0), System.Globalization.CultureInfo.InvariantCulture)];

    public double PerSample(IReadOnlyList<double> contribution) => contribution[0];

    public double Aggregate(IReadOnlyList<double[]> contributions) => contributions.Sum(c => c[0]) / contributions.Count;
}

/// <summary>A model that needs no runtime: the value of every metric on every sample is a function of the configuration. Remembers what it was asked.</summary>
internal sealed class MadeUpModel(int samples, IReadOnlyList<IMetric> metrics, Func<Configuration, int, int, double> value) : IConfigurationEvaluator
{
    /// <summary>Two metrics at most matter to a search; the common case has one that is the same on all samples.</summary>
    public static MadeUpModel Of(Func<Configuration, double> accuracy, int samples = 4) => new(samples, [new MeanMetric("accuracy")], (c, _, _) => accuracy(c));

    public List<(Configuration Configuration, int Samples)> Asked { get; } = [];

    public int SampleCount => samples;

    public IReadOnlyList<IMetric> Metrics => metrics;

    public Evaluation Evaluate(Configuration configuration, IReadOnlyList<int> indices, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        Asked.Add((configuration, indices.Count));
        return new Evaluation([.. indices], [.. metrics.Select((m, k) => new MetricEvaluation(m, [.. indices.Select(i => new[] { value(configuration, i, k) })]))]);
    }

    public ImmutableArray<Evaluation> EvaluateEach(IReadOnlyList<Configuration> configurations, IReadOnlyList<int> indices, CancellationToken cancellation) =>
        [.. configurations.Select(c => Evaluate(c, indices, cancellation))];
}

/// <summary>Groups of a made-up model, one layer each; a made-up model needs no bytes.</summary>
internal sealed class MadeUpGroups(int count, Func<int, ImmutableArray<Rung>>? rungs = null, Func<int, long>? saving = null, Rung? revertsTo = null) : IModelVariants
{
    public ImmutableArray<QuantizerGroup> Groups { get; } =
        [.. Enumerable.Range(0, count).Select(i => new QuantizerGroup(i, $"{i}", [$"{i}"]) { PredictedSaving = saving?.Invoke(i) ?? 1, RevertsTo = revertsTo })];

    public ImmutableArray<Rung> RungsOf(int group) => rungs?.Invoke(group) ?? (Groups[group].RevertsTo is { } top ? [top] : []);

    public SerializedModel Build(Configuration configuration) => throw new NotSupportedException();
}

/// <summary>Writes down what a search tells.</summary>
internal sealed class RecordingObserver : ISearchObserver
{
    public List<SearchStep> Steps { get; } = [];

    public List<(string Metric, int Candidates, int Samples)> Rankings { get; } = [];

    public List<ImmutableArray<RankedGroup>> Ranked { get; } = [];

    public List<Workload> Plans { get; } = [];

    public void RankingStarts(IMetric metric, int candidates, int samples, Workload plan)
    {
        Rankings.Add((metric.Name, candidates, samples));
        Plans.Add(plan);
    }

    public void RankingEnds(IMetric metric, ImmutableArray<RankedGroup> ranking) => Ranked.Add(ranking);

    public List<int> Trimmings { get; } = [];

    public void TrimmingStarts(int groups, Workload plan) => Trimmings.Add(groups);

    public void Judged(SearchStep step) => Steps.Add(step);
}
