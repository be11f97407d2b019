using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Tests.Reference;

/// <summary>A small graph for every operator and form of it that quantization may meet, mostly between two convolutions or products, so that integers flow into it and out of it.</summary>
internal static class OperatorGraphs
{
    private const int Channels = 8;
    private const int Side = 6;

    private static readonly (string Name, Func<TestModels> Build)[] All =
    [
        ("Conv 1x1", () => Image().Random("w", 12, Channels, 1, 1).Node("Conv", ["x", "w"], ["y"])),
        ("Conv with bias, strides and pads", () => Image().Random("w", 12, Channels, 3, 3).Random("b", 12).Node("Conv", ["x", "w", "b"], ["y"], n => n.With("pads", 1, 0, 1, 2).With("strides", 2, 1))),
        ("Conv dilated", () => Image().Random("w", 4, Channels, 3, 3).Node("Conv", ["x", "w"], ["y"], n => n.With("dilations", 2, 1))),
        ("Conv depthwise", () => Image().Random("w", Channels, 1, 3, 3).Random("b", Channels).Node("Conv", ["x", "w", "b"], ["y"], n => n.With("group", (long)Channels))),
        ("Conv in groups", () => Image().Random("w", 12, 2, 3, 3).Random("b", 12).Node("Conv", ["x", "w", "b"], ["y"], n => n.With("group", 4L))),
        ("Conv over one axis", () => TestModels.Opset(17).Input("x", 1, Channels, 20).Random("w", 6, Channels, 3).Random("b", 6).Node("Conv", ["x", "w", "b"], ["y"], n => n.With("pads", 1, 1))),
        ("Conv over three axes", () => TestModels.Opset(17).Input("x", 1, 4, 5, 5, 5).Random("w", 6, 4, 2, 2, 2).Node("Conv", ["x", "w"], ["y"])),
        ("ConvTranspose", () => Image().Random("w", Channels, 6, 2, 2).Random("b", 6).Node("ConvTranspose", ["x", "w", "b"], ["y"], n => n.With("strides", 2, 2))),
        ("ConvTranspose in groups", () => Image().Random("w", Channels, 3, 3, 3).Node("ConvTranspose", ["x", "w"], ["y"], n => n.With("group", 2L).With("strides", 2, 1).With("pads", 1, 0, 1, 1).With("output_padding", 1, 0))),
        ("Gemm", () => Row().Random("w", 16, 10).Random("b", 10).Node("Gemm", ["x", "w", "b"], ["y"])),
        ("Gemm transposed, scaled", () => Row().Random("w", 10, 16).Random("b", 10).Node("Gemm", ["x", "w", "b"], ["y"], n => n.With("transB", 1L).With("alpha", 0.5f).With("beta", 2f))),
        ("Gemm with a scalar bias", () => Row().Random("w", 16, 10).Random("b", 1).Node("Gemm", ["x", "w", "b"], ["y"])),
        ("Gemm with transposed input", () => Row().Random("w", 3, 10).Node("Gemm", ["x", "w"], ["y"], n => n.With("transA", 1L))),
        ("MatMul", () => Row().Random("w", 16, 10).Node("MatMul", ["x", "w"], ["y"])),
        ("MatMul with bias", () => Sequence().Random("w", 16, 10).Random("b", 10).Node("MatMul", ["x", "w"], ["m"]).Node("Add", ["m", "b"], ["y"])),
        ("MatMul with constant on the left", () => Row().Random("w", 5, 3).Node("MatMul", ["w", "x"], ["y"])),
        ("MatMul with stacked weights", () => TestModels.Opset(17).Input("x", 2, 3, 8).Random("w", 2, 8, 5).Node("MatMul", ["x", "w"], ["y"])),
        ("MatMul of activations", () => Sequence().Random("q", 16, 8).Random("k", 16, 8).Node("MatMul", ["x", "q"], ["a"]).Node("MatMul", ["x", "k"], ["c"])
            .Node("Transpose", ["c"], ["t"], n => n.With("perm", 0, 2, 1)).Node("MatMul", ["a", "t"], ["s"]).Node("Softmax", ["s"], ["p"]).Node("MatMul", ["p", "c"], ["y"])),
        ("Relu", () => Between("Relu")),
        ("Clip", () => Between(m => m.Floats("zero", [0]).Floats("six", [6]).Node("Clip", ["a", "zero", "six"], ["b"]))),
        ("LeakyRelu", () => Between(m => m.Node("LeakyRelu", ["a"], ["b"], n => n.With("alpha", 0.1f)))),
        ("PRelu", () => Between(m => m.Uniform("slope", 0.1f, 0.4f, Channels, 1, 1).Node("PRelu", ["a", "slope"], ["b"]))),
        ("Elu", () => Between("Elu")),
        ("Sigmoid", () => Between("Sigmoid")),
        ("Tanh", () => Between("Tanh")),
        ("Erf", () => Between("Erf")),
        ("Exp", () => Between("Exp")),
        ("Abs", () => Between("Abs")),
        ("Neg", () => Between("Neg")),
        ("Identity", () => Between("Identity")),
        ("HardSigmoid", () => Between("HardSigmoid")),
        ("HardSwish", () => Between("HardSwish")),
        ("SiLU", () => Between(m => m.Node("Sigmoid", ["a"], ["s"]).Node("Mul", ["a", "s"], ["b"]))),
        ("Add of two branches", () => Joined("Add")),
        ("Sub of two branches", () => Joined("Sub")),
        ("Mul of two branches", () => Joined("Mul")),
        ("Div", () => Between(m => m.Uniform("divisor", 1, 2, Channels, 1, 1).Node("Div", ["a", "divisor"], ["b"]))),
        ("Add of a constant", () => Between(m => m.Random("c", Channels, 1, 1).Node("Add", ["a", "c"], ["b"]))),
        ("Mul with a constant", () => Between(m => m.Random("c", Channels, 1, 1).Node("Mul", ["a", "c"], ["b"]))),
        ("Max of two branches", () => Joined("Max")),
        ("Min of two branches", () => Joined("Min")),
        ("Sum of two branches", () => Joined("Sum")),
        ("Pow, Sqrt, Reciprocal", () => Between(m => m.Floats("two", [2]).Floats("one", [1]).Node("Pow", ["a", "two"], ["p"]).Node("Add", ["p", "one"], ["q"]).Node("Sqrt", ["q"], ["r"]).Node("Reciprocal", ["r"], ["b"]))),
        ("Squeeze and excitation", () => Between(m => m.Node("GlobalAveragePool", ["a"], ["g"]).Random("we", Channels, Channels, 1, 1).Node("Conv", ["g", "we"], ["e"]).Node("Sigmoid", ["e"], ["s"]).Node("Mul", ["a", "s"], ["b"]))),
        ("MaxPool", () => Between(m => m.Node("MaxPool", ["a"], ["b"], n => n.With("kernel_shape", 3, 3).With("strides", 1, 1).With("pads", 1, 1, 1, 1)))),
        ("AveragePool", () => Between(m => m.Node("AveragePool", ["a"], ["b"], n => n.With("kernel_shape", 3, 3).With("pads", 1, 1, 1, 1)))),
        ("AveragePool with its pads", () => Between(m => m.Node("AveragePool", ["a"], ["b"], n => n.With("kernel_shape", 3, 3).With("pads", 1, 1, 1, 1).With("count_include_pad", 1L)))),
        ("GlobalAveragePool", () => Between("GlobalAveragePool")),
        ("GlobalMaxPool", () => Between("GlobalMaxPool")),
        ("ReduceMean", () => Between(m => m.Node("ReduceMean", ["a"], ["b"], n => n.With("axes", 2, 3)))),
        ("ReduceMax", () => Between(m => m.Node("ReduceMax", ["a"], ["b"], n => n.With("axes", 2, 3)))),
        ("ReduceMin", () => Between(m => m.Node("ReduceMin", ["a"], ["b"], n => n.With("axes", 2, 3)))),
        ("ReduceSum", () => Between(m => m.Int64s("axes", [2, 3]).Node("ReduceSum", ["a", "axes"], ["b"]))),
        ("Softmax", () => Between(m => m.Node("Softmax", ["a"], ["b"], n => n.With("axis", 1L)))),
        ("LayerNormalization", () => Sequence().Uniform("scale", 0.5f, 1.5f, 16).Random("shift", 16).Random("w", 16, 10).Node("LayerNormalization", ["x", "scale", "shift"], ["a"], n => n.With("axis", -1L)).Node("MatMul", ["a", "w"], ["y"])),
        ("Concat", () => Branches().Random("w3", 6, 2 * Channels, 1, 1).Node("Concat", ["a", "c"], ["b"], n => n.With("axis", 1L)).Node("Conv", ["b", "w3"], ["y"])),
        ("Concat of different ranges", () => Branches().Node("Relu", ["a"], ["r"]).Random("w3", 6, 2 * Channels, 1, 1).Node("Concat", ["r", "c"], ["b"], n => n.With("axis", 1L)).Node("Conv", ["b", "w3"], ["y"])),
        ("Split", () => Between(m => m.Int64s("sizes", [3, 5]).Node("Split", ["a", "sizes"], ["s1", "s2"], n => n.With("axis", 1L)).Node("Concat", ["s2", "s1"], ["b"], n => n.With("axis", 1L)))),
        ("Slice", () => Between(m => m.Int64s("starts", [1, 0]).Int64s("ends", [6, 100]).Int64s("axes", [2, 3]).Int64s("steps", [1, 2]).Node("Slice", ["a", "starts", "ends", "axes", "steps"], ["b"]))),
        ("Pad", () => Between(m => m.Int64s("pads", [0, 0, 1, 0, 0, 0, 2, 1]).Node("Pad", ["a", "pads"], ["b"]))),
        ("Transpose", () => Between(m => m.Node("Transpose", ["a"], ["b"], n => n.With("perm", 0, 1, 3, 2)))),
        ("Reshape", () => Between(m => m.Int64s("shape", [1, Channels, 4, 9]).Node("Reshape", ["a", "shape"], ["b"]))),
        ("Flatten", () => Image().Random("w1", 4, Channels, 1, 1).Random("w2", 4 * Side * Side, 5).Node("Conv", ["x", "w1"], ["a"]).Node("Flatten", ["a"], ["b"]).Node("Gemm", ["b", "w2"], ["y"])),
        ("Squeeze and Unsqueeze", () => Between(m => m.Int64s("axes", [0]).Node("Squeeze", ["a", "axes"], ["s"]).Node("Unsqueeze", ["s", "axes"], ["b"]))),
        ("Expand", () => Between(m => m.Int64s("to", [2, Channels, Side, Side]).Node("Expand", ["a", "to"], ["b"]))),
        ("Tile", () => Between(m => m.Int64s("repeats", [1, 1, 2, 1]).Node("Tile", ["a", "repeats"], ["b"]))),
        ("Gather of channels", () => Between(m => m.Int64s("picked", [7, 0, 1, 2, 3, 4, 5, -2]).Node("Gather", ["a", "picked"], ["b"], n => n.With("axis", 1L)))),
        ("Embedding", () => TestModels.Opset(17).Input("x", TensorProto.Types.DataType.Int64, 2, 5).Random("table", 11, 16).Random("w", 16, 10).Node("Gather", ["table", "x"], ["a"]).Node("MatMul", ["a", "w"], ["y"])),
        ("DepthToSpace", () => Between(m => m.Node("DepthToSpace", ["a"], ["d"], n => n.With("blocksize", 2L)).Node("SpaceToDepth", ["d"], ["b"], n => n.With("blocksize", 2L)))),
        ("DepthToSpace in columns", () => Image().Random("w1", Channels, Channels, 1, 1).Random("w2", 4, 2, 3, 3).Node("Conv", ["x", "w1"], ["a"]).Node("DepthToSpace", ["a"], ["b"], n => n.With("blocksize", 2L).With("mode", "CRD")).Node("Conv", ["b", "w2"], ["y"])),
        ("Resize nearest", () => Between(m => m.Floats("scales", [1, 1, 2, 2], 4).Node("Resize", ["a", "", "scales"], ["b"], n => n.With("mode", "nearest").With("coordinate_transformation_mode", "asymmetric").With("nearest_mode", "floor")))),
        ("Where", () => Branches().Random("w3", 6, Channels, 1, 1).Initializer(TensorBools("mask")).Node("Where", ["mask", "a", "c"], ["b"]).Node("Conv", ["b", "w3"], ["y"])),
        ("Cast", () => Between(m => m.Node("Cast", ["a"], ["b"], n => n.With("to", (long)TensorProto.Types.DataType.Float)))),
    ];

