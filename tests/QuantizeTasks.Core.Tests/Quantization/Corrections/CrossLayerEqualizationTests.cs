using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization;
using QuantizeTasks.Quantization.Corrections;
using QuantizeTasks.Quantization.Preparation;
using QuantizeTasks.Tests.Quantization.Writing;

namespace QuantizeTasks.Tests.Quantization.Corrections;

[TestClass]
public sealed class CrossLayerEqualizationTests
{
    [TestMethod]
    [DataRow("relu")]
    [DataRow("depthwise")]
    [DataRow("grouped")]
    [DataRow("pools")]
    [DataRow("prelu")]
    [DataRow("gemm")]
    [DataRow("matmul")]
    public void Apply_ChainOfLayers_ComputesTheSameInFloatWithEqualRanges(string chain)
    {
        var original = Chain(chain).Build();
        var prepared = ModelPreparation.Prepare(original);
        var equalized = CrossLayerEqualization.Apply(prepared);
        Assert.AreNotSame(prepared, equalized);
        TestRuns.AssertEquivalent(original, equalized.Model, 2e-5);

        var layers = equalized.Model.Graph.Nodes.Select(n => ScalableLayer.Of(equalized.Model.Graph, n, equalized.Tensors)).OfType<ScalableLayer>().ToArray();
        Assert.IsGreaterThanOrEqualTo(2, layers.Length);
        foreach (var (first, second) in layers.Zip(layers.Skip(1)))
            foreach (var (output, input) in Magnitudes(equalized.Model, first.Name, ofOutputs: true).Zip(Magnitudes(equalized.Model, second.Name, ofOutputs: false)))
                Assert.AreEqual(1, output / input, 5e-3, $"{first.Name} and {second.Name}");
    }

    [TestMethod]
    [DataRow("clip")]
    [DataRow("sigmoid")]
    [DataRow("two readers")]
    [DataRow("output")]
    [DataRow("tied")]
    public void Apply_WhatDoesNotScale_IsLeftAlone(string obstacle)
    {
        var builder = FusionTests.Image(32).Random("w1", 32, 32, 3, 3).Random("w2", 32, 32, 3, 3).Floats("zero", [0]).Floats("six", [6]).Named("c1", "Conv", ["x", "w1"], ["t"], FusionTests.Pads);
        builder = obstacle switch
        {
            "clip" => builder.Node("Clip", ["t", "zero", "six"], ["r"]),
            "sigmoid" => builder.Node("Sigmoid", ["t"], ["r"]),
            _ => builder.Node("Relu", ["t"], ["r"]),
        };
        builder = builder.Named("c2", "Conv", ["r", obstacle == "tied" ? "w1" : "w2"], ["y"], FusionTests.Pads).Output("y");
        if (obstacle == "two readers")
            builder = builder.Node("Exp", ["r"], ["z"]).Output("z");
        if (obstacle == "output")
            builder = builder.Output("r");
        var prepared = ModelPreparation.Prepare(builder.Build());
        Assert.AreSame(prepared, CrossLayerEqualization.Apply(prepared));
    }

    [TestMethod]
    public void Calibrate_WeightsPerTensor_LoseLess()
    {
        double Error(bool equalizes) => new QuantizedTestModel(Chain("depthwise"), Settings.With(p => p with
        {
            CrossLayerEqualization = equalizes,
            Weights = p.Weights with { Granularity = new("pertensor", Settings.Position) },
        })).RelativeError(Configuration.FullyQuantized);
        Assert.IsLessThan(Error(false) * 0.9, Error(true));
    }

