using QuantizeTasks.Diagnostics;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;
using QuantizeTasks.Tests.Quantization.Writing;
using DataType = QuantizeTasks.Onnx.Proto.TensorProto.Types.DataType;

namespace QuantizeTasks.Tests.Quantization.Placement;

[TestClass]
public sealed class QuantizerPlacementTests
{
    [TestMethod]
    public void Place_ConvWithRelu_QuantizesAfterTheRelu()
    {
        var placement = Place(FusionTests.Residual());

        CollectionAssert.AreEqual(new[] { "c1", "relu1" }, placement.Layers[0].Nodes.ToArray());
        Assert.AreEqual("r1", placement.Layers[0].Output);
        Assert.IsFalse(placement.Quantizers.Any(q => q.Tensors.Contains("t1")), "no quantizer between a convolution and its Relu");
    }

    [TestMethod]
    public void Place_ReluReadByOthers_IsNotFused()
    {
        var placement = Place(FusionTests.Image(32).Random("w1", 32, 32, 3, 3).Random("w2", 32, 32, 3, 3)
            .Named("c1", "Conv", ["x", "w1"], ["t1"], FusionTests.Pads).Named("relu", "Relu", ["t1"], ["r1"]).Named("c2", "Conv", ["t1", "w2"], ["y1"], FusionTests.Pads).Output("y1").Output("r1"));
        CollectionAssert.AreEqual(new[] { "c1" }, placement.Layers[0].Nodes.ToArray());
    }

    [TestMethod]
    [DataRow(-1f, 6f)]
    [DataRow(0.5f, 6f)]
    public void Place_ClipThatIsNotFromZero_StaysInFloat(float low, float high)
    {
        var placement = Place(FusionTests.Image(32).Random("w1", 32, 32, 3, 3).Floats("low", [low]).Floats("high", [high])
            .Named("c1", "Conv", ["x", "w1"], ["t1"], FusionTests.Pads).Named("clip", "Clip", ["t1", "low", "high"], ["y"]).Output("y"));
        StringAssert.Contains(placement.FloatReasons["clip"], "no int8 kernel");
        Assert.AreEqual("t1", placement.Layers.Single().Output);
    }

    [TestMethod]
    public void Place_EveryNode_IsEitherInInt8OrHasAReason()
    {
        foreach (var builder in (TestModels[])[FusionTests.Residual(), FusionTests.Branches("Relu", "Clip"), RevertTests.Matrices(-1), SqueezeExcitation(), Shapes()])
        {
            var prepared = ModelPreparation.Prepare(builder.Build());
            var placement = QuantizerPlacement.Place(prepared, Settings.Of());
            var integer = placement.Layers.SelectMany(l => l.Nodes).Concat(placement.AgnosticOperators.Select(a => a.Name)).ToArray();
            CollectionAssert.AreEquivalent(prepared.Model.Graph.Nodes.Select(n => n.Name).ToArray(), integer.Concat(placement.FloatReasons.Keys).ToArray());
        }
    }

    [TestMethod]
    [DataRow(1L)]
    [DataRow(2L)]
    [DataRow(32L, DisplayName = "depthwise")]
    public void Place_GroupedConvolutionBetweenInt8Layers_IsInInt8(long groups)
    {
        var placement = Place(FusionTests.Image(32).Random("w1", 32, 32, 3, 3).Random("w2", 32, 32 / groups, 3, 3).Random("w3", 32, 32, 3, 3)
            .Named("c1", "Conv", ["x", "w1"], ["t1"], FusionTests.Pads).Node("Relu", ["t1"], ["r1"])
            .Named("grouped", "Conv", ["r1", "w2"], ["t2"], n => n.With("group", groups).With("pads", 1, 1, 1, 1)).Named("c3", "Conv", ["t2", "w3"], ["y"], FusionTests.Pads).Output("y"));
        Assert.Contains("grouped", placement.Layers.Select(l => l.Name));
    }

