using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Tests.Quantization.Writing;

/// <summary>
/// Every form of an operator with weights: which kernel ONNX Runtime makes of it, that the kernel computes what the written model says (held against plain scalar arithmetic),
/// and that the operator is in float when it is reverted.
/// </summary>
[TestClass]
public sealed class OperatorFormsTests
{
    private static TestModels Start(params long[] shape) => TestModels.Opset(13).Input("x", shape);

    private static readonly Dictionary<string, (string Kernel, Func<TestModels> Build)> Forms = new()
    {
        ["conv over one axis"] = ("QLinearConv", () => Start(1, 8, 20).Random("w", 8, 8, 3).Random("b", 8).Named("op", "Conv", ["x", "w", "b"], ["y"])),
        ["conv over two axes"] = ("QLinearConv", () => Start(1, 8, 9, 9).Random("w", 8, 8, 3, 3).Random("b", 8).Named("op", "Conv", ["x", "w", "b"], ["y"], n => n.With("strides", 2, 2).With("pads", 1, 1, 1, 1))),
        ["conv over three axes"] = ("QLinearConv", () => Start(1, 4, 6, 6, 6).Random("w", 8, 4, 3, 3, 3).Random("b", 8).Named("op", "Conv", ["x", "w", "b"], ["y"])),
        ["conv in groups"] = ("QLinearConv", () => Start(1, 8, 9, 9).Random("w", 16, 2, 3, 3).Random("b", 16).Named("op", "Conv", ["x", "w", "b"], ["y"], n => n.With("group", 4L))),
        ["conv in groups of one with two outputs"] = ("QLinearConv", () => Start(1, 8, 9, 9).Random("w", 16, 1, 3, 3).Random("b", 16).Named("op", "Conv", ["x", "w", "b"], ["y"], n => n.With("group", 8L))),
        ["gemm"] = ("QGemm", () => Start(6, 16).Random("w", 16, 12).Random("b", 12).Named("op", "Gemm", ["x", "w", "b"], ["y"])),
        ["gemm with a transposed first operand"] = ("QGemm", () => Start(16, 6).Random("w", 16, 12).Random("b", 12).Named("op", "Gemm", ["x", "w", "b"], ["y"], n => n.With("transA", 1L))),
        ["gemm with a transposed second operand"] = ("QGemm", () => Start(6, 16).Random("w", 12, 16).Random("b", 12).Named("op", "Gemm", ["x", "w", "b"], ["y"], n => n.With("transB", 1L))),
        ["gemm with both operands transposed"] = ("QGemm", () => Start(16, 6).Random("w", 12, 16).Named("op", "Gemm", ["x", "w"], ["y"], n => n.With("transA", 1L).With("transB", 1L))),
        ["gemm with factors"] = ("QGemm", () => Start(6, 16).Random("w", 16, 12).Random("b", 12).Named("op", "Gemm", ["x", "w", "b"], ["y"], n => n.With("alpha", 0.5f).With("beta", 3f))),
        ["gemm with one bias for all"] = ("QGemm", () => Start(6, 16).Random("w", 16, 12).Floats("b", [0.7f]).Named("op", "Gemm", ["x", "w", "b"], ["y"])),
        ["gemm with a bias of two axes"] = ("QGemm", () => Start(6, 16).Random("w", 16, 12).Random("b", 1, 12).Named("op", "Gemm", ["x", "w", "b"], ["y"])),
        ["gemm with a bias for each row"] = ("QGemm", () => Start(6, 16).Random("w", 16, 12).Random("b", 6, 1).Named("op", "Gemm", ["x", "w", "b"], ["y"])),
        ["gemm with a matrix added"] = ("QGemm", () => Start(6, 16).Random("w", 16, 12).Random("b", 6, 12).Named("op", "Gemm", ["x", "w", "b"], ["y"])),
        ["gemm with an activation added"] = ("QGemm", () => Start(6, 16).Input("z", 6, 12).Random("w", 16, 12).Named("op", "Gemm", ["x", "w", "z"], ["y"])),
        ["gemm with a constant first operand"] = ("QGemm", () => Start(16, 6).Random("w", 12, 16).Random("b", 6).Named("op", "Gemm", ["w", "x", "b"], ["y"])),
        ["gemm with a constant, transposed first operand"] = ("QGemm", () => Start(6, 16).Random("w", 16, 12).Named("op", "Gemm", ["w", "x"], ["y"], n => n.With("transA", 1L).With("transB", 1L))),
        ["matmul of matrices"] = ("MatMulIntegerToFloat", () => Start(6, 16).Random("w", 16, 12).Named("op", "MatMul", ["x", "w"], ["y"])),
        ["matmul of matrices with bias"] = ("QGemm", () => Start(6, 16).Random("w", 16, 12).Random("b", 12).Named("op", "MatMul", ["x", "w"], ["m"]).Named("add", "Add", ["m", "b"], ["y"])),
        ["matmul of a stack of activations"] = ("MatMulIntegerToFloat", () => Start(2, 6, 16).Random("w", 16, 12).Named("op", "MatMul", ["x", "w"], ["y"])),
        ["matmul of a stack of activations with bias"] = ("QGemm", () => Start(2, 6, 16).Random("w", 16, 12).Random("b", 12).Named("op", "MatMul", ["x", "w"], ["m"]).Named("add", "Add", ["m", "b"], ["y"])),
        ["matmul with a stack of one matrix"] = ("MatMulIntegerToFloat", () => Start(2, 6, 16).Random("w", 1, 16, 12).Random("b", 12).Named("op", "MatMul", ["x", "w"], ["m"]).Named("add", "Add", ["m", "b"], ["y"])),
        ["matmul of a matrix with a stack of one matrix"] = ("MatMulIntegerToFloat", () => Start(6, 16).Random("w", 1, 16, 12).Named("op", "MatMul", ["x", "w"], ["y"])),
        ["matmul with a stack of matrices"] = ("MatMulIntegerToFloat", () => Start(3, 6, 16).Random("w", 3, 16, 12).Random("b", 12).Named("op", "MatMul", ["x", "w"], ["m"]).Named("add", "Add", ["m", "b"], ["y"])),
        ["matmul with a constant first operand"] = ("MatMulIntegerToFloat", () => Start(2, 16, 6).Random("w", 12, 16).Named("op", "MatMul", ["w", "x"], ["y"])),
        ["matmul with a constant stack as first operand"] = ("MatMulIntegerToFloat", () => Start(3, 16, 6).Random("w", 3, 12, 16).Named("op", "MatMul", ["w", "x"], ["y"])),
    };

