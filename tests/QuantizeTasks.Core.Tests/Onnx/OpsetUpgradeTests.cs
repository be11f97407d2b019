using QuantizeTasks.Diagnostics;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Onnx.Upgrade;
using QuantizeTasks.Quantization.Preparation;
using DataType = QuantizeTasks.Onnx.Proto.TensorProto.Types.DataType;

namespace QuantizeTasks.Tests.Onnx;

/// <summary>Each model runs in ONNX Runtime as it was written, at its own opset, and as it is after the upgrade; with and without knowledge of shapes.</summary>
[TestClass]
public class OpsetUpgradeTests
{
    [TestMethod]
    [DataRow("Softmax", 7)]
    [DataRow("Softmax", 11)]
    [DataRow("Softmax", 12)]
    [DataRow("LogSoftmax", 9)]
    [DataRow("LogSoftmax", 12)]
    [DataRow("Hardmax", 7)]
    [DataRow("Hardmax", 11)]
    public void Upgrade_SoftmaxFamily_NormalizesTheSameRows(string op, int opset)
    {
        foreach (long[] shape in new long[][] { [3, 4], [2, 3, 4], [2, 3, 4, 5], [2, 3, 1, 1], [5] })
        {
            for (var axis = opset >= 11 ? -shape.Length : 0; axis < shape.Length; axis++)
            {
                var model = TestModels.Opset(opset).Input("x", shape).Node(op, ["x"], ["y"], n => n.With("axis", (long)axis)).Output("y").Build();
                AssertUpgrades(model);
            }
        }
        AssertUpgrades(TestModels.Opset(opset).Input("x", 2, 3, 4).Node(op, ["x"], ["y"]).Output("y").Build());
        AssertUpgrades(TestModels.Opset(opset).Input("x", -1, 3, -1).Node(op, ["x"], ["y"]).Output("y").Build());
    }

    [TestMethod]
    public void Upgrade_SoftmaxOfKnownRank_NeedsNoFurtherNodes()
    {
        var model = TestModels.Opset(11).Input("x", -1, 10).Node("Softmax", ["x"], ["a"]).Node("Softmax", ["a"], ["y"], n => n.With("axis", -1L)).Output("y").Build();

        Assert.HasCount(2, ModelPreparation.Prepare(model).Model.Graph.Nodes);
        AssertUpgrades(model);
    }

    [TestMethod]
    public void Upgrade_SqueezeUnsqueezeReduceSum_TakeAxesAsInput()
    {
        foreach (var opset in new[] { 7, 11, 12 })
        {
            AssertUpgrades(TestModels.Opset(opset).Input("x", 2, 1, 3, 1).Node("Squeeze", ["x"], ["y"], n => n.With("axes", 1, 3)).Output("y").Build());
            AssertUpgrades(TestModels.Opset(opset).Input("x", 2, 1, 3, 1).Node("Squeeze", ["x"], ["y"]).Output("y").Build());
            AssertUpgrades(TestModels.Opset(opset).Input("x", 2, 3).Node("Unsqueeze", ["x"], ["y"], n => n.With("axes", 0, 3)).Output("y").Build());
            AssertUpgrades(TestModels.Opset(opset).Input("x", 2, 3, 4).Node("ReduceSum", ["x"], ["y"], n => n.With("axes", 0, 2).With("keepdims", 0L)).Output("y").Build());
            AssertUpgrades(TestModels.Opset(opset).Input("x", 2, 3, 4).Node("ReduceSum", ["x"], ["y"]).Output("y").Build());
        }
        AssertUpgrades(TestModels.Opset(11).Input("x", 2, 3, 4).Node("ReduceSum", ["x"], ["y"], n => n.With("axes", [-1])).Output("y").Build());
    }

    [TestMethod]
    public void Upgrade_Split_TakesSizesAsInput()
    {
        foreach (var opset in new[] { 7, 11, 12 })
        {
            AssertUpgrades(TestModels.Opset(opset).Input("x", 2, 6).Node("Split", ["x"], ["y", "z"], n => n.With("axis", 1L).With("split", 2, 4)).Output("y").Output("z").Build());
            AssertUpgrades(TestModels.Opset(opset).Input("x", 6, 2).Node("Split", ["x"], ["y", "z", "w"]).Output("y").Output("z").Output("w").Build());
        }
    }