    [TestMethod]
    public void Place_GroupedConvolutionByItself_StaysInFloat()
    {
        var placement = Place(FusionTests.Image(32).Input("z", 1, 32, 28, 28).Random("w1", 32, 32, 3, 3).Random("w2", 32, 8, 3, 3)
            .Named("c1", "Conv", ["x", "w1"], ["y"], FusionTests.Pads).Named("grouped", "Conv", ["z", "w2"], ["v"], n => n.With("group", 4L)).Output("y").Output("v"));
        CollectionAssert.AreEqual(new[] { "c1" }, placement.Layers.Select(l => l.Name).ToArray());
        StringAssert.Contains(placement.FloatReasons["grouped"], "int8");
    }

    [TestMethod]
    public void Place_SqueezeExcitation_StaysWhole()
    {
        var placement = Place(SqueezeExcitation());
        foreach (var name in (string[])["gap", "down", "up", "sigmoid", "scale"])
            Assert.IsTrue(placement.FloatReasons.ContainsKey(name), $"{name} is in int8");
        StringAssert.Contains(placement.FloatReasons["down"], "squeeze-and-excitation");
        Assert.Contains("c1", placement.Layers.Select(l => l.Name));
    }

    [TestMethod]
    public void Place_Swish_StaysWhole()
    {
        var placement = Place(FusionTests.Image(32).Random("w1", 32, 32, 3, 3).Random("w2", 32, 32, 3, 3)
            .Named("c1", "Conv", ["x", "w1"], ["t1"], FusionTests.Pads).Named("sigmoid", "Sigmoid", ["t1"], ["s"]).Named("mul", "Mul", ["t1", "s"], ["m"])
            .Named("c2", "Conv", ["m", "w2"], ["y"], FusionTests.Pads).Output("y"));
        StringAssert.Contains(placement.FloatReasons["mul"], "float");
        Assert.Contains("sigmoid", placement.FloatReasons.Keys);
    }

    [TestMethod]
    public void Place_HardSwishSpelledOut_StaysWhole()
    {
        var placement = Place(FusionTests.Image(32).Random("w1", 32, 32, 3, 3).Random("w2", 32, 32, 3, 3).Floats("three", [3]).Floats("zero", [0]).Floats("six", [6]).Floats("sixth", [1 / 6f])
            .Named("c1", "Conv", ["x", "w1"], ["t1"], FusionTests.Pads).Named("shift", "Add", ["t1", "three"], ["a"]).Named("clip", "Clip", ["a", "zero", "six"], ["b"])
            .Named("mul", "Mul", ["t1", "b"], ["m"]).Named("scale", "Mul", ["m", "sixth"], ["h"]).Named("c2", "Conv", ["h", "w2"], ["y"], FusionTests.Pads).Output("y"));
        foreach (var name in (string[])["shift", "clip", "mul"])
            StringAssert.Contains(placement.FloatReasons[name], "function of itself");
        CollectionAssert.AreEquivalent(new[] { "c1", "c2" }, placement.Layers.Select(l => l.Name).ToArray());
    }

    [TestMethod]
    public void Place_PostProcessing_StaysInFloatBackToTheLastWeights()
    {
        var placement = Place(FusionTests.Image(32).Random("w1", 32, 32, 3, 3).Int64s("shape", [1, -1]).Int64s("k", [5])
            .Named("c1", "Conv", ["x", "w1"], ["t1"], FusionTests.Pads).Named("reshape", "Reshape", ["t1", "shape"], ["f"]).Named("topk", "TopK", ["f", "k"], ["v", "i"])
            .Output("v").Output("i", DataType.Int64));
        StringAssert.Contains(placement.FloatReasons["reshape"], "post-processing");
        Assert.DoesNotContain("c1", placement.FloatReasons.Keys);
    }

    [TestMethod]
    public void Place_ShapeComputation_IsNotQuantized()
    {
        var placement = Place(Shapes());
        foreach (var name in (string[])["slice", "concat"])
            StringAssert.Contains(placement.FloatReasons[name], "shape");
        Assert.IsFalse(placement.Quantizers.SelectMany(q => q.Tensors).Any(t => t is "shape" or "tail" or "target"));
    }

