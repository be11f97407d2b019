using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Onnx.Values;

namespace QuantizeTasks.Tests.Inference;

/// <summary>Weights that a session reads where they lie: they stay there as long as the session lives, whatever the collector does, and are let go when there is none.</summary>
[TestClass]
public sealed class BorrowedValuesTests
{
    private const int Width = 64;

    [TestMethod]
    public void Run_AfterCollections_ReadsTheSameValues()
    {
        using var session = Lend(out var expected);
        for (var i = 0; i < 20; i++)
        {
            // What nobody holds is overwritten by what comes next.
            GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
            _ = Enumerable.Range(0, 50).Select(n => new byte[Width * Width * 4]).ToArray();
            CollectionAssert.AreEqual(expected, Run(session));
        }
    }

    [TestMethod]
    public void Create_ModelThatIsRejectedAfterLending_IsAnErrorAndNotTheEndOfTheProcess()
    {
        for (var i = 0; i < 50; i++)
        {
            var model = Model();
            model.Graph.Node[0].OpType = "NoSuchOperator";
            Assert.ThrowsExactly<QuantizeException>(() => ModelSession.Create(SerializedModel.Of(model, longestMessage: 0), "rejected"));
        }
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using var session = Lend(out var expected);
        CollectionAssert.AreEqual(expected, Run(session));
    }

    [TestMethod]
    public void Create_ManySessionsAtOnce_EachHasItsOwnValues()
    {
        Parallel.For(0, 16, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
        {
            using var session = Lend(out var expected);
            GC.Collect(0);
            CollectionAssert.AreEqual(expected, Run(session));
        });
    }

    private static ModelSession Lend(out float[] expected)
    {
        var model = SerializedModel.Of(Model(), longestMessage: 0);
        Assert.HasCount(1, model.Values);
        var weights = TestModels.RandomFloats("w", [Width, Width]);
        expected = [.. Enumerable.Range(0, Width).Select(column => weights[column])];
        return ModelSession.Create(model, "lent");
    }

    /// <summary>The first row of the weights: exact, whatever the order of adding up.</summary>
    private static float[] Run(ModelSession session) =>
        session.Run(new Dictionary<string, Tensor> { ["x"] = Tensor.Create([1f, .. new float[Width - 1]], 1, Width) })["y"].As<float>();

    private static QuantizeTasks.Onnx.Proto.ModelProto Model() =>
        TestModels.Opset(17).Input("x", 1, Width).Floats("w", TestModels.RandomFloats("w", [Width, Width]), Width, Width).Named("product", "MatMul", ["x", "w"], ["y"]).Output("y").Build().Proto;
}
