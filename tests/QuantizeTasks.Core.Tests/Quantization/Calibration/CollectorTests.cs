using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Calibration;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;
using QuantizeTasks.Tests.Quantization.Writing;

namespace QuantizeTasks.Tests.Quantization.Calibration;

[TestClass]
public sealed class CollectorTests
{
    [TestMethod]
    [DataRow(13L)]
    [DataRow(18L)]
    public void Collect_EveryObservedTensor_MatchesAScalarReduction(long opset)
    {
        var model = new QuantizedTestModel(TestModels.Opset(opset, 8).Input("x", 1, 32, 28, 28)
            .Random("w1", 32, 32, 3, 3).Random("w2", 32, 32, 3, 3).Random("w3", 64, 32).Int64s("flat", [1, 32])
            .Named("c1", "Conv", ["x", "w1"], ["t1"], FusionTests.Pads).Node("Relu", ["t1"], ["r1"])
            .Named("c2", "Conv", ["r1", "w2"], ["t2"], FusionTests.Pads).Named("gap", "GlobalAveragePool", ["t2"], ["p"]).Node("Reshape", ["p", "flat"], ["f"])
            .Named("g", "Gemm", ["f", "w3"], ["y"], n => n.With("transB", 1L)).Output("y"), samples: 7);
        Assert.IsGreaterThan(2, model.Placement.Observations.Length);
        foreach (var observation in model.Placement.Observations)
        {
            var samples = Enumerable.Range(0, model.Samples.Count).Select(i => Values(model, observation.Tensor, i)).ToArray();
            var statistics = model.Statistics[observation.Tensor];

            Assert.AreEqual(samples.Min(s => s.As<float>().Min()), statistics.Minimum, 1e-5, observation.Tensor);
            Assert.AreEqual(samples.Max(s => s.As<float>().Max()), statistics.Maximum, 1e-5, observation.Tensor);
            Assert.AreEqual(samples.Average(s => (double)s.As<float>().Min()), statistics[Reduction.Minimum].Means[0], 1e-5);
            Assert.AreEqual(samples.Average(s => (double)s.As<float>().Max()), statistics[Reduction.Maximum].Means[0], 1e-5);
            Assert.AreEqual(samples.Average(s => (double)s.As<float>().Max(Math.Abs)), statistics[Reduction.AbsoluteMaximum].Means[0], 1e-5);
            foreach (var axis in observation.Reductions.Where(r => r.Kind == ReductionKind.Mean).Select(r => r.Axis!.Value))
            {
                var means = statistics.ChannelMeans(axis);
                Assert.HasCount(samples[0].Shape[axis], means);
                for (var channel = 0; channel < means.Length; channel++)
                    Assert.AreEqual(samples.Average(s => ChannelMean(s, axis, channel)), means[channel], 1e-5);
            }
        }
    }

    [TestMethod]
    public void Collect_AnyNumberOfWorkers_GivesTheSameBytes()
    {
        var model = new QuantizedTestModel(FusionTests.Residual(), samples: 23);
        var expected = model.Statistics.ToBytes();
        foreach (var workers in (int[])[1, 2, 3, 8])
            CollectionAssert.AreEqual(expected, Collector.Collect(model.Prepared, model.Placement.Observations, model.Samples, Settings.Of().Quantization, workers, (_, _) => { }, CancellationToken.None).ToBytes());
    }

