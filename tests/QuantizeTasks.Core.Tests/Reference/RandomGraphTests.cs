using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization;
using QuantizeTasks.Tests.Quantization;

namespace QuantizeTasks.Tests.Reference;

/// <summary>Networks made at random, quantized in random configurations.</summary>
[TestClass]
public sealed class RandomGraphTests
{
    [TestMethod]
    public void Build_RandomGraphs_KeepInterfaceAndStayWithinTheBoundOfTheirScales()
    {
        var (quantized, tightest) = (0, 0.0);
        for (var seed = 0; seed < 40; seed++)
        {
            var random = new Random(seed);
            // A bias that a correction moves is not of the scales' making; with the threshold 0 none is.
            var settings = Settings.Of(random.Next(2) == 0 ? "performance" : "mixed", random.Next(3) == 0 ? "pertensor" : "perchannel");
            settings = settings with
            {
                Prefer = random.Next(2) == 0 ? Preference.Size : Preference.Speed,
                Quantization = settings.Quantization with { Threshold = new(0, Settings.Position) },
            };
            var model = new QuantizedTestModel(RandomGraph.Create(seed, channels: 8, side: 6), settings, samples: 3);
            var configuration = model.Variants.Groups.Where(_ => random.Next(4) == 0).Aggregate(Configuration.FullyQuantized, (c, g) => c.Revert(g.Id));

            var written = model.Written(configuration);

            AssertSameInterface(model, written, seed);
            var inputs = model.Samples.Load(random.Next(3)).Inputs;
            var (expected, actual) = (TestRuns.Run(model.Original, inputs), TestRuns.Run(written, inputs, new SessionSettings()));
            var bounds = ErrorBound.Of(model.Prepared, written, inputs);
            foreach (var (name, tensor) in expected)
            {
                var (want, have, bound) = (tensor.As<float>().ToArray(), actual[name].As<float>().ToArray(), bounds[name].Error.Data);
                var largest = want.Max(Math.Abs);
                for (var i = 0; i < want.Length; i++)
                {
                    var difference = Math.Abs((double)want[i] - have[i]);
                    Assert.IsLessThanOrEqualTo((bound[i] * 1.0001) + (1e-4 * largest), difference, $"seed {seed}, {configuration}: '{name}'[{i}] is {have[i]}, float {want[i]}");
                    if (bound[i] > 0)
                        tightest = Math.Max(tightest, difference / bound[i]);
                }
            }
            quantized += written.Graph.Nodes.Count(n => n.OpType == "QuantizeLinear");
        }
        Assert.IsGreaterThan(100, quantized, "the networks must give the writer something to do");
        Assert.IsGreaterThan(0.3, tightest, "the bound must be one that a mistake could break");
    }

    private static void AssertSameInterface(QuantizedTestModel model, OnnxModel written, int seed)
    {
        using var original = ModelSession.Create(model.Original.ToBytes(), "float", TestRuns.Plain);
        using var session = ModelSession.Create(written.ToBytes(), "int8");
        foreach (var (before, after) in (((IEnumerable<TensorInfo>, IEnumerable<TensorInfo>)[])[(original.Inputs, session.Inputs), (original.Outputs, session.Outputs)]))
            CollectionAssert.AreEqual(before.Select(i => (i.Name, i.ElementType)).ToArray(), after.Select(i => (i.Name, i.ElementType)).ToArray(), $"seed {seed}");
    }
}