    private static TestModels Chain(string chain)
    {
        var image = FusionTests.Image(32).Floats("w1", Uneven("first"), 32, 32, 1, 1).Random("b1", 32).Named("c1", "Conv", ["x", "w1", "b1"], ["t1"]);
        var matrix = TestModels.Opset(13).Input("x", 4, 32).Floats("w1", Uneven("first"), 32, 32).Random("b1", 32).Random("w2", 32, 32).Random("b2", 32).Random("w3", 32, 8);
        return chain switch
        {
            "depthwise" => image.Node("Relu", ["t1"], ["r1"]).Random("w2", 32, 1, 3, 3).Random("b2", 32).Named("c2", "Conv", ["r1", "w2", "b2"], ["t2"], n => FusionTests.Pads(n.With("group", 32L))).Node("Relu", ["t2"], ["r2"])
                .Random("w3", 32, 32, 1, 1).Named("c3", "Conv", ["r2", "w3"], ["y"]).Output("y"),
            "grouped" => image.Random("w2", 16, 8, 3, 3).Named("c2", "Conv", ["t1", "w2"], ["y"], n => n.With("group", 4L)).Output("y"),
            "pools" => image.Node("MaxPool", ["t1"], ["p1"], n => n.With("kernel_shape", 3, 3)).Node("AveragePool", ["p1"], ["p2"], n => n.With("kernel_shape", 2, 2)).Random("w2", 8, 32, 1, 1).Named("c2", "Conv", ["p2", "w2"], ["y"]).Output("y"),
            "prelu" => image.Uniform("slope", 0.1f, 0.4f, 32, 1, 1).Node("PRelu", ["t1", "slope"], ["r1"]).Random("w2", 8, 32, 1, 1).Named("c2", "Conv", ["r1", "w2"], ["y"]).Output("y"),
            "gemm" => matrix.Named("g1", "Gemm", ["x", "w1", "b1"], ["t1"], n => n.With("transB", 1L)).Node("LeakyRelu", ["t1"], ["r1"]).Named("g2", "Gemm", ["r1", "w2", "b2"], ["t2"]).Node("Relu", ["t2"], ["r2"]).Named("g3", "Gemm", ["r2", "w3"], ["y"]).Output("y"),
            "matmul" => matrix.Named("m1", "MatMul", ["x", "w1"], ["t1"]).Named("a1", "Add", ["t1", "b1"], ["s1"]).Node("Relu", ["s1"], ["r1"]).Named("m2", "MatMul", ["r1", "w2"], ["t2"]).Node("Relu", ["t2"], ["r2"]).Named("m3", "MatMul", ["r2", "w3"], ["y"]).Output("y"),
            _ => image.Node("Relu", ["t1"], ["r1"]).Random("w2", 8, 32, 3, 3).Named("c2", "Conv", ["r1", "w2"], ["y"]).Output("y"),
        };
    }

    /// <summary>32 x 32 weights whose rows differ in size by a factor of a thousand.</summary>
    private static float[] Uneven(string name) => [.. TestModels.RandomFloats(name, [32, 32], 0, 0.2f).Select((w, i) => w * MathF.Pow(10, (i / 32 % 7 * 0.5f) - 1.5f))];

    /// <summary>By loops that know the layouts: Conv [out, in / group, ...], Gemm [out, in] or [in, out], MatMul [in, out].</summary>
    private static double[] Magnitudes(OnnxModel model, string node, bool ofOutputs)
    {
        var layer = model.Graph.Nodes.Single(n => n.Name == node);
        model.Graph.TryGetConstant(layer.Input[1], out var tensor);
        var (values, rows, columns) = (tensor!.ToFloats(), (int)tensor!.Dims[0], (int)tensor!.Dims[1]);
        var taps = values.Length / rows / columns;
        var isTransposed = layer.OpType == "Conv" || layer.Int("transB", 0) != 0;
        var group = (int)layer.Int("group", 1);
        var (outputs, inputs) = isTransposed ? (rows, columns * group) : (columns, rows);
        var magnitudes = new double[ofOutputs ? outputs : inputs];
        for (var row = 0; row < rows; row++)
            for (var column = 0; column < columns; column++)
                for (var tap = 0; tap < taps; tap++)
                {
                    var (output, input) = isTransposed ? (row, (row / (rows / group) * columns) + column) : (column, row);
                    ref var magnitude = ref magnitudes[ofOutputs ? output : input];
                    magnitude = Math.Max(magnitude, Math.Abs(values[(((row * columns) + column) * taps) + tap]));
                }
        return magnitudes;
    }
}