    /// <summary>POT's <c>inplace_statistics</c>: where the reduction is made must not matter.</summary>
    [TestMethod]
    public void Collect_InsideOrOutsideTheRuntime_GivesTheSameRanges()
    {
        var model = new QuantizedTestModel(FusionTests.Residual(), samples: 6);
        var observations = Everything(model);
        var inside = Collect(model, observations, Settings.Of().Quantization with { InplaceStatistics = true }, 2);
        var outside = Collect(model, observations, Settings.Of().Quantization with { InplaceStatistics = false }, 2);
        CollectionAssert.AreEquivalent(observations.Select(o => o.Tensor).ToArray(), inside.Tensors.Keys.ToArray());
        foreach (var (tensor, statistics) in inside.Tensors)
        {
            Assert.AreEqual(statistics.Histogram, outside[tensor].Histogram);
            foreach (var (reduction, series) in statistics.Series)
                if (reduction.Kind == ReductionKind.Mean)
                    for (var c = 0; c < series.Channels; c++)
                        Assert.AreEqual(series.Means[c], outside[tensor][reduction].Means[c], 1e-5, $"{tensor}: {reduction}");
                else
                    Assert.AreEqual(series, outside[tensor][reduction], $"{tensor}: {reduction}");
        }
    }

    /// <summary>Every kind of reduction, of the whole tensor and of its channels, against plain loops over what the float model computes.</summary>
    [TestMethod]
    public void Collect_EveryReduction_MatchesAScalarReduction()
    {
        var model = new QuantizedTestModel(FusionTests.Residual(), samples: 3);
        var statistics = Collect(model, Everything(model), Settings.Of().Quantization, 2);
        foreach (var observation in Everything(model))
        {
            var samples = Enumerable.Range(0, model.Samples.Count).Select(i => Values(model, observation.Tensor, i)).ToArray();
            Assert.AreEqual(samples.Sum(s => (long)s.Length), statistics[observation.Tensor].Histogram!.Total);
            foreach (var reduction in observation.Reductions.Where(r => r.Kind != ReductionKind.Mean))
                for (var channel = 0; channel < (reduction.Axis is { } axis ? samples[0].Shape[axis] : 1); channel += 13)
                    for (var i = 0; i < samples.Length; i++)
                        Assert.AreEqual(Scalar(reduction, Channel(samples[i], reduction.Axis, channel)), statistics[observation.Tensor][reduction].Values(channel)[i], 1e-5, $"{observation.Tensor}: {reduction}");
        }
    }

    [TestMethod]
    public void Collect_HistogramsWithAnyNumberOfWorkers_GiveTheSameBytes()
    {
        var model = new QuantizedTestModel(FusionTests.Residual(), samples: 23);
        var expected = Collect(model, Everything(model), Settings.Of().Quantization, 1).ToBytes();
        foreach (var workers in (int[])[2, 5])
            CollectionAssert.AreEqual(expected, Collect(model, Everything(model), Settings.Of().Quantization, workers).ToBytes());
        Assert.AreEqual(CalibrationStatistics.FromBytes(expected), Collect(model, Everything(model), Settings.Of().Quantization, 3));
    }

    /// <summary>POT's <c>stat_batch_size</c>: the last batch has fewer samples, and the statistics are those of the samples one by one.</summary>
    [TestMethod]
    [DataRow(2)]
    [DataRow(4)]
    public void Collect_SeveralSamplesAtOnce_AreTheSamplesOneByOne(int size)
    {
        var model = new QuantizedTestModel(OpenBatch(), samples: 7);
        var alone = Collect(model, Everything(model), Settings.Of().Quantization, 2);
        var together = Collect(model, Everything(model), Settings.Of().Quantization with { StatBatchSize = new(size, Settings.Position) }, 2);
        CollectionAssert.AreEquivalent(Everything(model).Select(o => o.Tensor).ToArray(), alone.Tensors.Keys.ToArray());
        foreach (var (tensor, statistics) in alone.Tensors)
        {
            Assert.AreEqual(statistics.Histogram!.Total, together[tensor].Histogram!.Total);
            foreach (var (reduction, series) in statistics.Series)
            {
                Assert.AreEqual(7, together[tensor][reduction].Samples);
                for (var i = 0; i < series.Kept.Length; i++)
                    Assert.AreEqual(series.Kept[i], together[tensor][reduction].Kept[i], 1e-5 * Math.Max(1, Math.Abs(series.Kept[i])), $"{tensor}: {reduction}");
                for (var c = 0; c < series.Channels; c++)
                    Assert.AreEqual(series.Means[c], together[tensor][reduction].Means[c], 1e-5 * Math.Max(1, Math.Abs(series.Means[c])), $"{tensor}: {reduction}");
            }
        }
    }