    public static IEnumerable<string> Names => Forms.Keys;

    /// <summary>A model of one of the forms; its operator is <c>op</c>.</summary>
    internal static TestModels Form(string name) => Forms[name].Build().Output("y");

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Form_InInt8_RunsInTheKernelAndComputesWhatIsWritten(string name)
    {
        foreach (var weights in (string[])["perchannel", "pertensor"])
        {
            var model = Model(name, weights);
            var kernels = string.Join(" ", model.Optimized().Operators.Select(o => o.OperatorType));
            Assert.AreEqual(1, model.Optimized().Count(Forms[name].Kernel), kernels);
            Assert.AreEqual(1, model.Optimized().Operators.Count(o => o.IsInteger), kernels);
            AssertComputesWhatIsWritten(model);
            Assert.IsLessThan(0.05, model.RelativeError(Configuration.FullyQuantized));
        }
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Form_Reverted_IsTheFloatModel(string name)
    {
        var model = Model(name, "perchannel");
        var reverted = Configuration.FullyQuantized.Revert(model.Variants.Groups.Single().Id);
        Assert.IsFalse(model.Optimized(reverted).Operators.Any(o => o.IsInteger));
        TestRuns.AssertEquivalent(model.Original, model.Written(reverted), open: 1);
    }

    /// <summary>Between int8 layers, where the runtime would quantize it again by itself.</summary>
    [TestMethod]
    [DynamicData(nameof(Names))]
    public void Form_RevertedBetweenInt8Layers_RunsInFloat(string name)
    {
        var form = Forms[name].Build().Node("Relu", ["y"], ["r"]).Edit(m => m.Graph.Input[0].Name = "input");
        var (rank, extents) = (form.Build().Proto.Graph.Input[0].Type.TensorType.Shape.Dim.Count, form.Build().Proto.Graph.Input[0].Type.TensorType.Shape.Dim.Select(d => d.DimValue).ToArray());
        long[] before = rank == 2 || name.StartsWith("matmul") ? [extents[^1], extents[^1]] : [extents[1], extents[1], .. Enumerable.Repeat(1L, rank - 2)];
        form = form.Random("before", before).Edit(m =>
        {
            var first = NodeAttributes.Node(before.Length == 2 ? "MatMul" : "Conv", "first", ["input", "before"], "t");
            m.Graph.Node.Insert(0, first);
            m.Graph.Node.Insert(1, NodeAttributes.Node("Relu", "relu", ["t"], "x"));
        });
        var model = new QuantizedTestModel(form.Output("r"), Settings.Of() with { Prefer = Preference.Size });
        var group = model.Variants.Groups.Single(g => g.Layers.Contains("op"));

        var all = model.Optimized();
        var optimized = model.Optimized(Configuration.FullyQuantized.Revert(group.Id));
        Assert.AreEqual(2, all.Operators.Count(o => o.IsInteger), string.Join(" ", all.Operators.Select(o => o.OperatorType)));
        CollectionAssert.AreEqual(new[] { "first" }, optimized.Operators.Where(o => o.IsInteger).Select(o => o.Name).ToArray(), string.Join(" ", optimized.Operators.Select(o => o.OperatorType)));
    }

    /// <summary>Every element is within one step of the output's quantizer, or within float rounding where a kernel gives floats.</summary>
    internal static void AssertComputesWhatIsWritten(QuantizedTestModel model)
    {
        var written = model.Written();
        using var session = ModelSession.Create(written.ToBytes(), "int8");
        var inputs = model.Samples.Load(0).Inputs;
        var expected = ScalarModel.Run(written, inputs);
        foreach (var (name, actual) in session.Run(inputs))
        {
            var values = actual.As<float>();
            var step = written.Graph.Producer(name) is { OpType: "DequantizeLinear" } dequantize && written.Graph.TryGetConstant(dequantize.Input[1], out var scale) ? scale.ToFloats()[0] : 0;
            var largest = expected[name].Data.Max(Math.Abs);
            CollectionAssert.AreEqual(expected[name].Dims, actual.Shape.ToArray());
            for (var i = 0; i < values.Length; i++)
                Assert.AreEqual(expected[name].Data[i], values[i], (step * 1.001) + (1e-5 * largest), $"{name}[{i}]");
            // One step off is a tie that rounding decided; many of them would be another computation.
            Assert.IsLessThan(0.02, values.Where((v, i) => Math.Abs(v - expected[name].Data[i]) > (step * 0.5) + (1e-5 * largest)).Count() / (double)values.Length);
        }
    }

    private static QuantizedTestModel Model(string name, string weights) => new(Form(name), Settings.Of(weights: weights) with { Prefer = Preference.Size });
}
