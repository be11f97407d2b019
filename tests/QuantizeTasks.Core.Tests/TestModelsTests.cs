namespace QuantizeTasks.Tests;

[TestClass]
public class TestModelsTests
{
    [TestMethod]
    public void Build_ConvRelu_RunsInOnnxRuntime()
    {
        var model = TestModels.Opset(13).Input("x", -1, 1, 2, 2).Floats("w", [2, -1], 2, 1, 1, 1)
            .Node("Conv", ["x", "w"], ["c"]).Node("Relu", ["c"], ["y"]).Output("y").Build();

        var outputs = TestRuns.Run(model, new Dictionary<string, Tensor> { ["x"] = Tensor.Create([1f, 2, -3, 4], 1, 1, 2, 2) });

        CollectionAssert.AreEqual(new float[] { 2, 4, 0, 8, 0, 0, 3, 0 }, outputs["y"].As<float>());
    }

    [TestMethod]
    public void AssertEquivalent_DifferentModels_Fails()
    {
        var one = TestModels.Opset(13).Input("x", 3).Node("Relu", ["x"], ["y"]).Output("y").Build();
        var other = TestModels.Opset(13).Input("x", 3).Node("Neg", ["x"], ["y"]).Output("y").Build();

        Assert.ThrowsExactly<AssertFailedException>(() => TestRuns.AssertEquivalent(one, other));
    }
}
