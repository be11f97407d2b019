using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;
using QuantizeTasks.Tests.Quantization;

namespace QuantizeTasks.Tests.Preparation;

/// <summary>Means over the whole picture, as exporters spell them; expected operators are read off the definitions of ONNX, results are those of the model as it was.</summary>
[TestClass]
public sealed class GlobalPoolingTests
{
    [TestMethod]
    [DataRow(13L)]
    [DataRow(17L)]
    [DataRow(18L)]
    [DataRow(21L)]
    public void ReduceMean_OverSpatialAxes_IsGlobalAveragePool(long opset)
    {
        foreach (var (axes, keeps, expected) in ((long[] Axes, long Keeps, string Expected)[])
            [([2, 3], 1, "Conv GlobalAveragePool Relu"), ([-1, -2], 1, "Conv GlobalAveragePool Relu"), ([3, 2], 0, "Conv GlobalAveragePool Flatten Relu")])
            Assert.AreEqual(expected, Prepared(Mean(opset, axes, keeps)));
    }

    [TestMethod]
    public void ReduceMean_KeepdimsIsDefault_IsGlobalAveragePool() =>
        Assert.AreEqual("Conv GlobalAveragePool Relu", Prepared(Picture(13).Node("ReduceMean", ["c"], ["p"], n => n.With("axes", 2, 3)).Node("Relu", ["p"], ["y"]).Output("y")));

    [TestMethod]
    [DataRow(new long[] { 3 })]
    [DataRow(new long[] { 1 })]
    [DataRow(new long[] { 1, 2 })]
    [DataRow(new long[] { 1, 2, 3 })]
    public void ReduceMean_OverOtherAxes_Stays(long[] axes)
    {
        foreach (var opset in (long[])[13, 18])
            Assert.AreEqual("Conv ReduceMean Relu", Prepared(Mean(opset, axes, 1)));
    }

    [TestMethod]
    public void ReduceMean_WithoutAxes_Stays()
    {
        Assert.AreEqual("Conv ReduceMean Relu", Prepared(Picture(13).Node("ReduceMean", ["c"], ["p"]).Node("Relu", ["p"], ["y"]).Output("y")));
        Assert.AreEqual("Conv ReduceMean Relu", Prepared(Picture(18).Node("ReduceMean", ["c"], ["p"], n => n.With("noop_with_empty_axes", 1L)).Node("Relu", ["p"], ["y"]).Output("y")));
    }

    /// <summary>Otherwise a runtime would not know a layer normalization spelled out any more.</summary>
    [TestMethod]
    public void ReduceMean_OverTheLastOfThreeAxes_Stays() =>
        Assert.AreEqual("ReduceMean Sub", Prepared(TestModels.Opset(13).Input("x", 1, 8, 6).Node("ReduceMean", ["x"], ["m"], n => n.With("axes", [-1])).Node("Sub", ["x", "m"], ["y"]).Output("y")));

    [TestMethod]
    public void ReduceMean_ThatMakesTheOutput_KeepsItsName()
    {
        var model = Picture(18).Int64s("axes", [2, 3]).Named("mean", "ReduceMean", ["c", "axes"], ["y"], n => n.With("keepdims", 0L)).Output("y").Build();

        var graph = ModelPreparation.Prepare(model).Model.Graph;

        Assert.AreEqual("Flatten", graph.Producer("y")!.OpType);
        Assert.AreEqual("mean", graph.Producer(graph.Producer("y")!.Input[0])!.Name, "the operator keeps its name, by which it can be ignored");
        Assert.IsFalse(graph.IsInitializer("axes"));
    }

    [TestMethod]
    [DataRow("8 8", "", "", "", "GlobalAveragePool")]
    [DataRow("8 8", "3 3", "0 0 0 0", "", "GlobalAveragePool")]
    [DataRow("8 8", "8 8", "", "SAME_UPPER", "GlobalAveragePool")]
    [DataRow("8 8", "", "", "VALID", "GlobalAveragePool")]
    [DataRow("8 8", "2 2", "", "SAME_UPPER", "AveragePool")]
    [DataRow("8 4", "", "", "", "AveragePool")]
    [DataRow("7 7", "7 7", "", "", "AveragePool")]
    [DataRow("8 8", "16 16", "1 1 1 1", "", "AveragePool")]
    [DataRow("8 8", "16 16", "0 0 4 4", "", "AveragePool")]
    public void AveragePool_OnlyWithAKernelAsLargeAsThePicture_IsGlobalAveragePool(string kernel, string strides, string pads, string automatic, string expected)
    {
        foreach (var counts in (long[])[0, 1])
            Assert.AreEqual($"Conv {expected} Relu", Prepared(Picture(19).Node("AveragePool", ["c"], ["p"], n =>
            {
                n.With("kernel_shape", Numbers(kernel)).With("count_include_pad", counts).With("ceil_mode", counts);
                if (strides.Length > 0)
                    n.With("strides", Numbers(strides));
                if (pads.Length > 0)
                    n.With("pads", Numbers(pads));
                if (automatic.Length > 0)
                    n.With("auto_pad", automatic);
            }).Node("Relu", ["p"], ["y"]).Output("y")));
    }

    [TestMethod]
    public void AveragePool_OfOpenExtents_Stays() => Assert.AreEqual("AveragePool Relu",
        Prepared(TestModels.Opset(13).Input("x", 1, 3, -1, -1).Node("AveragePool", ["x"], ["p"], n => n.With("kernel_shape", 8, 8)).Node("Relu", ["p"], ["y"]).Output("y"), open: 9));

