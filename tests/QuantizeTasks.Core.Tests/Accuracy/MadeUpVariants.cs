using QuantizeTasks.Onnx.Values;
using System.Collections.Immutable;
using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Tests.Accuracy;

/// <summary>Real models of one multiplication, whose factor is a function of the configuration.</summary>
internal sealed class MadeUpVariants(int groups, Func<Configuration, float> factor) : IModelVariants
{
    private int _built;

    public int Built => _built;

    public ImmutableArray<QuantizerGroup> Groups { get; } = [.. Enumerable.Range(0, groups).Select(i => new QuantizerGroup(i, $"g{i}", [$"g{i}"]))];

    public ImmutableArray<Rung> RungsOf(int group) => [];

    public SerializedModel Build(Configuration configuration)
    {
        Interlocked.Increment(ref _built);
        return SerializedModel.Of(Multiply(factor(configuration)));
    }

    /// <summary>y = factor * x over [1, 2].</summary>
    public static byte[] Multiply(float factor) => Model(factor).ToBytes();

    public static OnnxModel Model(float factor) =>
        TestModels.Opset(13).Input("x", 1, 2).Floats("factor", [factor], 1).Node("Mul", ["x", "factor"], ["y"]).Output("y").Build();
}

/// <summary>Samples in memory. Sample i holds (i + 1, 0) and, when labelled, the label i + 1.</summary>
internal sealed class MadeUpData(int count, bool labels = true, int extent = 2) : IDataLoader
{
    private int _loaded;

    public int Loaded => _loaded;

    public int Count => count;

    public Sample Load(int index)
    {
        Interlocked.Increment(ref _loaded);
        var values = new float[extent];
        values[0] = index + 1;
        return new Sample($"row {index}", new Dictionary<string, Tensor> { [""] = Tensor.Create(values, 1, extent) }, labels ? Tensor.Create(new float[] { index + 1 }) : null);
    }
}

/// <summary>Lower is better: |first output - label|, and likewise against the float model's output when it needs the reference.</summary>
internal sealed class DistanceMetric(bool toReference = false) : IMetric
{
    public string Name => toReference ? "distance to float" : "distance";

    public string Definition => $"{Name}/1";

    public bool HigherIsBetter => false;

    public bool NeedsLabels => !toReference;

    public bool NeedsReference => toReference;

    public double[] Observe(in MetricInput input) =>
        [Math.Abs((double)input.Outputs[input.FirstOutput].As<float>()[0] - (toReference ? input.Reference![input.FirstOutput] : input.Label!).As<float>()[0])];

    public double PerSample(IReadOnlyList<double> contribution) => contribution[0];

    public double Aggregate(IReadOnlyList<double[]> contributions) => contributions.Sum(c => c[0]) / contributions.Count;
}