    [TestMethod]
    public void Place_TransformerType_KeepsItsTypesInFloat() =>
        StringAssert.Contains(Place(FusionTests.Residual(), Settings.Of(modelType: "transformer")).FloatReasons["add"], "transformer");

    /// <summary>As for any ignored operator that only passes values on, those that read a Squeeze are protected too; the addition of a constant is a bias.</summary>
    [TestMethod]
    public void Place_TransformerType_ProtectsTheReadersOfASqueezeAndKeepsBiases()
    {
        var placement = Place(TestModels.Opset(13).Input("x", 1, 1, 64, 64).Random("w", 64, 64).Random("b", 64).Int64s("axes", [0])
            .Named("first", "MatMul", ["x", "w"], ["p"]).Named("bias", "Add", ["p", "b"], ["q"]).Named("squeeze", "Squeeze", ["q", "axes"], ["s"]).Named("second", "MatMul", ["s", "w"], ["y"]).Output("y"),
            Settings.Of(modelType: "transformer"));

        CollectionAssert.AreEqual(new[] { "first", "bias" }, placement.Layers.Single().Nodes.ToArray());
        StringAssert.Contains(placement.FloatReasons["second"], "model_type transformer names 'squeeze', whose output it reads");
    }

    [TestMethod]
    public void Place_IgnoredScope_KeepsTheLayerInFloat()
    {
        var placement = Place(FusionTests.Residual(), Settings.Of(scope: ["c2"]));
        Assert.AreEqual("ignored.scope names it", placement.FloatReasons["c2"]);
        Assert.DoesNotContain("c2", placement.Layers.Select(l => l.Name));
    }

    [TestMethod]
    public void Place_IgnoredAgnosticOperator_ProtectsItsReaders()
    {
        var placement = Place(FusionTests.Branches("Relu", "Relu"), Settings.Of(operations: ["Concat"]));
        Assert.Contains("concat", placement.FloatReasons.Keys);
        StringAssert.Contains(placement.FloatReasons["c3"], "'concat'");
    }

    [TestMethod]
    public void Place_IgnoredNamesThatMatchNothing_AreErrorsAtTheirPlace()
    {
        var thrown = Assert.ThrowsExactly<QuantizeException>(() => Place(FusionTests.Residual(), Settings.Of(scope: ["c2", "nowhere"], operations: ["Nothing"])));
        CollectionAssert.AreEqual(new[] { DiagnosticCodes.UnknownName, DiagnosticCodes.UnknownName }, thrown.Diagnostics.Select(d => d.Code).ToArray());
        Assert.IsTrue(thrown.Diagnostics.All(d => d.Position == Settings.Position));
        StringAssert.Contains(thrown.Message, "'nowhere'");
    }

    [TestMethod]
    public void Groups_SharedTensor_GoTogetherThroughResidualAndConcat()
    {
        // r1 is read by c2 and by the addition, whose other operand t2 nobody else reads.
        AssertGroups(FusionTests.Residual(), ["c1"], ["c2", "add"], ["c3"]);
        // The concatenation makes c3 read one quantizer; c1 and c2 share r0.
        AssertGroups(FusionTests.Branches("Relu", "Relu"), ["c0"], ["c1", "c2"], ["c3"]);
        // With scales of their own the operands and the result of a concatenation are different quantizers.
        AssertGroups(FusionTests.Branches("Relu", "Clip"), ["c0"], ["c1", "c2"], ["concat"], ["c3"]);
    }

    [TestMethod]
    public void Groups_DownUpDown_ReachSiblingsOfTheOtherOperand()
    {
        // c3 reads a; a is added to b; c4 reads b. Reverting any of them reverts all three.
        AssertGroups(FusionTests.Image(32).Random("w1", 32, 32, 3, 3).Random("w2", 32, 32, 3, 3).Random("w3", 32, 32, 3, 3).Random("w4", 32, 32, 3, 3)
            .Named("c1", "Conv", ["x", "w1"], ["a"], FusionTests.Pads).Named("c2", "Conv", ["x", "w2"], ["b"], FusionTests.Pads)
            .Named("add", "Add", ["a", "b"], ["s"]).Named("c3", "Conv", ["a", "w3"], ["y3"], FusionTests.Pads).Named("c4", "Conv", ["b", "w4"], ["y4"], FusionTests.Pads)
            .Output("s").Output("y3").Output("y4"),
            ["c1", "c2"], ["add", "c3", "c4"]);
    }