    [TestMethod]
    public void AveragePool_OfOpenBatch_IsGlobalAveragePool() => Assert.AreEqual("GlobalAveragePool Relu",
        Prepared(TestModels.Opset(13).Input("x", -1, 3, 8, 8).Node("AveragePool", ["x"], ["p"], n => n.With("kernel_shape", 8, 8)).Node("Relu", ["p"], ["y"]).Output("y")));

    [TestMethod]
    [DataRow("AveragePool")]
    [DataRow("ReduceMean")]
    public void BehindInt8Conv_RunsInInt8(string type)
    {
        var model = new QuantizedTestModel(Network(type));

        CollectionAssert.AreEquivalent(new[] { "c1", "pool", "g" }, model.Optimized().RunningInInteger(["c1", "pool", "g"]).ToArray());
        Assert.AreEqual(1, model.Optimized().Count("QLinearGlobalAveragePool"));
        Assert.IsLessThan(0.05, model.RelativeError(Configuration.FullyQuantized));
    }

    /// <summary>Whoever ignores a type means what the file has; whoever reads a report has the other name.</summary>
    [TestMethod]
    [DataRow("ReduceMean", "ReduceMean")]
    [DataRow("ReduceMean", "GlobalAveragePool")]
    [DataRow("AveragePool", "AveragePool")]
    public void Ignored_ByEitherType_StaysInFloat(string type, string ignored)
    {
        var prepared = ModelPreparation.Prepare(Network(type).Build());

        var placement = QuantizerPlacement.Place(prepared, Settings.Of(operations: [ignored]));

        Assert.AreEqual("ignored.operations names it", placement.FloatReasons["pool"]);
        var unknown = Assert.ThrowsExactly<QuantizeException>(() => QuantizerPlacement.Place(prepared, Settings.Of(operations: ["ReduceMax"])));
        Assert.AreEqual(DiagnosticCodes.UnknownName, unknown.Diagnostics[0].Code);
    }

    [TestMethod]
    public void Ignored_ByItsAttributes_StaysInFloat()
    {
        var prepared = ModelPreparation.Prepare(Network("AveragePool").Build());
        var ignored = Settings.With(q => q with { Ignored = IgnoredOperators.None with { Operations = [new(new("AveragePool", Settings.Position), System.Collections.Immutable.ImmutableSortedDictionary<string, Located<object>>.Empty.Add("ceil_mode", new(0L, Settings.Position)))] } });

        Assert.AreEqual("ignored.operations names it", QuantizerPlacement.Place(prepared, ignored).FloatReasons["pool"]);
    }

    [TestMethod]
    public void Transformer_KeepsItsReduceMeanInFloat()
    {
        Assert.AreEqual("model_type transformer keeps this type in float", QuantizerPlacement.Place(ModelPreparation.Prepare(Network("ReduceMean").Build()), Settings.Of(modelType: "transformer")).FloatReasons["pool"]);
        Assert.IsFalse(QuantizerPlacement.Place(ModelPreparation.Prepare(Network("AveragePool").Build()), Settings.Of(modelType: "transformer")).FloatReasons.ContainsKey("pool"));
    }

    private static TestModels Network(string type)
    {
        var builder = TestModels.Opset(13).Input("x", 1, 32, 28, 28).Random("w1", 64, 32, 3, 3).Random("w2", 512, 64)
            .Named("c1", "Conv", ["x", "w1"], ["t1"], n => n.With("pads", 1, 1, 1, 1)).Node("Relu", ["t1"], ["r1"]);
        builder = type == "AveragePool"
            ? builder.Named("pool", type, ["r1"], ["p"], n => n.With("kernel_shape", 28, 28).With("ceil_mode", 0L)).Node("Flatten", ["p"], ["f"])
            : builder.Named("pool", type, ["r1"], ["f"], n => n.With("axes", 2, 3).With("keepdims", 0L));
        return builder.Named("g", "Gemm", ["f", "w2"], ["y"], n => n.With("transB", 1L)).Output("y");
    }

    private static TestModels Picture(long opset) => TestModels.Opset(opset, irVersion: 8).Input("x", 2, 3, 8, 8).Random("w", 5, 3, 1, 1).Node("Conv", ["x", "w"], ["c"]);

    private static TestModels Mean(long opset, long[] axes, long keeps)
    {
        var builder = opset >= 18
            ? Picture(opset).Int64s("axes", axes).Node("ReduceMean", ["c", "axes"], ["p"], n => n.With("keepdims", keeps))
            : Picture(opset).Node("ReduceMean", ["c"], ["p"], n => n.With("axes", axes).With("keepdims", keeps));
        return builder.Node("Relu", ["p"], ["y"]).Output("y");
    }

    private static long[] Numbers(string text) => [.. text.Split(' ').Select(long.Parse)];

    /// <summary>The operators, in order; the results must not have changed beyond the rounding of another order of additions.</summary>
    private static string Prepared(TestModels builder, int open = 2)
    {
        var model = builder.Build();
        var prepared = ModelPreparation.Prepare(model).Model;
        TestRuns.AssertEquivalent(model, prepared, 1e-6, open);
        return string.Join(' ', prepared.Graph.Nodes.Select(n => n.OpType));
    }
}
