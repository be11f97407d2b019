using QuantizeTasks.Inference;
using QuantizeTasks.Inference.Emulation;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization;
using QuantizeTasks.Tests.Quantization;
using DataType = QuantizeTasks.Onnx.Proto.TensorProto.Types.DataType;

namespace QuantizeTasks.Tests.Inference.Emulation;

[TestClass]
public sealed class EmulatedModelTests
{
    [TestMethod]
    public void Run_WeightsThatCannotSaturate_EqualsTheRuntimeBitForBit()
    {
        foreach (var (name, kernels, builder) in Networks())
        {
            var quantized = new QuantizedTestModel(builder);
            var model = Clamped(quantized.Variants.Build(Configuration.FullyQuantized).Message);
            CollectionAssert.IsSubsetOf(kernels, OptimizedGraph.Of(model, name).Operators.Select(o => o.OperatorType).ToArray(), name);
            using var native = ModelSession.Create(model, name);
            using var emulated = EmulatedModel.Create(s => ModelSession.Create(model, name, s), name, everything: true);
            for (var i = 0; i < quantized.Samples.Count; i++)
            {
                var (want, have) = (native.Run(quantized.Samples.Load(i).Inputs), emulated.Run(quantized.Samples.Load(i).Inputs));
                foreach (var (output, tensor) in want)
                {
                    CollectionAssert.AreEqual(tensor.Shape.ToArray(), have[output].Shape.ToArray(), name);
                    CollectionAssert.AreEqual(tensor.Data, have[output].Data, $"{name}, sample {i}, {output}");
                }
            }
            Assert.IsTrue(emulated.Counts.Sum(c => c.Pairs) > 0, name);
            foreach (var count in emulated.Counts)
                Assert.AreEqual((0L, 0L), (count.RiskyWeightPairs, count.Saturated), $"{name}: {count}");
        }
    }

    [TestMethod]
    public void Run_LayerThatSaturates_GivesTheValueByHand()
    {
        // x = 2 everywhere is stored as 255 of scale 2/255 with zero point 0; both weights are 127 of scale 1/127.
        // Exact: 255 * 127 * 2 = 64770, times 2/255/127 = 4. Saturated: 32767 * 2/255/127 = 2.0236..., which in steps of 4/255 is 129, that is 2.0235...
        var model = TestModels.Opset(13).Input("x", 1, 2, 1, 1)
            .Floats("xs", [2f / 255]).Initializer(TensorData.UInt8s("xz", [0])).Floats("ys", [4f / 255]).Initializer(TensorData.UInt8s("yz", [0]))
            .Initializer(TensorData.Int8s("w", [127, 127], 1, 2, 1, 1)).Floats("ws", [1f / 127], 1).Initializer(TensorData.Int8s("wz", [0], 1))
            .Node("QuantizeLinear", ["x", "xs", "xz"], ["xq"]).Node("DequantizeLinear", ["xq", "xs", "xz"], ["xd"]).Node("DequantizeLinear", ["w", "ws", "wz"], ["wd"], n => n.With("axis", 0L))
            .Named("layer", "Conv", ["xd", "wd"], ["c"]).Node("QuantizeLinear", ["c", "ys", "yz"], ["yq"]).Node("DequantizeLinear", ["yq", "ys", "yz"], ["y"]).Output("y").Build().ToBytes();
        var inputs = new Dictionary<string, Tensor> { ["x"] = Tensor.Create(new float[] { 2, 2 }, 1, 2, 1, 1) };
        using var emulated = EmulatedModel.Create(s => ModelSession.Create(model, "m", s), "m");
        Assert.AreEqual(129 * (4f / 255), emulated.Run(inputs)["y"].As<float>()[0]);
        Assert.AreEqual(new SaturationCount("layer", 1, 1, 1, 1), emulated.Counts.Single());
        using var native = ModelSession.Create(model, "m");
        if (RuntimeLibrary.Identity.Isa.EndsWith("-vnni", StringComparison.Ordinal))
            Assert.AreEqual(4, native.Run(inputs)["y"].As<float>()[0], 1e-6);
    }

