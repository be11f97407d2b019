using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Tests.Quantization.Writing;

/// <summary>That ONNX Runtime really runs int8 kernels where the placement says so: counted on the graph that it optimized.</summary>
[TestClass]
public sealed class FusionTests
{
    [TestMethod]
    public void Conv_ChainWithReluAndClip_AllRunInInt8()
    {
        var model = new QuantizedTestModel(Image(32)
            .Random("w1", 32, 32, 3, 3).Random("b1", 32).Named("c1", "Conv", ["x", "w1", "b1"], ["t1"], Pads).Node("Relu", ["t1"], ["r1"])
            .Random("w2", 32, 32, 3, 3).Random("b2", 32).Floats("zero", [0]).Floats("six", [6]).Named("c2", "Conv", ["r1", "w2", "b2"], ["t2"], Pads).Node("Clip", ["t2", "zero", "six"], ["r2"])
            .Random("w3", 32, 32, 1, 1).Named("c3", "Conv", ["r2", "w3"], ["y"]).Output("y"));

        AssertInteger(model, "c1", "c2", "c3");
        AssertKernels(model, ("QLinearConv", 3), ("Conv", 0), ("Relu", 0), ("Clip", 0), ("QuantizeLinear", 1), ("DequantizeLinear", 1));
    }

    [TestMethod]
    public void Conv_WithoutBiasOrWithPerTensorWeights_RunsInInt8()
    {
        foreach (var weights in (string[])["perchannel", "pertensor"])
        {
            var model = new QuantizedTestModel(Image(32).Random("w1", 32, 32, 3, 3).Named("c1", "Conv", ["x", "w1"], ["y"], Pads).Output("y"), Settings.Of(weights: weights));
            AssertKernels(model, ("QLinearConv", 1), ("DequantizeLinear", 1));
        }
    }

    [TestMethod]
    public void Conv_OneSpatialAxis_RunsInInt8()
    {
        var model = new QuantizedTestModel(TestModels.Opset(13).Input("x", 1, 64, 256).Random("w1", 64, 64, 3).Random("w2", 64, 64, 3)
            .Named("c1", "Conv", ["x", "w1"], ["t1"]).Node("Relu", ["t1"], ["r1"]).Named("c2", "Conv", ["r1", "w2"], ["y"]).Output("y"));
        AssertInteger(model, "c1", "c2");
    }

    [TestMethod]
    public void Add_ResidualOfInt8Convs_RunsInInt8()
    {
        var model = new QuantizedTestModel(Residual());
        AssertInteger(model, "c1", "c2", "c3", "add");
        AssertKernels(model, ("QLinearConv", 3), ("QLinearAdd", 1), ("Add", 0), ("Relu", 0));
    }

    [TestMethod]
    public void Concat_SameActivation_SharesOneScaleAndRunsInInt8()
    {
        var model = new QuantizedTestModel(Branches("Relu", "Relu"));
        AssertKernels(model, ("QLinearConv", 4), ("Concat", 0), ("QLinearConcat", 1));
        Assert.HasCount(1, model.Placement.AgnosticOperators);
        var quantizer = model.Placement.Quantizers.Single(q => q.Tensors.Contains("cat"));
        CollectionAssert.IsSubsetOf(new[] { "r1", "r2", "cat" }, quantizer.Tensors);
        CollectionAssert.AreEquivalent(new[] { "r1", "r2" }, quantizer.Sources);
    }

    [TestMethod]
    public void Concat_DifferentActivations_KeepsScalesApartSoThatEveryConvFuses()
    {
        var model = new QuantizedTestModel(Branches("Relu", "Clip"));
        AssertKernels(model, ("QLinearConv", 4), ("QLinearConcat", 1), ("Relu", 0), ("Clip", 0));
        Assert.IsEmpty(model.Placement.AgnosticOperators);
    }