    [TestMethod]
    public void Collect_SamplesAtOnceInAModelWithAFixedBatch_AreFedOneByOne()
    {
        var model = new QuantizedTestModel(FusionTests.Residual(), samples: 5);
        CollectionAssert.AreEqual(model.Statistics.ToBytes(), Collect(model, RangeEstimation.Observe(model.Calibrated.Placement, Settings.Of().Quantization), Settings.Of().Quantization with { StatBatchSize = new(4, Settings.Position) }, 1).ToBytes());
    }

    [TestMethod]
    public void Collect_SamplesAtOnceThatTheModelMixes_IsAnError()
    {
        var model = TestModels.Opset(13).Input("x", -1, 8, 8).Random("w", 64, 64).Int64s("flat", [-1, 64]).Int64s("swapped", [2, -1, 32])
            .Node("Reshape", ["x", "swapped"], ["s"]).Node("Reshape", ["s", "flat"], ["f"]).Named("m", "MatMul", ["f", "w"], ["y"]).Output("y").Build();
        var prepared = ModelPreparation.Prepare(model);
        var thrown = Assert.ThrowsExactly<QuantizeException>(() => Collector.Collect(
            prepared, [Observation.Of("s", 0)], new RandomSamples(model, 6), Settings.Of().Quantization with { StatBatchSize = new(3, Settings.Position) }, 1, (_, _) => { }, CancellationToken.None));
        Assert.AreEqual(DiagnosticCodes.ShapeMismatch, thrown.Diagnostics[0].Code);
        StringAssert.Contains(thrown.Message, "stat_batch_size");
    }

    private static TestModels OpenBatch() => TestModels.Opset(13).Input("x", -1, 32, 8, 8).Random("w1", 32, 32, 3, 3).Random("w2", 32, 32, 3, 3)
        .Named("c1", "Conv", ["x", "w1"], ["t"], FusionTests.Pads).Node("Relu", ["t"], ["r"]).Named("c2", "Conv", ["r", "w2"], ["y"], FusionTests.Pads).Output("y");

    /// <summary>The numbers that are held of a tensor, after as many samples as they are meant for and after many more.</summary>
    [TestMethod]
    [DataRow(4_000)]
    [DataRow(100_000)]
    public void Accumulators_AnyNumberOfSamples_HoldABoundedNumberOfValues(int samples)
    {
        var accumulator = new TensorAccumulator(Observation.Of("t", 4, Reduction.Mean.Along(1), Reduction.AbsoluteQuantile(0.999), Reduction.AbsoluteMaximum.Along(1)) with { HasHistogram = true });
        var tensor = new float[8];
        accumulator.Histogram!.Add(tensor);
        for (var i = 0; i < samples; i++)
            accumulator.Add("s", [.. accumulator.Observation.Reductions.Select(r => r.Axis is null ? tensor[..1] : tensor)]);
        // Four reductions of the whole tensor and three of its channels keep 4096 samples at most; the histogram has 8192 bins.
        Assert.IsLessThan((4096 * (4 + (3 * 8))) + 8192 + 1000, accumulator.Held);
    }

    [TestMethod]
    public void Collect_MatMulInput_HasMeansOfItsLastAxis()
    {
        var model = new QuantizedTestModel(RevertTests.Matrices(1));
        Assert.HasCount(256, model.Statistics["x"].ChannelMeans(2));
        Assert.AreEqual(Enumerable.Range(0, model.Samples.Count).Average(i => ChannelMean(Values(model, "x", i), 2, 17)), model.Statistics["x"].ChannelMeans(2)[17], 1e-5);
    }

