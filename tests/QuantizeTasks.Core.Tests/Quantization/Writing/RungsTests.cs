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

    /// <summary>Between 8 and 16 bits only weights change on GNA, whose activations have 16 bits anyway: there is nothing to revert in an addition.</summary>
    [TestMethod]
    [DataRow("GNA", false)]
    [DataRow("GNA3", true)]
    public void Revertible_WithoutFloat_IsWhatHas16BitsToGain(string device, bool hasActivations)
    {
        var model = new QuantizedTestModel(Addition(), Searching with { TargetDevice = new(device, default), Quantization = new() });
        IModelVariants variants = model.Variants;
        var (convolution, addition) = (variants.Groups.Single(g => g.Layers.Contains("c")), variants.Groups.Single(g => g.Layers.Contains("sum")));
        Assert.AreNotEqual(convolution.Id, addition.Id);
        Assert.IsTrue(variants.Groups.All(g => g.RevertsTo == Rungs.AllSixteenBits));
        Assert.Contains(convolution, variants.Revertible);
        Assert.AreEqual(hasActivations, variants.Revertible.Contains(addition));
        CollectionAssert.AreEqual(new[] { Rungs.AllSixteenBits }, variants.RungsOf(convolution.Id).ToArray(), "no float and nothing asymmetric");

        var written = OnnxModel.Parse(variants.Build(Configuration.FullyQuantized.Revert(variants.Revertible)), "test.onnx");
        Assert.IsTrue(written.Graph.Initializers.Where(i => i.Name.EndsWith("zero_point", StringComparison.Ordinal)).All(z => z.DataType == (int)DataType.Int16));
    }

    [TestMethod]
    public void RungsOf_WeightsAndActivationsApart_AreStepsBefore16Bits()
    {
        IModelVariants variants = new QuantizedTestModel(Addition(), Searching with { TargetDevice = new("GNA3.5", default), Quantization = new() }).Variants;
        var group = variants.Groups.Single(g => g.Layers.Contains("c"));
        CollectionAssert.AreEqual(new[] { "16-bit activations", "16-bit weights", "16 bits" }, variants.RungsOf(group.Id).Select(r => r.Name).ToArray());
        int[] Types(Rung rung) => [.. OnnxModel.Parse(variants.Build(Configuration.FullyQuantized.Put(group.Id, rung)), "test.onnx").Graph.Initializers.Where(i => i.Name is "c/weights" or "a/zero_point").OrderBy(i => i.Name, StringComparer.Ordinal).Select(i => i.DataType)];
        CollectionAssert.AreEqual(new[] { (int)DataType.Int16, (int)DataType.Int8 }, Types(Rungs.SixteenBits));
        CollectionAssert.AreEqual(new[] { (int)DataType.Int8, (int)DataType.Int16 }, Types(Rungs.SixteenBitWeights));
        CollectionAssert.AreEqual(new[] { (int)DataType.Int16, (int)DataType.Int16 }, Types(Rungs.AllSixteenBits));
    }

    /// <summary>With a preset for accuracy everything has 16 bits already.</summary>
    [TestMethod]
    public void Reversion_FollowsDeviceAndPreset()
    {
        CompressionSettings On(string device, string? preset) => Settings.Of() with { TargetDevice = new(device, default), IsAccuracyAware = true, Quantization = new() { Preset = preset is null ? null : new(preset, default) } };
        Assert.AreEqual(Rungs.AllSixteenBits, Rungs.Reversion(On("GNA", null)));
        Assert.AreEqual(Rungs.AllSixteenBits, Rungs.Reversion(On("GNA3", "performance")));
        Assert.IsNull(Rungs.Reversion(On("GNA", "accuracy")));
        Assert.IsFalse(Rungs.CanSearch(On("GNA", "accuracy")));
        Assert.IsTrue(Rungs.CanSearch(On("CPU", "accuracy")));
        Assert.IsNull(Rungs.Reversion(On("CPU", null)));
        Assert.IsFalse(Rungs.CanSearch(On("CPU", null) with { IsAccuracyAware = false }));
    }

    /// <summary>A convolution of one input and the sum of two others, which is read by nothing in integers.</summary>
    private static TestModels Addition() => TestModels.Opset(13).Input("a", 1, 8, 8, 8).Input("b", 1, 8, 8, 8).Input("e", 1, 8, 8, 8)
        .Random("w", 8, 8, 3, 3).Random("v", 8)
        .Named("c", "Conv", ["a", "w", "v"], ["t"], n => n.With("pads", 1, 1, 1, 1)).Named("r", "Sigmoid", ["t"], ["y"]).Output("y")
        .Named("sum", "Add", ["b", "e"], ["z"]).Output("z");

    [TestMethod]
    public void Build_RungThatThereIsNot_Throws() => Assert.ThrowsExactly<ArgumentOutOfRangeException>(
        () => new QuantizedTestModel(FusionTests.Residual(), Searching).Variants.Build(Configuration.FullyQuantized.Put(0, Rungs.SixteenBits)));

    /// <summary>Every constant that the writer added, by its name.</summary>
    private static Dictionary<string, double[]> Constants(OnnxModel model) => model.Graph.Initializers
        .ToDictionary(i => i.Name, i => i.DataType == (int)DataType.Float ? i.ToFloats().Select(f => (double)f).ToArray() : i.DataType == (int)DataType.Int32 || i.DataType == (int)DataType.Int8 || i.DataType == (int)DataType.Uint8 ? [.. i.ToInt64s()] : []);

    private static string[] Kernels(QuantizedTestModel model, Configuration configuration) => [.. model.Optimized(configuration).Operators.Select(o => o.OperatorType)];
}