    [TestMethod]
    [DataRow("MaxPool", "MaxPool|NhwcMaxPool")]
    [DataRow("DepthToSpace", "DepthToSpace")]
    [DataRow("Resize", "Resize")]
    [DataRow("Slice", "Slice")]
    [DataRow("Transpose", "Transpose")]
    [DataRow("Reshape", "Reshape")]
    [DataRow("Unsqueeze", "Unsqueeze")]
    [DataRow("Gather", "Gather")]
    [DataRow("Expand", "Expand")]
    [DataRow("Tile", "Tile")]
    public void Agnostic_BetweenInt8Conv_AndOutput_WorksOnIntegers(string type, string kernels)
    {
        var builder = Image(32).Random("w1", 32, 32, 3, 3).Named("c1", "Conv", ["x", "w1"], ["t1"], Pads).Node("Relu", ["t1"], ["r1"])
            .Int64s("shape", [1, 8, 4, 28 * 28]).Int64s("axes", [4]).Int64s("starts", [0, 0, 4, 4]).Int64s("ends", [1, 32, 20, 20]).Int64s("indices", [3, 1, 5]).Int64s("big", [2, 32, 28, 28]).Int64s("repeats", [1, 1, 1, 2])
            .Floats("scales", [1, 1, 2, 2], 4);
        builder = type switch
        {
            "MaxPool" => builder.Named("a", type, ["r1"], ["p"], n => n.With("kernel_shape", 2, 2).With("strides", 2, 2)),
            "DepthToSpace" => builder.Named("a", type, ["r1"], ["p"], n => n.With("blocksize", 2L)),
            "Resize" => builder.Named("a", type, ["r1", "", "scales"], ["p"], n => n.With("mode", "nearest")),
            "Slice" => builder.Named("a", type, ["r1", "starts", "ends"], ["p"]),
            "Transpose" => builder.Named("a", type, ["r1"], ["p"], n => n.With("perm", 0, 1, 3, 2)),
            "Reshape" => builder.Named("a", type, ["r1", "shape"], ["p"]),
            "Unsqueeze" => builder.Named("a", type, ["r1", "axes"], ["p"]),
            "Gather" => builder.Named("a", type, ["r1", "indices"], ["p"], n => n.With("axis", 1L)),
            "Expand" => builder.Named("a", type, ["r1", "big"], ["p"]),
            _ => builder.Named("a", type, ["r1", "repeats"], ["p"]),
        };
        var model = new QuantizedTestModel(builder.Output("p"));

        Assert.Contains("a", model.Placement.AgnosticOperators.Select(a => a.Name));
        // One Q at the model's input and one DQ at its output: none around the operator.
        AssertKernels(model, ("QLinearConv", 1), ("QuantizeLinear", 1), ("DequantizeLinear", 1));
        Assert.IsTrue(kernels.Split('|').Sum(model.Optimized().Count) >= 1);
        Assert.IsLessThan(0.05, model.RelativeError(Configuration.FullyQuantized));
    }

    [TestMethod]
    public void Split_BetweenInt8Convs_WorksOnIntegers()
    {
        var model = new QuantizedTestModel(Image(32).Random("w1", 64, 32, 3, 3).Random("w2", 32, 32, 3, 3).Random("w3", 32, 32, 3, 3).Int64s("parts", [32, 32])
            .Named("c1", "Conv", ["x", "w1"], ["t1"], Pads).Node("Relu", ["t1"], ["r1"]).Named("split", "Split", ["r1", "parts"], ["s1", "s2"], n => n.With("axis", 1L))
            .Named("c2", "Conv", ["s1", "w2"], ["y1"], Pads).Named("c3", "Conv", ["s2", "w3"], ["y2"], Pads).Output("y1").Output("y2"));
        AssertKernels(model, ("QLinearConv", 3), ("Split", 1), ("QuantizeLinear", 1), ("DequantizeLinear", 2));
    }

    [TestMethod]
    public void Gemm_EitherTranspose_RunsInInt8AndGivesFloats()
    {
        foreach (var transposed in (long[])[0, 1])
        {
            var model = new QuantizedTestModel(TestModels.Opset(13).Input("x", 8, 256).Random("w1", 256, 256).Random("b1", 256).Random("w2", 256, 256).Random("b2", 256)
                .Named("g1", "Gemm", ["x", "w1", "b1"], ["t1"], n => n.With("transB", transposed)).Node("Relu", ["t1"], ["r1"])
                .Named("g2", "Gemm", ["r1", "w2", "b2"], ["y"], n => n.With("transB", transposed)).Output("y"));
            AssertInteger(model, "g1", "g2");
            AssertKernels(model, ("QGemm", 2), ("QuantizeLinear", 1), ("DequantizeLinear", 0), ("Relu", 0));
            Assert.IsLessThan(0.05, model.RelativeError(Configuration.FullyQuantized), "per-channel scales lie along the right axis");
        }
    }

    /// <summary>ONNX Runtime fuses a float Gemm with its activation before it looks for int8 kernels, whatever reads the result.</summary>
    [TestMethod]
    [DataRow("Relu")]
    [DataRow("Tanh")]
    [DataRow("Sigmoid")]
    [DataRow("LeakyRelu")]
    [DataRow("Softplus")]
    public void Gemm_ActivationReadByFloat_RunsInInt8(string activation)
    {
        foreach (var isGemm in (bool[])[true, false])
        {
            var builder = TestModels.Opset(13).Input("x", 16, 512).Random("w1", 512, 512).Random("b1", 512);
            builder = isGemm ? builder.Named("g", "Gemm", ["x", "w1", "b1"], ["t"]) : builder.Named("g", "MatMul", ["x", "w1"], ["m"]).Named("a", "Add", ["m", "b1"], ["t"]);
            var model = new QuantizedTestModel(builder.Node(activation, ["t"], ["r"]).Node("Erf", ["r"], ["y"]).Output("y"));
            AssertInteger(model, "g");
            AssertKernels(model, ("QGemm", 1), ("FusedGemm", 0), ("Gemm", 0));
        }
    }