    [TestMethod]
    [DataRow(float.NaN)]
    [DataRow(float.PositiveInfinity)]
    [DataRow(float.NegativeInfinity)]
    public void Collect_ValueNotFinite_NamesTensorAndSample(float value)
    {
        var model = new QuantizedTestModel(FusionTests.Residual());
        foreach (var position in (int[])[0, 5000, 25087])
        {
            var thrown = Assert.ThrowsExactly<QuantizeException>(() => Collector.Collect(model.Prepared, model.Placement.Observations, new Poisoned(model.Samples, 5, position, value), Settings.Of().Quantization, 2, (_, _) => { }, CancellationToken.None));

            Assert.AreEqual(DiagnosticCodes.ValueNotFinite, thrown.Diagnostics[0].Code);
            StringAssert.Contains(thrown.Message, "'row 5'");
            StringAssert.Contains(thrown.Message, "tensor '");
        }
    }

    [TestMethod]
    public void Collect_NoSamples_IsAnError()
    {
        var model = new QuantizedTestModel(FusionTests.Residual());
        var thrown = Assert.ThrowsExactly<QuantizeException>(() => Collector.Collect(model.Prepared, model.Placement.Observations, new RandomSamples(model.Original, 0), Settings.Of().Quantization, 1, (_, _) => { }, CancellationToken.None));
        Assert.AreEqual(DiagnosticCodes.TooFewSamples, thrown.Diagnostics[0].Code);
    }

    [TestMethod]
    public void Collect_NothingToObserve_RunsNothing()
    {
        var model = TestModels.Opset(13).Input("x", 1, 8).Node("Erf", ["x"], ["y"]).Output("y").Build();
        var prepared = ModelPreparation.Prepare(model);
        var statistics = Collector.Collect(prepared, QuantizerPlacement.Place(prepared, Settings.Of()).Observations, new RandomSamples(model, 3), Settings.Of().Quantization, 1, (_, _) => { }, CancellationToken.None);
        Assert.IsEmpty(statistics.Tensors);
    }

    [TestMethod]
    public void Collect_SubsetSize_UsesTheFirstSamplesOnly()
    {
        var model = new QuantizedTestModel(FusionTests.Residual(), samples: 9);
        var few = new CountingSamples(model.Samples);
        var statistics = Collector.Collect(model.Prepared, model.Placement.Observations, few, Settings.Of(subset: 4).Quantization, 1, (_, _) => { }, CancellationToken.None);
        Assert.AreEqual(4, statistics.Samples);
        CollectionAssert.AreEqual(new[] { 0, 1, 2, 3 }, few.Read.Order().ToArray());
    }

    [TestMethod]
    public void Collect_LoaderThrows_PassesItsErrorOn()
    {
        var model = new QuantizedTestModel(FusionTests.Residual());
        Assert.ThrowsExactly<InvalidDataException>(() => Collector.Collect(model.Prepared, model.Placement.Observations, new Broken(), Settings.Of().Quantization, 2, (_, _) => { }, CancellationToken.None));
    }

    [TestMethod]
    public void Collect_WhileItRuns_TellsHowFarItIs()
    {
        var model = new QuantizedTestModel(FusionTests.Residual(), samples: 23);
        var told = new List<(long Done, long Total)>();
        Collector.Collect(model.Prepared, model.Placement.Observations, model.Samples, Settings.Of().Quantization, 1, (done, total) => told.Add((done, total)), CancellationToken.None);
        Assert.AreEqual((model.Samples.Count, (long)model.Samples.Count), ((int)told[^1].Done, told[^1].Total));
        CollectionAssert.AreEqual(told.Order().ToArray(), told);
    }

    [TestMethod]
    public void Collect_Cancelled_Stops()
    {
        var model = new QuantizedTestModel(FusionTests.Residual());
        Assert.Throws<OperationCanceledException>(() => Collector.Collect(model.Prepared, model.Placement.Observations, model.Samples, Settings.Of().Quantization, 2, (_, _) => { }, new CancellationToken(true)));
    }