    [TestMethod]
    [DataRow("constant", 0f)]
    [DataRow("constant", 1.5f)]
    [DataRow("reflect", 0f)]
    [DataRow("edge", 0f)]
    public void Upgrade_Pad_TakesPadsAndValueAsInput(string mode, float value)
    {
        foreach (var opset in new[] { 7, 10 })
            AssertUpgrades(TestModels.Opset(opset).Input("x", 1, 2, 4, 4).Node("Pad", ["x"], ["y"], n => n.With("mode", mode).With("pads", 0, 0, 1, 2, 0, 0, 2, 1).With("value", value)).Output("y").Build());
        AssertUpgrades(TestModels.Opset(7).Input("x", 2, 3).Node("Pad", ["x"], ["y"], n => n.With("pads", 0, 1, 0, 0)).Output("y").Build());
    }

    [TestMethod]
    public void Upgrade_Clip_TakesBoundsAsInput()
    {
        foreach (var opset in new[] { 7, 10 })
        {
            AssertUpgrades(TestModels.Opset(opset).Input("x", 50).Node("Clip", ["x"], ["y"], n => n.With("min", -1f).With("max", 0.5f)).Output("y").Build());
            AssertUpgrades(TestModels.Opset(opset).Input("x", 50).Node("Clip", ["x"], ["y"], n => n.With("max", 0.5f)).Output("y").Build());
            AssertUpgrades(TestModels.Opset(opset).Input("x", 50).Node("Clip", ["x"], ["y"], n => n.With("min", 0f)).Output("y").Build());
            AssertUpgrades(TestModels.Opset(opset).Input("x", 50).Node("Clip", ["x"], ["y"]).Output("y").Build());
        }
    }

    [TestMethod]
    public void Upgrade_BoundsOfOtherFloatTypes_HaveThatType()
    {
        foreach (var type in new[] { 10L, 11L })
        {
            var model = TestModels.Opset(10).Input("x", 1, 9).Node("Cast", ["x"], ["c"], n => n.With("to", type))
                .Node(type == 10 ? "Pad" : "Identity", ["c"], ["p"], n => { if (type == 10) n.With("pads", 0, 1, 0, 1).With("value", 0.5f); })
                .Node("Cast", ["p"], ["y"], n => n.With("to", 1L)).Output("y").Build();
            TestRuns.AssertEquivalent(model, ModelPreparation.Prepare(model).Model, type == 10 ? 1e-3 : 1e-6);
        }
        var half = TestModels.Opset(10).Input("x", 1, 9).Node("Cast", ["x"], ["c"], n => n.With("to", 10L)).Node("Clip", ["c"], ["p"], n => n.With("min", -0.5f).With("max", 1f)).Node("Cast", ["p"], ["y"], n => n.With("to", 1L)).Output("y").Build();
        // ONNX Runtime has half-precision kernels for some versions of an operator and computes in float for others, so the rounding differs.
        TestRuns.AssertEquivalent(half, ModelPreparation.Prepare(half).Model, 1e-3);
    }

    [TestMethod]
    public void Upgrade_Slice_TakesItsRangesAsInput()
    {
        AssertUpgrades(TestModels.Opset(9).Input("x", 4, 5, 6).Node("Slice", ["x"], ["y"], n => n.With("starts", 1, -3).With("ends", 3, long.MaxValue).With("axes", 0, 2)).Output("y").Build());
        AssertUpgrades(TestModels.Opset(7).Input("x", 4, 5).Node("Slice", ["x"], ["y"], n => n.With("starts", 1, 0).With("ends", -1, 2)).Output("y").Build());
    }

    [TestMethod]
    public void Upgrade_TopK_TakesKAsInput()
    {
        AssertUpgrades(TestModels.Opset(9).Input("x", 3, 8).Node("TopK", ["x"], ["y", "i"], n => n.With("k", 3L)).Output("y").Output("i", DataType.Int64).Build());
        AssertUpgrades(TestModels.Opset(7).Input("x", 8, 3).Node("TopK", ["x"], ["y", "i"], n => n.With("k", 3L).With("axis", 0L)).Output("y").Output("i", DataType.Int64).Build());
    }