    public static IEnumerable<object[]> Names => All.Select(g => new object[] { g.Name });

    public static TestModels Build(string name) => All.Single(g => g.Name == name).Build().Output("y");

    private static TestModels Image() => TestModels.Opset(17, irVersion: 8).Input("x", 1, Channels, Side, Side);

    private static TestModels Row() => TestModels.Opset(17, irVersion: 8).Input("x", 3, 16);

    private static TestModels Sequence() => TestModels.Opset(17, irVersion: 8).Input("x", 1, 7, 16);

    /// <summary>x -> Conv -> a -> (edit) -> b -> Conv -> y.</summary>
    private static TestModels Between(Func<TestModels, TestModels> edit) =>
        edit(Image().Random("w1", Channels, Channels, 1, 1).Random("b1", Channels).Random("w2", 6, Channels, 1, 1).Node("Conv", ["x", "w1", "b1"], ["a"])).Node("Conv", ["b", "w2"], ["y"]);

    private static TestModels Between(string operatorType) => Between(m => m.Node(operatorType, ["a"], ["b"]));

    /// <summary>x -> Conv -> a and x -> Conv -> c.</summary>
    private static TestModels Branches() => Image().Random("w1", Channels, Channels, 3, 3).Random("w2", Channels, Channels, 1, 1)
        .Node("Conv", ["x", "w1"], ["a"], n => n.With("pads", 1, 1, 1, 1)).Node("Conv", ["x", "w2"], ["c"]);

    private static TestModels Joined(string operatorType) => Branches().Random("w3", 6, Channels, 1, 1).Node(operatorType, ["a", "c"], ["b"]).Node("Conv", ["b", "w3"], ["y"]);

    private static TensorProto TensorBools(string name)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)TensorProto.Types.DataType.Bool };
        tensor.Dims.AddRange([Side, Side]);
        tensor.Int32Data.AddRange(Enumerable.Range(0, Side * Side).Select(i => i % 3 == 0 ? 1 : 0));
        return tensor;
    }
}
