using QuantizeTasks.Accuracy;
using QuantizeTasks.Accuracy.Searching;
using QuantizeTasks.Manifest;
using QuantizeTasks.Metrics;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Tests.Accuracy;

/// <summary>A metric of ones and zeros that says what the best contribution is, as accuracy does.</summary>
internal sealed class ShareOfRight : IMeanMetric
{
    public string Name => "accuracy";

    public string Definition => "share of right/1";

    public bool HigherIsBetter => true;

    public double Best => 1;

    public bool NeedsLabels => false;

    public bool NeedsReference => false;

    public double[] Observe(in MetricInput input) => throw new NotSupportedException();

    public double PerSample(IReadOnlyList<double> contribution) => contribution[0];

    public double Aggregate(IReadOnlyList<double[]> contributions) => contributions.Sum(c => c[0]) / contributions.Count;
}

/// <summary>
/// A classifier in outline: every group in int8 adds noise to the score of a sample, and a sample is answered right while the noise stays below its margin. Margins and noise
/// are drawn once with fixed seeds. Faults are planted as a noise that depends on the configuration; all other groups add a little, so that there are lucky and unlucky flips as in a real network.
/// </summary>
internal sealed class PlantedNetwork(int groups, Func<Configuration, double> fault, int samples = 400, double otherNoise = 0.002)
{
    public MadeUpModel Model { get; } = Create(groups, fault, samples, otherNoise);

    /// <summary>Runs a whole search from plain int8.</summary>
    public (SearchOutcome Outcome, RecordingObserver Observer) Search(AccuracyAwareParameters parameters, double maximalDrop, double? statedBaseline = null, IModelVariants? variants = null)
    {
        int[] all = [.. Enumerable.Range(0, samples)];
        var reference = Model.Evaluate(Configuration.Float, all, default);
        var budget = new Budget(Model.Metrics, [statedBaseline ?? reference.Metrics[0].Value], maximalDrop, DropType.Absolute);
        var int8 = Model.Evaluate(Configuration.FullyQuantized, all, default);
        Model.Asked.Clear();
        var observer = new RecordingObserver();
        var search = new AccuracyAwareSearch(Model, variants ?? new MadeUpGroups(groups), budget, parameters, new Lazy<Evaluation>(reference), observer);
        return (search.Run(new Judgement(Configuration.FullyQuantized, int8, budget.Judge(int8)), default), observer);
    }

    private static MadeUpModel Create(int groups, Func<Configuration, double> fault, int samples, double otherNoise)
    {
        var random = new Random(20);
        var margins = Enumerable.Range(0, samples).Select(_ => random.NextDouble()).ToArray();
        var noise = Enumerable.Range(0, samples).Select(_ => Enumerable.Range(0, groups + 1).Select(_ => (2 * random.NextDouble()) - 1).ToArray()).ToArray();
        return new MadeUpModel(samples, [new ShareOfRight()], (configuration, sample, _) =>
        {
            if (configuration.IsFloat || configuration.Reverted.Count == groups)
                return margins[sample] > 0.05 ? 1 : 0;
            var sum = fault(configuration) * noise[sample][groups];
            for (var g = 0; g < groups; g++)
                if (!configuration.Reverted.Contains(g))
                    sum += otherNoise * noise[sample][g];
            return margins[sample] - 0.05 > Math.Abs(sum) ? 1 : 0;
        });
    }
}
