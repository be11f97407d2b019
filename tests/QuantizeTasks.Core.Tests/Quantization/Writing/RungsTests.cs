using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization;
using DataType = QuantizeTasks.Onnx.Proto.TensorProto.Types.DataType;

namespace QuantizeTasks.Tests.Quantization.Writing;

/// <summary>What a group can be between int8 and float.</summary>
[TestClass]
public sealed class RungsTests
{
    private static CompressionSettings Searching => Settings.Of() with { IsAccuracyAware = true };

    [TestMethod]
    public void RungsOf_WithoutASearch_AreNone() => Assert.IsEmpty(new QuantizedTestModel(FusionTests.Residual()).Variants.RungsOf(0));

    [TestMethod]
    public void Asymmetric_OneGroup_HasTheScalesOfMixedAndNobodyElseDoes()
    {
        var model = new QuantizedTestModel(RevertTests.Leaky(), Searching);
        var mixed = new QuantizedTestModel(RevertTests.Leaky(), Settings.Of("mixed"));
        var (plain, other) = (Constants(model.Written()), Constants(mixed.Written()));
        Assert.IsNotEmpty(model.Variants.Groups);
        foreach (var group in model.Variants.Groups)
        {
            Assert.Contains(Rungs.Asymmetric, model.Variants.RungsOf(group.Id));
            var configuration = Configuration.FullyQuantized.Put(group.Id, Rungs.Asymmetric);
            var written = Constants(model.Written(configuration));

            var changed = written.Keys.Where(name => !written[name].SequenceEqual(plain[name])).ToArray();
            Assert.IsNotEmpty(changed);
            foreach (var name in changed)
                CollectionAssert.AreEqual(other[name], written[name], name);
            var read = model.Placement.Layers.Where(l => group.Layers.Contains(l.Name)).SelectMany(l => l.Inputs.Append(l.Name)).ToArray();
            foreach (var name in changed)
                Assert.IsTrue(read.Any(owner => name.StartsWith($"{owner}/", StringComparison.Ordinal)), $"{name} belongs to another group than {group.Name}");
            // As fast as before: the same kernels.
            CollectionAssert.AreEqual(Kernels(model, Configuration.FullyQuantized), Kernels(model, configuration));
        }
    }

    [TestMethod]
    public void Asymmetric_EveryGroup_IsThePresetMixed()
    {
        var model = new QuantizedTestModel(RevertTests.Leaky(), Searching);
        var mixed = new QuantizedTestModel(RevertTests.Leaky(), Settings.Of("mixed"));
        var all = model.Variants.Groups.Aggregate(Configuration.FullyQuantized, (c, g) => c.Put(g.Id, Rungs.Asymmetric));
        var (written, other) = (Constants(model.Written(all)), Constants(mixed.Written()));
        CollectionAssert.AreEquivalent(other.Keys.ToArray(), written.Keys.ToArray());
        // What no group reads, the model's output, stays as it was.
        foreach (var name in other.Keys.Where(n => !n.StartsWith("y/", StringComparison.Ordinal)))
            CollectionAssert.AreEqual(other[name], written[name], name);
    }

    [TestMethod]
    public void WeightsOnly_OneGroup_ComputesInFloatWithWeightsStoredInInt8()
    {
        var model = new QuantizedTestModel(FusionTests.Residual(), Searching with { Prefer = Preference.Size });
        var group = model.Variants.Groups.Single(g => g.Layers.Contains("c3"));
        Assert.Contains(Rungs.WeightsOnly, model.Variants.RungsOf(group.Id));
        var (stored, reverted) = (Configuration.FullyQuantized.Put(group.Id, Rungs.WeightsOnly), Configuration.FullyQuantized.Revert(group.Id));

        var optimized = model.Optimized(stored);
        Assert.AreEqual(2, optimized.Count("QLinearConv"));
        Assert.AreEqual(model.Optimized(reverted).Operators.Length, optimized.Operators.Length, string.Join(" ", optimized.Operators.Select(o => o.OperatorType)));
        Assert.IsLessThan(model.Variants.Build(reverted).Message.Length - (2 * 32 * 32 * 9), model.Variants.Build(stored).Message.Length);
        Assert.AreEqual(model.RelativeError(reverted), model.RelativeError(stored), 0.01);
    }

    [TestMethod]
    public void Build_RungThatThereIsNot_Throws() => Assert.ThrowsExactly<ArgumentOutOfRangeException>(
        () => new QuantizedTestModel(FusionTests.Residual(), Searching).Variants.Build(Configuration.FullyQuantized.Put(0, Rungs.SixteenBits)));

    /// <summary>Every constant that the writer added, by its name.</summary>
    private static Dictionary<string, double[]> Constants(OnnxModel model) => model.Graph.Initializers
        .ToDictionary(i => i.Name, i => i.DataType == (int)DataType.Float ? i.ToFloats().Select(f => (double)f).ToArray() : i.DataType == (int)DataType.Int32 || i.DataType == (int)DataType.Int8 || i.DataType == (int)DataType.Uint8 ? [.. i.ToInt64s()] : []);

    private static string[] Kernels(QuantizedTestModel model, Configuration configuration) => [.. model.Optimized(configuration).Operators.Select(o => o.OperatorType)];
}