    private static Tensor Values(QuantizedTestModel model, string tensor, int sample)
    {
        var probe = model.Prepared.Model.Clone();
        if (probe.Graph.Producer(tensor) is null)
            return model.Samples.Load(sample).Inputs.Values.Single();
        if (!probe.Graph.IsOutput(tensor))
            probe.Proto.Graph.Output.Add(new ValueInfoProto { Name = tensor });
        return TestRuns.Run(probe, model.Samples.Load(sample).Inputs)[tensor];
    }

    private static ImmutableArray<Observation> Everything(QuantizedTestModel model) =>
    [
        .. model.Placement.Observations.Select(o => model.Placement.Observations.First(other => other.Tensor == o.Tensor) is { Rank: 4 }
            ? Observation.Of(o.Tensor, 4, [.. o.Reductions, Reduction.Quantile(0.01), Reduction.AbsoluteQuantile(0.9), Reduction.Quantile(1e-4).Along(1), Reduction.Quantile(1 - 1e-4).Along(1), Reduction.AbsoluteMaximum.Along(1)]) with { HasHistogram = true }
            : o with { HasHistogram = true }),
    ];

    private static CalibrationStatistics Collect(QuantizedTestModel model, ImmutableArray<Observation> observations, DefaultQuantizationParameters parameters, int workers) =>
        Collector.Collect(model.Calibrated.Prepared, observations, model.Samples, parameters, workers, (_, _) => { }, CancellationToken.None);

    private static float[] Channel(Tensor tensor, int? axis, int channel)
    {
        if (axis is not { } a)
            return tensor.As<float>();
        var stride = tensor.Shape.Skip(a + 1).Aggregate(1, (x, y) => x * y);
        return [.. tensor.As<float>().Where((_, i) => i / stride % tensor.Shape[a] == channel)];
    }

    private static double Scalar(Reduction reduction, float[] values)
    {
        float[] sorted = [.. (reduction.Kind is ReductionKind.AbsoluteMaximum or ReductionKind.AbsoluteQuantile ? values.Select(Math.Abs) : values).Order()];
        var level = reduction.Kind switch { ReductionKind.Minimum => 0, ReductionKind.Maximum or ReductionKind.AbsoluteMaximum => 1, _ => reduction.Level };
        var position = level * (sorted.Length - 1);
        return sorted[(int)position] + ((position - Math.Floor(position)) * (sorted[(int)Math.Ceiling(position)] - sorted[(int)position]));
    }

    private static double ChannelMean(Tensor tensor, int axis, int channel)
    {
        var stride = tensor.Shape.Skip(axis + 1).Aggregate(1, (a, b) => a * b);
        return tensor.As<float>().Where((_, i) => i / stride % tensor.Shape[axis] == channel).Average(v => (double)v);
    }

    private sealed class Poisoned(IDataLoader inner, int sample, int position, float value) : IDataLoader
    {
        public int Count => inner.Count;

        public Sample Load(int index)
        {
            var clean = inner.Load(index);
            if (index != sample)
                return clean;
            var input = clean.Inputs.Single();
            var data = (float[])input.Value.As<float>().Clone();
            data[position] = value;
            return new Sample(clean.Name, new Dictionary<string, Tensor> { [input.Key] = Tensor.Create(data, [.. input.Value.Shape]) });
        }
    }

    private sealed class CountingSamples(IDataLoader inner) : IDataLoader
    {
        public System.Collections.Concurrent.ConcurrentBag<int> Read { get; } = [];

        public int Count => inner.Count;

        public Sample Load(int index)
        {
            Read.Add(index);
            return inner.Load(index);
        }
    }

    private sealed class Broken : IDataLoader
    {
        public int Count => 3;

        public Sample Load(int index) => throw new InvalidDataException($"sample {index}");
    }
}