    [TestMethod]
    [DataRow("nearest", 2f, 3f)]
    [DataRow("nearest", 1f, 2.5f)]
    [DataRow("linear", 2f, 2f)]
    [DataRow("linear", 1.5f, 3f)]
    public void Upgrade_Upsample_IsResize(string mode, float height, float width)
    {
        var attribute = new AttributeProto { Name = "scales", Type = AttributeProto.Types.AttributeType.Floats, Floats = { 1, 1, height, width } };
        AssertUpgrades(TestModels.Opset(7).Input("x", 1, 2, 4, 5).Node("Upsample", ["x"], ["y"], n => { n.With("mode", mode); n.Attribute.Add(attribute); }).Output("y").Build());
        AssertUpgrades(TestModels.Opset(9).Input("x", 1, 2, 4, 5).Floats("s", [1, 1, height, width], 4).Node("Upsample", ["x", "s"], ["y"], n => n.With("mode", mode)).Output("y").Build());
        AssertUpgrades(TestModels.Opset(9).Input("x", 1, 2, 4, 5).Node("Constant", [], ["s"], n => n.Attribute.Add(new AttributeProto { Name = "value", Type = AttributeProto.Types.AttributeType.Tensor, T = TensorData.Floats("", [1, 1, height, width], 4) }))
            .Node("Upsample", ["x", "s"], ["y"], n => n.With("mode", mode)).Output("y").Build());
    }

    [TestMethod]
    [DataRow("nearest", 2f, 3f)]
    [DataRow("nearest", 1f, 1.7f)]
    [DataRow("nearest", 0.5f, 0.5f)]
    [DataRow("nearest", 1f, 0.3f)]
    [DataRow("linear", 2f, 3f)]
    [DataRow("linear", 0.6f, 0.4f)]
    [DataRow("linear", 0.5f, 2f)]
    public void Upgrade_Resize10_MapsTheSameCoordinates(string mode, float height, float width) =>
        AssertUpgrades(TestModels.Opset(10).Input("x", 1, 2, 7, 10).Floats("s", [1, 1, height, width], 4).Node("Resize", ["x", "s"], ["y"], n => n.With("mode", mode)).Output("y").Build());

    [TestMethod]
    public void Upgrade_Resize10WithComputedScales_IsFoldedFirst()
    {
        var model = TestModels.Opset(10).Input("x", 1, 2, 4, 4).Floats("a", [1, 1], 2).Floats("b", [2, 2], 2).Node("Concat", ["a", "b"], ["s"], n => n.With("axis", 0L)).Node("Resize", ["x", "s"], ["y"]).Output("y").Build();

        TestRuns.AssertEquivalent(model, ModelPreparation.Prepare(model).Model);
    }

    [TestMethod]
    [DataRow("half_pixel")]
    [DataRow("pytorch_half_pixel")]
    [DataRow("align_corners")]
    [DataRow("asymmetric")]
    [DataRow("tf_half_pixel_for_nn")]
    public void Upgrade_Resize11_Stays(string coordinates)
    {
        foreach (var mode in new[] { "nearest", "linear" })
        {
            AssertUpgrades(TestModels.Opset(11).Input("x", 1, 2, 5, 6).Floats("roi", [], 0).Floats("s", [1, 1, 2, 1.5f], 4).Node("Resize", ["x", "roi", "s"], ["y"], n => n.With("mode", mode).With("coordinate_transformation_mode", coordinates)).Output("y").Build());
            AssertUpgrades(TestModels.Opset(11).Input("x", 1, 2, 5, 6).Floats("none", [], 0).Int64s("size", [1, 2, 9, 4]).Node("Resize", ["x", "none", "none", "size"], ["y"], n => n.With("mode", mode).With("coordinate_transformation_mode", coordinates)).Output("y").Build());
        }
    }

    [TestMethod]
    public void Upgrade_Dropout_DropsNothing()
    {
        foreach (var opset in new[] { 7, 10, 11 })
        {
            AssertUpgrades(TestModels.Opset(opset).Input("x", 9).Node("Dropout", ["x"], ["y"], n => n.With("ratio", 0.3f)).Output("y").Build());
            AssertUpgrades(TestModels.Opset(opset).Input("x", 9).Node("Dropout", ["x"], ["d", "mask"]).Node("Relu", ["d"], ["y"]).Output("y").Build());
        }
    }