    [TestMethod]
    public void Groups_ThroughAgnosticOperators_GoTogether() =>
        AssertGroups(FusionTests.Image(32).Random("w1", 32, 32, 3, 3).Random("w2", 32, 32, 3, 3).Random("w3", 32, 32, 3, 3)
            .Named("c1", "Conv", ["x", "w1"], ["a"], FusionTests.Pads).Named("t", "Transpose", ["a"], ["b"], n => n.With("perm", 0, 1, 3, 2))
            .Named("c2", "Conv", ["b", "w2"], ["y2"], FusionTests.Pads).Named("c3", "Conv", ["a", "w3"], ["y3"], FusionTests.Pads).Output("y2").Output("y3"),
            ["c1"], ["c2", "c3"]);

    [TestMethod]
    public void Place_ModelTooSmallToGain_IsQuantizedForItsSize() =>
        Assert.Contains("c", Place(TestModels.Opset(13).Input("x", 1, 1, 4, 4).Random("w", 2, 1, 3, 3).Named("c", "Conv", ["x", "w"], ["y"]).Output("y")).Layers.Select(l => l.Name));

    [TestMethod]
    public void Place_MiniXception_LeavesTheThinLayersInFloat()
    {
        var placement = QuantizerPlacement.Place(ModelPreparation.Prepare(OnnxModel.Load(Cases.Model("fer2013_minixception"))), Settings.Of());
        StringAssert.Contains(placement.FloatReasons["separable_conv2d_1_dw"], "faster");
        Assert.IsNotEmpty(placement.Layers);
    }

    private static QuantizerPlacement Place(TestModels builder, Manifest.CompressionSettings? settings = null) => QuantizerPlacement.Place(ModelPreparation.Prepare(builder.Build()), settings ?? Settings.Of());

    private static void AssertGroups(TestModels builder, params string[][] expected)
    {
        var placement = Place(builder);
        CollectionAssert.AreEqual(expected.Select(g => string.Join("+", g)).ToArray(), placement.Groups.Select(g => string.Join("+", g.Layers)).ToArray());
        for (var i = 0; i < placement.Groups.Length; i++)
            Assert.AreEqual((i, expected[i][0]), (placement.Groups[i].Id, placement.Groups[i].Name));
    }

    private static TestModels SqueezeExcitation() => FusionTests.Image(64).Random("w1", 64, 64, 3, 3).Random("wd", 16, 64, 1, 1).Random("wu", 64, 16, 1, 1).Random("w2", 64, 64, 3, 3)
        .Named("c1", "Conv", ["x", "w1"], ["t1"], FusionTests.Pads).Named("relu", "Relu", ["t1"], ["r1"]).Named("gap", "GlobalAveragePool", ["r1"], ["p"])
        .Named("down", "Conv", ["p", "wd"], ["d"]).Named("relu2", "Relu", ["d"], ["dr"]).Named("up", "Conv", ["dr", "wu"], ["u"]).Named("sigmoid", "Sigmoid", ["u"], ["g"])
        .Named("scale", "Mul", ["r1", "g"], ["m"]).Named("c2", "Conv", ["m", "w2"], ["y"], FusionTests.Pads).Output("y");

    private static TestModels Shapes() => TestModels.Opset(13).Input("x", -1, 32, -1, -1).Random("w1", 32, 32, 3, 3).Int64s("zero", [0]).Int64s("one", [1]).Int64s("rest", [-1])
        .Named("c1", "Conv", ["x", "w1"], ["t1"], FusionTests.Pads).Named("shapeof", "Shape", ["t1"], ["shape"]).Named("slice", "Slice", ["shape", "zero", "one"], ["tail"])
        .Named("concat", "Concat", ["tail", "rest"], ["target"], n => n.With("axis", 0L)).Named("reshape", "Reshape", ["t1", "target"], ["y"]).Output("y");
}