    /// <summary>
    /// The mean magnitude of the output, recorded from ONNX Runtime 1.30.0 itself: this model and these inputs, `dotnet quantize evaluate` with the metric mae and labels of 0, run under
    /// `qemu-x86_64 -cpu Haswell`, a processor with AVX2 and without VNNI. A processor with VNNI gives another figure.
    /// </summary>
    [TestMethod]
    public void Run_ModelThatSaturates_GivesWhatTheRuntimeGivesOnAvx2()
    {
        const double OnAvx2 = 2018.5, WithVnni = 2186.5;
        var (model, inputs) = Saturating();
        using var emulated = EmulatedModel.Create(s => ModelSession.Create(model, "saturating", s), "saturating");
        using var native = ModelSession.Create(model, "saturating");
        Assert.AreEqual(OnAvx2, inputs.Average(x => Magnitude(emulated, x)), 1e-12);
        Assert.IsGreaterThan(100, emulated.Counts.Sum(c => c.Saturated));
        CollectionAssert.AreEqual(new[] { "conv1", "conv2", "conv3", "gemm" }, emulated.Counts.Select(c => c.Layer).ToArray());
        if (RuntimeLibrary.Identity.Isa.StartsWith("x64", StringComparison.Ordinal))
            Assert.AreEqual(RuntimeLibrary.Identity.ProductsSaturate ? OnAvx2 : WithVnni, inputs.Average(x => Magnitude(native, x)), 1e-12, RuntimeLibrary.Identity.Isa);

        static double Magnitude(IModelRunner runner, Tensor x) => runner.Run(new Dictionary<string, Tensor> { ["x"] = x })["y"].As<float>().Average(v => Math.Abs((double)v));
    }

    /// <summary>Three convolutions (of 3, of 16 and of twice 8 channels) and a classifier whose weights fill int8, written by hand, and four inputs.</summary>
    private static (byte[] Model, Tensor[] Inputs) Saturating()
    {
        var builder = TestModels.Opset(13).Input("x", 1, 3, 9, 9);
        Quantizer("x", 1f / 255);
        builder.Node("QuantizeLinear", ["x", "x/s", "x/z"], ["x/q"]).Node("DequantizeLinear", ["x/q", "x/s", "x/z"], ["x/d"]);
        Layer("conv1", "Conv", "x", "a", 1f / 40, n => n.With("pads", 1, 1, 1, 1), 16, 3, 3, 3);
        Layer("conv2", "Conv", "a", "b", 1f / 4, n => n.With("strides", 2, 2), 16, 16, 3, 3);
        Layer("conv3", "Conv", "b", "c", 1f / 2, n => n.With("group", 2L), 20, 8, 1, 1);
        builder.Node("Flatten", ["c/d"], ["c/f"]).Node("QuantizeLinear", ["c/f", "c/s", "c/z"], ["f/q"]).Node("DequantizeLinear", ["f/q", "c/s", "c/z"], ["f/d"]);
        Layer("gemm", "Gemm", "f", "y", 20f, n => n.With("transB", 1L), 10, 320);
        var inputs = Enumerable.Range(0, 4).Select(i => Tensor.Create(TestModels.RandomFloats($"x{i}", [243], 0.6f, 0.4f), 1, 3, 9, 9)).ToArray();
        return (builder.Output("y").Build().ToBytes(), inputs);

        void Quantizer(string name, float scale) => builder.Floats($"{name}/s", [scale]).Initializer(TensorData.UInt8s($"{name}/z", [0]));

        void Layer(string name, string type, string input, string output, float scale, Action<NodeProto> edit, params long[] dims)
        {
            var weights = TestModels.RandomFloats(name, dims, 20, 70).Select(w => (sbyte)Math.Clamp(Math.Round(w), -127, 127)).ToArray();
            builder.Initializer(TensorData.Int8s($"{name}/w", weights, dims)).Floats($"{name}/ws", [1f / 127]).Initializer(TensorData.Int8s($"{name}/wz", [0]))
                .Node("DequantizeLinear", [$"{name}/w", $"{name}/ws", $"{name}/wz"], [$"{name}/wd"]);
            Quantizer(output, scale);
            builder.Named(name, type, [$"{input}/d", $"{name}/wd"], [$"{output}/o"], edit)
                .Node("QuantizeLinear", [$"{output}/o", $"{output}/s", $"{output}/z"], [$"{output}/q"])
                .Node("DequantizeLinear", [$"{output}/q", $"{output}/s", $"{output}/z"], [output == "y" ? "y" : $"{output}/d"]);
        }
    }

    [TestMethod]
    public void Create_WeightsThatCannotSaturate_LeavesThemToTheRuntime()
    {
        var (name, _, builder) = Networks().First();
        var model = Clamped(new QuantizedTestModel(builder).Variants.Build(Configuration.FullyQuantized).Message);
        using var emulated = EmulatedModel.Create(s => ModelSession.Create(model, name, s), name);
        Assert.IsEmpty(emulated.Counts);
    }