    [TestMethod]
    public void Upgrade_BatchNormalization7_LosesSpatial()
    {
        var model = TestModels.Opset(7).Input("x", 2, 3, 4, 4).Uniform("p", 0.5f, 2, 3).Node("BatchNormalization", ["x", "p", "p", "p", "p"], ["y"], n => n.With("spatial", 1L).With("epsilon", 1e-3f)).Output("y").Build();

        AssertUpgrades(model);
    }

    [TestMethod]
    public void Upgrade_Scatter_IsScatterElements() =>
        AssertUpgrades(TestModels.Opset(9).Input("x", 3, 3).Int64s("i", [1, 0, 2, 0, 2, 1], 2, 3).Random("u", 2, 3).Node("Scatter", ["x", "i", "u"], ["y"]).Output("y").Build());

    [TestMethod]
    public void Upgrade_OperatorsThatDidNotChange_Stay()
    {
        AssertUpgrades(TestModels.Opset(7).Input("x", 1, 3, 8, 8).Random("w", 4, 3, 3, 3).Random("g", 5, 36).Random("b", 5).Uniform("slope", 0, 1, 4, 1, 1)
            .Node("Conv", ["x", "w"], ["c"]).Node("PRelu", ["c", "slope"], ["p"]).Node("LRN", ["p"], ["l"], n => n.With("size", 3L))
            .Node("MaxPool", ["l"], ["m"], n => n.With("kernel_shape", 2, 2).With("strides", 2, 2)).Node("AveragePool", ["m"], ["a"], n => n.With("kernel_shape", 1, 1))
            .Node("Flatten", ["a"], ["f"]).Node("Gemm", ["f", "g", "b"], ["y"], n => n.With("transB", 1L)).Output("y").Build());
        AssertUpgrades(TestModels.Opset(9).Input("x", 2, 5).Floats("depth", [4]).Floats("values", [0, 1], 2).Int64s("size", [2, 3])
            .Node("ArgMax", ["x"], ["i"], n => n.With("axis", 1L)).Node("OneHot", ["i", "depth", "values"], ["o"]).Node("ReduceMean", ["x"], ["r"], n => n.With("axes", [1]))
            .Node("ConstantOfShape", ["size"], ["z"]).Node("Greater", ["x", "r"], ["g"]).Node("Where", ["g", "x", "r"], ["y"]).Node("NonZero", ["x"], ["nz"])
            .Output("o").Output("z").Output("y").Output("nz", DataType.Int64).Build());
        AssertUpgrades(TestModels.Opset(8).Input("x", 2, 3, 4).Random("w", 1, 20, 4).Random("r", 1, 20, 5).Random("w3", 1, 15, 4).Random("r3", 1, 15, 5)
            .Node("LSTM", ["x", "w", "r"], ["a"], n => n.With("hidden_size", 5L)).Node("GRU", ["x", "w3", "r3"], ["b"], n => n.With("hidden_size", 5L).With("linear_before_reset", 1L))
            .Node("Sum", ["a", "b"], ["s"]).Node("Max", ["s", "a"], ["y"]).Output("y").Build());
    }

    [TestMethod]
    public void Upgrade_Bodies_AreUpgradedToo()
    {
        var then = TestModels.Opset(9).Node("Softmax", ["x"], ["s"]).Node("Clip", ["s"], ["t"], n => n.With("max", 0.1f)).Output("t").BuildGraph();
        var otherwise = TestModels.Opset(9).Node("Slice", ["x"], ["l"], n => n.With("starts", [0]).With("ends", [2])).Node("Unsqueeze", ["l"], ["u"], n => n.With("axes", [0])).Node("Squeeze", ["u"], ["e"], n => n.With("axes", [0])).Output("e").BuildGraph();
        var model = TestModels.Opset(9).Input("x", 2, 3, 4).Input("condition", DataType.Bool, 1)
            .Named("if", "If", ["condition"], ["i"], n => n.Attribute.AddRange([Body("then_branch", then), Body("else_branch", otherwise)])).Node("Clip", ["i"], ["y"], n => n.With("min", 0f)).Output("y").Build();

        AssertUpgrades(model);
    }

