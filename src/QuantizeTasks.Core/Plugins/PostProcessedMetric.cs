using System.Runtime.CompilerServices;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Plugins;

/// <summary>A post-processing of the user's own. One model's outputs on a sample go through it once, however many metrics look at them.</summary>
internal sealed class PluginPostProcessing
{
    private readonly IPostProcessing _processing;
    private readonly PluginCalls _calls;
    private readonly ConditionalWeakTable<IReadOnlyDictionary<string, Tensor>, IReadOnlyDictionary<string, Tensor>> _processed = [];

    public PluginPostProcessing(PluginSpecification specification)
    {
        var found = PluginClass.Find<IPostProcessing>(specification);
        (_processing, Identity) = (found.Create<IPostProcessing>(out _calls), found.Identity);
    }

    public string Identity { get; }

    public IReadOnlyDictionary<string, Tensor> Process(IReadOnlyDictionary<string, Tensor> outputs, string sample) => _processed.GetValue(outputs, o =>
    {
        var result = _calls.Run($"Process({sample})", () => _processing.Process(o));
        return result is { Count: > 0 } && result.Values.All(t => t is not null) ? result : throw _calls.Broken($"gave {(result is null ? "null" : "no tensor, or null for one,")} for {sample}");
    });
}

/// <summary>A metric that looks at outputs through a post-processing.</summary>
internal class PostProcessedMetric : IMetric
{
    private readonly IMetric _metric;
    private readonly PluginPostProcessing _processing;

    private protected PostProcessedMetric(IMetric metric, PluginPostProcessing processing) => (_metric, _processing) = (metric, processing);

    public string Name => _metric.Name;

    public string Definition => $"{_metric.Definition} after {_processing.Identity}";

    public bool HigherIsBetter => _metric.HigherIsBetter;

    public bool NeedsLabels => _metric.NeedsLabels;

    public bool NeedsReference => _metric.NeedsReference;

    public static IMetric Create(IMetric metric, PluginPostProcessing? processing) =>
        processing is null ? metric : metric is IMeanMetric mean ? new PostProcessedMeanMetric(mean, processing) : new PostProcessedMetric(metric, processing);

    /// <summary>The metric that gives contributions their meaning.</summary>
    public static IMetric Unwrap(IMetric metric) => metric is PostProcessedMetric processed ? processed._metric : metric;

    public double[] Observe(in MetricInput input)
    {
        var outputs = _processing.Process(input.Outputs, input.SampleName);
        var reference = input.Reference is { } original ? _processing.Process(original, input.SampleName) : null;
        var first = outputs.ContainsKey(input.FirstOutput) || outputs.Count > 1 ? input.FirstOutput : outputs.Keys.First();
        return _metric.Observe(new MetricInput(outputs, first, input.Label, reference, input.SampleName, input.Slice));
    }

    public double PerSample(IReadOnlyList<double> contribution) => _metric.PerSample(contribution);

    public double Aggregate(IReadOnlyList<double[]> contributions) => _metric.Aggregate(contributions);
}

/// <summary>One that is a mean.</summary>
internal sealed class PostProcessedMeanMetric(IMeanMetric metric, PluginPostProcessing processing) : PostProcessedMetric(metric, processing), IMeanMetric
{
    public double Best => metric.Best;
}
