using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Preparation;

namespace QuantizeTasks.Tests.Preparation;

[TestClass]
public class AffineFusionTests
{
    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Prepare_ConvBatchNormalization_IsOneConv(bool bias)
    {
        var model = TestModels.Opset(13).Input("x", 2, 3, 6, 6).Random("w", 4, 3, 3, 3).Random("b", 4)
            .Node("Conv", bias ? ["x", "w", "b"] : ["x", "w"], ["c"], n => n.With("pads", 1, 1, 1, 1));

        AssertBecomes(BatchNormalization(model, "c", "y", 4).Output("y").Build(), "Conv");
    }

    [TestMethod]
    public void Prepare_DepthwiseConvBatchNormalization_IsOneConv()
    {
        var model = TestModels.Opset(13).Input("x", 1, 4, 6, 6).Random("w", 4, 1, 3, 3).Node("Conv", ["x", "w"], ["c"], n => n.With("group", 4L));

        AssertBecomes(BatchNormalization(model, "c", "y", 4).Output("y").Build(), "Conv");
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    public void Prepare_ConvTransposeBatchNormalization_IsOneConvTranspose(int group)
    {
        var model = TestModels.Opset(13).Input("x", 1, 4, 5, 5).Random("w", 4, 3, 2, 2)
            .Node("ConvTranspose", ["x", "w"], ["c"], n => n.With("group", (long)group).With("strides", 2, 2));

        AssertBecomes(BatchNormalization(model, "c", "y", 3 * group).Output("y").Build(), "ConvTranspose");
    }

    [TestMethod]
    [DataRow(0, false)]
    [DataRow(1, false)]
    [DataRow(0, true)]
    [DataRow(1, true)]
    public void Prepare_GemmWithFactorsAndBatchNormalization_IsOneGemmWithoutFactors(int transB, bool bias)
    {
        var model = TestModels.Opset(13).Input("x", 3, 5).Random("w", transB == 1 ? [4, 5] : [5, 4]).Random("b", 4)
            .Node("Gemm", bias ? ["x", "w", "b"] : ["x", "w"], ["g"], n => n.With("transB", (long)transB).With("alpha", 0.5f).With("beta", 3f));

        var prepared = AssertBecomes(BatchNormalization(model, "g", "y", 4).Output("y").Build(), "Gemm");

        Assert.IsNull(prepared.Graph.Nodes[0].Find("alpha"));
        Assert.AreEqual(1, prepared.Graph.Nodes[0].Float("beta", 1));
    }

    [TestMethod]
    public void Prepare_GemmWithMatrixBias_LeavesBatchNormalization()
    {
        var model = TestModels.Opset(13).Input("x", 3, 5).Random("w", 5, 4).Random("b", 3, 4).Node("Gemm", ["x", "w", "b"], ["g"], n => n.With("beta", 2f));

        AssertBecomes(BatchNormalization(model, "g", "y", 4).Output("y").Build(), "Gemm", "BatchNormalization");
    }

    [TestMethod]
    public void Prepare_MatMulBatchNormalization_IsMatMulAndAdd()
    {
        var model = TestModels.Opset(13).Input("x", 3, 5).Random("w", 5, 4).Node("MatMul", ["x", "w"], ["m"]);

        AssertBecomes(BatchNormalization(model, "m", "y", 4).Output("y").Build(), "MatMul", "Add");
    }

    [TestMethod]
    public void Prepare_MatMulAddBatchNormalization_IsMatMulAndAdd()
    {
        var model = TestModels.Opset(13).Input("x", 3, 5).Random("w", 5, 4).Random("b", 4).Node("MatMul", ["x", "w"], ["m"]).Node("Add", ["b", "m"], ["a"]);

        AssertBecomes(BatchNormalization(model, "a", "y", 4).Output("y").Build(), "MatMul", "Add");
    }

    [TestMethod]
    public void Prepare_MatMulOfThreeAxesBatchNormalization_Stays()
    {
        // The channel of BatchNormalization is axis 1, the columns of the weight are axis 2; both extents are 4.
        var model = TestModels.Opset(13).Input("x", 3, 4, 5).Random("w", 5, 4).Node("MatMul", ["x", "w"], ["m"]);

        AssertBecomes(BatchNormalization(model, "m", "y", 4).Output("y").Build(), "MatMul", "BatchNormalization");
    }

    [TestMethod]
    [DataRow("Add", false)]
    [DataRow("Add", true)]
    [DataRow("Sub", false)]
    [DataRow("Sub", true)]
    [DataRow("Mul", false)]
    [DataRow("Mul", true)]
    [DataRow("Div", false)]
    public void Prepare_ConvThenConstantPerChannel_IsOneConv(string op, bool constantFirst)
    {
        foreach (long[] dims in new long[][] { [4, 1, 1], [1, 4, 1, 1], [1], [], [1, 1, 1, 1] })
        {
            var model = TestModels.Opset(13).Input("x", 2, 3, 6, 6).Random("w", 4, 3, 3, 3).Random("b", 4).Uniform("c", 0.5f, 2, dims)
                .Node("Conv", ["x", "w", "b"], ["v"]).Node(op, constantFirst ? ["c", "v"] : ["v", "c"], ["y"]).Output("y").Build();

            AssertBecomes(model, "Conv");
        }
    }

    [TestMethod]
    public void Prepare_ConstantDividedByConv_Stays()
    {
        var model = TestModels.Opset(13).Input("x", 1, 1, 3, 3).Random("w", 2, 1, 1, 1).Uniform("c", 1, 2, 1).Node("Conv", ["x", "w"], ["v"]).Node("Div", ["c", "v"], ["y"]).Output("y").Build();

        AssertBecomes(model, "Conv", "Div");
    }

    [TestMethod]
    [DataRow(new long[] { 4 }, DisplayName = "along the last axis, not the channel's")]
    [DataRow(new long[] { 1, 1, 1, 1, 1 }, DisplayName = "adds an axis")]
    [DataRow(new long[] { 2, 4, 1, 1 }, DisplayName = "differs along the batch")]
    public void Prepare_ConvThenOtherConstant_Stays(long[] dims)
    {
        var model = TestModels.Opset(13).Input("x", 2, 3, 6, 6).Random("w", 4, 3, 3, 3).Uniform("c", 0.5f, 2, dims)
            .Node("Conv", ["x", "w"], ["v"]).Node("Mul", ["v", "c"], ["y"]).Output("y").Build();

        AssertBecomes(model, "Conv", "Mul");
    }

    [TestMethod]
    public void Prepare_ConvScaleShiftBatchNormalization_AreAllFolded()
    {
        var model = TestModels.Opset(13).Input("x", 1, 3, 6, 6).Random("w", 4, 3, 3, 3).Uniform("s", 0.5f, 2, 4, 1, 1).Random("t", 1, 4, 1, 1)
            .Node("Conv", ["x", "w"], ["c"]).Node("Mul", ["s", "c"], ["m"]).Node("Add", ["m", "t"], ["a"]).Node("Identity", ["a"], ["i"]);

        AssertBecomes(BatchNormalization(model, "i", "n", 4).Node("Relu", ["n"], ["y"]).Output("y").Build(), "Conv", "Relu");
    }

    [TestMethod]
    public void Prepare_MatMulThenScale_IsFolded()
    {
        foreach (long[] dims in new long[][] { [], [1], [4], [1, 1, 4] })
        {
            var model = TestModels.Opset(13).Input("x", 2, 3, 5).Random("w", 5, 4).Random("b", 4).Uniform("s", 0.5f, 2, dims)
                .Node("MatMul", ["x", "w"], ["m"]).Node("Add", ["m", "b"], ["a"]).Node("Mul", ["a", "s"], ["y"]).Output("y").Build();

            AssertBecomes(model, "MatMul", "Add");
        }
    }

    [TestMethod]
    public void Prepare_TwoReadersOfConv_BatchNormalizationStays()
    {
        var model = TestModels.Opset(13).Input("x", 1, 3, 6, 6).Random("w", 4, 3, 3, 3).Node("Conv", ["x", "w"], ["c"]).Node("Relu", ["c"], ["r"]);

        AssertBecomes(BatchNormalization(model, "c", "y", 4).Output("r").Output("y").Build(), "Conv", "Relu", "BatchNormalization");
    }

    [TestMethod]
    public void Prepare_ConvIsItselfAnOutput_BatchNormalizationStays()
    {
        var model = TestModels.Opset(13).Input("x", 1, 3, 6, 6).Random("w", 4, 3, 3, 3).Node("Conv", ["x", "w"], ["c"]);

        AssertBecomes(BatchNormalization(model, "c", "y", 4).Output("c").Output("y").Build(), "Conv", "BatchNormalization");
    }

    [TestMethod]
    public void Prepare_TiedWeights_OnlyTheFusedLayerChanges()
    {
        var model = TestModels.Opset(13).Input("x", 1, 3, 6, 6).Random("w", 4, 3, 3, 3).Random("b", 4)
            .Named("one", "Conv", ["x", "w", "b"], ["c"]).Named("two", "Conv", ["x", "w", "b"], ["z"]);

        var prepared = AssertBecomes(BatchNormalization(model, "c", "y", 4).Output("y").Output("z").Build(), "Conv", "Conv");

        Assert.AreEqual("w", prepared.Graph.Nodes.Single(n => n.Name == "two").Input[1]);
    }

    [TestMethod]
    public void Prepare_NegativeVariance_IsNotFoldedIntoWeights()
    {
        var model = TestModels.Opset(13).Input("x", 1, 1, 2, 2).Random("w", 1, 1, 1, 1).Floats("one", [1], 1).Floats("variance", [-1], 1)
            .Node("Conv", ["x", "w"], ["c"]).Node("BatchNormalization", ["c", "one", "one", "one", "variance"], ["y"]).Output("y").Build();

        AssertBecomes(model, "Conv", "BatchNormalization");
    }

    [TestMethod]
    public void Prepare_WeightThatIsFed_Stays()
    {
        var model = TestModels.Opset(13).Input("x", 1, 3, 6, 6).Input("w", 4, 3, 3, 3).Node("Conv", ["x", "w"], ["c"]);

        AssertBecomes(BatchNormalization(model, "c", "y", 4).Output("y").Build(), "Conv", "BatchNormalization");
    }

    [TestMethod]
    public void Prepare_BatchNormalizationBeforeUnpaddedConv_IsOneConv()
    {
        var model = BatchNormalization(TestModels.Opset(13).Input("x", 1, 4, 6, 6), "x", "n", 4).Random("w", 6, 2, 3, 3).Random("b", 6)
            .Node("Conv", ["n", "w", "b"], ["y"], n => n.With("group", 2L)).Output("y").Build();

        AssertBecomes(model, "Conv");
    }

    [TestMethod]
    public void Prepare_BatchNormalizationBeforePaddedConv_Stays()
    {
        // The padding is zero after the normalization, not before it.
        foreach (Action<NodeProto> padding in new Action<NodeProto>[] { n => n.With("pads", 1, 1, 1, 1), n => n.With("auto_pad", "SAME_UPPER") })
        {
            var model = BatchNormalization(TestModels.Opset(13).Input("x", 1, 4, 6, 6), "x", "n", 4).Random("w", 6, 4, 3, 3)
                .Node("Conv", ["n", "w"], ["y"], padding).Output("y").Build();

            AssertBecomes(model, "BatchNormalization", "Conv");
        }
    }

    /// <summary>y = BatchNormalization(x) with random parameters.</summary>
    private static TestModels BatchNormalization(TestModels model, string x, string y, long channels) =>
        model.Uniform("scale", 0.5f, 2, channels).Random("shift", channels).Random("mean", channels).Uniform("variance", 0.1f, 3, channels)
            .Node("BatchNormalization", [x, "scale", "shift", "mean", "variance"], [y], n => n.With("epsilon", 1e-3f));

    /// <summary>Prepares, compares outputs in ONNX Runtime, and checks which nodes are left, in order.</summary>
    private static OnnxModel AssertBecomes(OnnxModel model, params string[] ops)
    {
        var prepared = ModelPreparation.Prepare(model).Model;
        CollectionAssert.AreEqual(ops, prepared.Graph.Nodes.Select(n => n.OpType).ToArray(), string.Join(" ", prepared.Graph.Nodes.Select(n => n.OpType)));
        TestRuns.AssertEquivalent(model, prepared);
        return prepared;
    }
}
