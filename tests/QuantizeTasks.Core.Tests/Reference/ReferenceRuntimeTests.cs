using QuantizeTasks.Onnx;

namespace QuantizeTasks.Tests.Reference;

/// <summary>The reference is right: on float graphs it agrees with ONNX Runtime's float kernels.</summary>
[TestClass]
public sealed class ReferenceRuntimeTests
{
    public static IEnumerable<object[]> Graphs => OperatorGraphs.Names;

    [TestMethod]
    [DynamicData(nameof(Graphs))]
    public void Run_FloatGraph_EqualsOnnxRuntime(string graph)
    {
        var model = OperatorGraphs.Build(graph).Build();
        for (var seed = 1; seed <= 3; seed++)
        {
            var inputs = TestRuns.RandomInputs(model, seed, integers: 11);
            var expected = TestRuns.Run(model, inputs)["y"];

            var actual = ReferenceRuntime.Run(model, inputs)["y"];

            CollectionAssert.AreEqual(expected.Shape.ToArray(), actual.Shape);
            var largest = actual.Data.Max(Math.Abs);
            foreach (var (want, have) in expected.As<float>().ToArray().Zip(actual.Data))
                Assert.AreEqual(want, have, 1e-5 * largest);
        }
    }

    [TestMethod]
    public void Run_Operators_AllOccurInSomeGraph()
    {
        var occurring = OperatorGraphs.Names.SelectMany(n => OperatorGraphs.Build((string)n[0]).Build().Graph.Nodes).Select(n => n.OpType).ToHashSet(StringComparer.Ordinal);
        CollectionAssert.IsSubsetOf(ReferenceRuntime.OperatorTypes.Except(["QuantizeLinear", "DequantizeLinear"]).ToArray(), occurring.ToArray());
    }

    [TestMethod]
    public void Run_QuantizeAndDequantize_EqualOnnxRuntime()
    {
        foreach (var type in (int[])[2, 3])
        {
            var model = TestModels.Opset(13).Input("x", 4, 5).Floats("s", [0.011f]).Initializer(TensorData.Integers("z", type, [type == 2 ? 131 : -3]))
                .Node("QuantizeLinear", ["x", "s", "z"], ["q"]).Node("DequantizeLinear", ["q", "s", "z"], ["y"]).Output("y").Build();
            var inputs = TestRuns.RandomInputs(model);
            var expected = TestRuns.Run(model, inputs)["y"].As<float>().ToArray();

            var actual = ReferenceRuntime.Run(Quantizers.WithTypes(model), inputs)["y"].Data;

            foreach (var (want, have) in expected.Zip(actual))
                Assert.AreEqual(want, have, 1e-6);
        }
    }
}