    /// <summary>Static shapes let ONNX Runtime make a float Gemm of MatMul and Add before it looks for int8 kernels.</summary>
    [TestMethod]
    [DataRow(2, "QGemm")]
    [DataRow(3, "QGemm")]
    public void MatMul_WithBiasAndFloatOutput_RunsInInt8(int rank, string kernel)
    {
        foreach (var batch in (long[])[1, -1])
        {
            long[] shape = rank == 2 ? [batch * 98, 256] : [batch, 98, 256];
            if (rank == 2 && batch < 0)
                shape = [-1, 256];
            var model = new QuantizedTestModel(TestModels.Opset(13).Input("x", shape).Random("w1", 256, 256).Random("b1", 256)
                .Named("m1", "MatMul", ["x", "w1"], ["t1"]).Named("a1", "Add", ["b1", "t1"], ["s1"]).Node("Erf", ["s1"], ["y"]).Output("y"));
            AssertInteger(model, "m1");
            AssertKernels(model, (kernel, 1), ("MatMul", 0), ("Gemm", 0), ("DequantizeLinear", 0));
            Assert.IsLessThan(0.05, model.RelativeError(Configuration.FullyQuantized));
        }
    }

    /// <summary>The Relu is gone before its quantizer, and the bias is in the kernel.</summary>
    [TestMethod]
    [DataRow("", 98)]
    [DataRow("Relu", 98)]
    [DataRow("Relu", -1)]
    public void MatMul_OfStackWithBiasBeforeAnotherProduct_RunsInInt8(string activation, int rows)
    {
        var builder = TestModels.Opset(13).Input("x", 1, rows, 256).Random("w1", 256, 512).Random("b1", 512).Random("w2", 512, 256)
            .Named("m1", "MatMul", ["x", "w1"], ["t1"]).Named("a1", "Add", ["t1", "b1"], ["s1"]);
        builder = activation.Length > 0 ? builder.Node(activation, ["s1"], ["r1"]) : builder;
        var model = new QuantizedTestModel(builder.Named("m2", "MatMul", [activation.Length > 0 ? "r1" : "s1", "w2"], ["y"]).Output("y"));
        AssertInteger(model, "m1", "m2");
        AssertKernels(model, ("QGemm", 1), ("MatMulIntegerToFloat", 1), ("Gemm", 0), ("Relu", 0), ("DequantizeLinear", 0));
        Assert.IsLessThan(0.05, model.RelativeError(Configuration.FullyQuantized));
    }

    /// <summary>What products of a stack share with an int8 addition is dequantized for none of them.</summary>
    [TestMethod]
    public void MatMul_OfStackThatAnAdditionReadsToo_RunsInInt8()
    {
        var model = new QuantizedTestModel(TestModels.Opset(13).Input("x", 1, 98, 256).Random("w1", 256, 256).Random("b1", 256).Random("w2", 256, 256).Random("b2", 256)
            .Random("w3", 256, 256).Random("b3", 256)
            .Named("m1", "MatMul", ["x", "w1"], ["t1"]).Named("a1", "Add", ["t1", "b1"], ["s1"]).Named("m2", "MatMul", ["s1", "w2"], ["t2"]).Named("a2", "Add", ["t2", "b2"], ["s2"])
            .Named("sum", "Add", ["s1", "s2"], ["r"]).Named("m3", "MatMul", ["r", "w3"], ["t3"]).Named("a3", "Add", ["t3", "b3"], ["y"]).Output("y"));
        AssertInteger(model, "m1", "m2", "m3", "sum");
        AssertKernels(model, ("QGemm", 3), ("QLinearAdd", 1), ("Gemm", 0), ("DequantizeLinear", 0));
    }

    /// <summary>Where two extents are open no Reshape can restore the stack, and the bias is added in float.</summary>
    [TestMethod]
    public void MatMul_OfStackWithTwoOpenExtents_RunsInInt8BesideItsBias()
    {
        var model = new QuantizedTestModel(TestModels.Opset(13).Input("x", -1, -1, 256).Random("w1", 256, 256).Random("b1", 256)
            .Named("m1", "MatMul", ["x", "w1"], ["t1"]).Named("a1", "Add", ["t1", "b1"], ["s1"]).Node("Erf", ["s1"], ["y"]).Output("y"));
        AssertInteger(model, "m1");
        AssertKernels(model, ("MatMulIntegerToFloat", 1), ("Add", 1), ("DequantizeLinear", 0));
    }