    [TestMethod]
    public void Run_DepthwiseConvolutionsAndUnsignedProducts_AreNotEmulated()
    {
        // Weights at the limits of int8, and an attention-like product of two activations, which are both unsigned.
        var depthwise = TestModels.Opset(13).Input("x", 1, 16, 6, 6).Floats("w", [.. Enumerable.Repeat(1f, 144)], 16, 1, 3, 3).Node("Conv", ["x", "w"], ["y"], n => n.With("group", 16L)).Output("y");
        var model = new QuantizedTestModel(depthwise).Variants.Build(Configuration.FullyQuantized);
        using var emulated = EmulatedModel.Create(s => ModelSession.Create(model, "depthwise", s), "depthwise", everything: true);
        Assert.IsEmpty(emulated.Counts);
    }

    /// <summary>Each shape of integer product that the quantizer writes, and what lies between them.</summary>
    private static IEnumerable<(string Name, string[] Kernels, TestModels Model)> Networks()
    {
        yield return ("residual convolutions", ["QLinearConv", "QLinearAdd"], TestModels.Opset(13).Input("x", 1, 3, 11, 9).Random("w1", 16, 3, 3, 3).Random("b1", 16).Random("w2", 20, 16, 3, 3).Random("w3", 20, 20, 1, 1).Random("b3", 20)
            .Node("Conv", ["x", "w1", "b1"], ["c1"], n => n.With("pads", 1, 1, 1, 1).With("strides", 2, 2)).Node("Relu", ["c1"], ["r1"])
            .Node("Conv", ["r1", "w2"], ["c2"], n => n.With("pads", 2, 0, 2, 0).With("dilations", 2, 1)).Node("Conv", ["c2", "w3", "b3"], ["c3"]).Node("Add", ["c2", "c3"], ["s"])
            .Node("GlobalAveragePool", ["s"], ["y"]).Output("y"));
        yield return ("groups and one axis", ["QLinearConv"], TestModels.Opset(13).Input("x", 1, 12, 40).Random("w1", 24, 6, 5).Random("w2", 8, 24, 1)
            .Node("Conv", ["x", "w1"], ["c1"], n => n.With("group", 2L).With("pads", 2, 2)).Node("Relu", ["c1"], ["r"]).Node("Conv", ["r", "w2"], ["y"]).Output("y"));
        yield return ("automatic padding", ["QLinearConv"], TestModels.Opset(13).Input("x", 1, 4, 9, 10).Random("w1", 16, 4, 4, 3).Random("w2", 16, 16, 2, 2)
            .Node("Conv", ["x", "w1"], ["c1"], n => n.With("auto_pad", "SAME_UPPER").With("strides", 2, 2)).Node("Conv", ["c1", "w2"], ["y"], n => n.With("auto_pad", "SAME_LOWER")).Output("y"));
        yield return ("matrices", ["QLinearMatMul", "MatMulIntegerToFloat"], TestModels.Opset(13).Input("x", 1, 7, 30).Random("w1", 30, 21).Random("w2", 21, 16).Random("b2", 16).Random("w3", 16, 12)
            .Node("MatMul", ["x", "w1"], ["m1"]).Node("MatMul", ["m1", "w2"], ["m2"]).Node("Add", ["m2", "b2"], ["a2"]).Node("Softmax", ["a2"], ["s"]).Node("MatMul", ["s", "w3"], ["y"]).Output("y"));
        yield return ("classifier", ["QGemm"], TestModels.Opset(13).Input("x", 3, 33).Random("w1", 64, 33).Random("b1", 64).Random("w2", 64, 10).Random("b2", 10)
            .Node("Gemm", ["x", "w1", "b1"], ["g1"], n => n.With("transB", 1L)).Node("Relu", ["g1"], ["r"]).Node("Gemm", ["r", "w2", "b2"], ["y"]).Output("y"));
    }

    /// <summary>Every signed byte of the model cut to [-64, 64].</summary>
    private static byte[] Clamped(byte[] bytes)
    {
        var model = OnnxModel.Parse(bytes, "clamped");
        foreach (var initializer in model.Graph.Initializers.Where(i => i.DataType == (int)DataType.Int8).ToArray())
            model.Graph.ReplaceInitializer(TensorData.Int8s(initializer.Name, [.. initializer.ToInt64s().Select(v => (sbyte)Math.Clamp(v, -64, 64))], [.. initializer.Dims]));
        return model.ToBytes();
    }
}