    [TestMethod]
    public void Upgrade_LoopBody_IsUpgradedToo()
    {
        var body = TestModels.Opset(11).Input("iteration", DataType.Int64).Input("going", DataType.Bool).Input("state", 2, 3)
            .Node("ReduceSum", ["state"], ["sum"], n => n.With("axes", [1])).Node("Add", ["state", "sum"], ["next"]).Node("Identity", ["going"], ["go_on"])
            .Output("go_on", DataType.Bool).Output("next", DataType.Float, 2, 3).BuildGraph();
        var model = TestModels.Opset(11).Input("x", 2, 3).Int64s("trips", [3], []).Edit(m => m.Graph.Initializer[0].Dims.Clear()).Node("Loop", ["trips", "", "x"], ["y"], n => n.Attribute.Add(Body("body", body))).Output("y").Build();

        AssertUpgrades(model);
    }

    [TestMethod]
    public void Upgrade_RecentModel_IsReturnedAsItIs()
    {
        var model = TestModels.Opset(15, 8).Input("x", 1).Node("Relu", ["x"], ["y"]).Output("y").Build();

        Assert.AreSame(model, OpsetUpgrade.Upgrade(model));
    }

    [TestMethod]
    public void Upgrade_OldOpset_IsRefused()
    {
        foreach (var opset in new[] { 0, 1, 6 })
            AssertRefused(TestModels.Opset(opset).Input("x", 1).Node("Relu", ["x"], ["y"]).Output("y").Build(), $"opset {opset}");
        AssertRefused(TestModels.Opset(13).Input("x", 1).Node("Relu", ["x"], ["y"]).Output("y").Edit(m => m.OpsetImport.Clear()).Build(), "opset 0");
    }

    [TestMethod]
    public void Upgrade_NodeWithoutCounterpart_IsRefusedByName()
    {
        AssertRefused(TestModels.Opset(8).Input("x", 1, 2, 3).Uniform("p", 1, 2, 2, 3).Named("bn", "BatchNormalization", ["x", "p", "p", "p", "p"], ["y"], n => n.With("spatial", 0L)).Output("y").Build(), "'bn'");
        AssertRefused(TestModels.Opset(10).Input("x", 1, 1, 4, 4).Input("s", 4).Named("r", "Resize", ["x", "s"], ["y"]).Output("y").Build(), "'r'");
        AssertRefused(TestModels.Opset(10).Input("x", 1, 1, 4, 4).Floats("s", [1, 1, 2, 0.5f], 4).Named("r", "Resize", ["x", "s"], ["y"]).Output("y").Build(), "'r'");
        AssertRefused(TestModels.Opset(7).Input("x", 4).Named("d", "Dropout", ["x"], ["y", "m"]).Output("y").Output("m").Build(), "'d'");
    }

    private static void AssertRefused(OnnxModel model, string message)
    {
        foreach (var action in new Action[] { () => OpsetUpgrade.Upgrade(model), () => ModelPreparation.Prepare(model) })
        {
            var diagnostic = Assert.ThrowsExactly<QuantizeException>(action).Diagnostics.Single();
            Assert.AreEqual(DiagnosticCodes.OpsetUnsupported, diagnostic.Code, diagnostic.Message);
            Assert.Contains(message, diagnostic.Message);
        }
    }

    private static void AssertUpgrades(OnnxModel model)
    {
        var before = model.ToBytes();

        var blind = OpsetUpgrade.Upgrade(model);
        var prepared = ModelPreparation.Prepare(model).Model;

        CollectionAssert.AreEqual(before, model.ToBytes(), "the original is untouched");
        Assert.AreEqual(13, blind.Opset);
        Assert.AreEqual(13, prepared.Opset);
        TestRuns.AssertEquivalent(model, blind, 1e-6);
        TestRuns.AssertEquivalent(model, prepared, 1e-6);
    }

    private static AttributeProto Body(string name, GraphProto graph) => new() { Name = name, Type = AttributeProto.Types.AttributeType.Graph, G = graph };
}