    [TestMethod]
    public void GlobalAveragePool_BehindInt8Conv_RunsInInt8()
    {
        var model = new QuantizedTestModel(Image(32).Random("w1", 64, 32, 3, 3).Random("w2", 10, 64).Int64s("flat", [1, 64])
            .Named("c1", "Conv", ["x", "w1"], ["t1"], Pads).Node("Relu", ["t1"], ["r1"]).Named("gap", "GlobalAveragePool", ["r1"], ["p"]).Named("reshape", "Reshape", ["p", "flat"], ["f"])
            .Named("g", "Gemm", ["f", "w2"], ["y"], n => n.With("transB", 1L)).Output("y"));
        AssertInteger(model, "c1", "gap");
    }

    [TestMethod]
    public void AveragePool_BetweenInt8Convs_StaysInFloat()
    {
        var model = new QuantizedTestModel(Image(64).Random("w1", 64, 64, 3, 3).Random("w2", 64, 64, 3, 3)
            .Named("c1", "Conv", ["x", "w1"], ["t1"], Pads).Node("Relu", ["t1"], ["r1"]).Named("pool", "AveragePool", ["r1"], ["p"], n => n.With("kernel_shape", 2, 2).With("strides", 2, 2))
            .Named("c2", "Conv", ["p", "w2"], ["y"], Pads).Output("y"));
        AssertKernels(model, ("QLinearConv", 2), ("QLinearAveragePool", 0));
    }

    /// <summary>The model's own output keeps its name and is what the int8 kernel gave.</summary>
    [TestMethod]
    public void Output_OfInt8Conv_KeepsItsName()
    {
        var written = new QuantizedTestModel(Residual()).Written();
        CollectionAssert.AreEqual(new[] { "y" }, written.Graph.Outputs.ToArray());
        Assert.AreEqual("DequantizeLinear", written.Graph.Producer("y")!.OpType);
    }

    internal static TestModels Image(long channels, long size = 28) => TestModels.Opset(13).Input("x", 1, channels, size, size);

    internal static void Pads(NodeProto node) => node.With("pads", 1, 1, 1, 1);

    internal static TestModels Residual() => Image(32)
        .Random("w1", 32, 32, 3, 3).Random("w2", 32, 32, 3, 3).Random("w3", 32, 32, 3, 3)
        .Named("c1", "Conv", ["x", "w1"], ["t1"], Pads).Named("relu1", "Relu", ["t1"], ["r1"])
        .Named("c2", "Conv", ["r1", "w2"], ["t2"], Pads).Named("add", "Add", ["t2", "r1"], ["s"]).Named("relu2", "Relu", ["s"], ["r2"])
        .Named("c3", "Conv", ["r2", "w3"], ["y"], Pads).Output("y");

    internal static TestModels Branches(string first, string second)
    {
        var builder = Image(32).Random("w0", 32, 32, 3, 3).Random("w1", 32, 32, 3, 3).Random("w2", 32, 32, 3, 3).Random("w3", 32, 64, 3, 3).Floats("zero", [0]).Floats("one", [1])
            .Named("c0", "Conv", ["x", "w0"], ["t0"], Pads).Node("Relu", ["t0"], ["r0"])
            .Named("c1", "Conv", ["r0", "w1"], ["t1"], Pads).Named("c2", "Conv", ["r0", "w2"], ["t2"], Pads);
        builder = first == "Clip" ? builder.Node("Clip", ["t1", "zero", "one"], ["r1"]) : builder.Node(first, ["t1"], ["r1"]);
        builder = second == "Clip" ? builder.Node("Clip", ["t2", "zero", "one"], ["r2"]) : builder.Node(second, ["t2"], ["r2"]);
        return builder.Named("concat", "Concat", ["r1", "r2"], ["cat"], n => n.With("axis", 1L)).Named("c3", "Conv", ["cat", "w3"], ["y"], Pads).Output("y");
    }

    private static void AssertInteger(QuantizedTestModel model, params string[] layers) =>
        CollectionAssert.IsSubsetOf(layers, model.Optimized().RunningInInteger(model.Placement.Layers.Select(l => l.Name)).ToArray(), Kernels(model));

    private static void AssertKernels(QuantizedTestModel model, params (string Type, int Count)[] expected)
    {
        var optimized = model.Optimized();
        foreach (var (type, count) in expected)
            Assert.AreEqual(count, optimized.Count(type), $"{type} in: {Kernels(model)}");
    }

    private static string Kernels(QuantizedTestModel model) => string.Join(" ", model.Optimized().Operators.Select(o => o.OperatorType));
}
