using QuantizeTasks.Onnx;

namespace QuantizeTasks.Tests.Onnx;

[TestClass]
public class CapturesTests
{
    [TestMethod]
    public void TryRename_NestedBodiesAndOutputs_ReadTheOtherTensor()
    {
        var inner = TestModels.Opset(13).Node("Abs", ["i"], ["a"]).Output("a").BuildGraph();
        var body = TestModels.Opset(13).Node("If", ["c"], ["n"], n => n.Attribute.Add(new QuantizeTasks.Onnx.Proto.AttributeProto { Name = "then_branch", G = inner }))
            .Node("Add", ["i", "n"], ["s"]).Output("s").Output("i").BuildGraph();

        Assert.IsTrue(Captures.TryRename(body, "i", "x"));

        CollectionAssert.AreEquivalent(new[] { "c", "x", "x", "x" }, Captures.Of(body).ToArray());
    }

    [TestMethod]
    public void TryRename_BodyHasTheNameItself_ChangesNothing()
    {
        var body = TestModels.Opset(13).Node("Neg", ["i"], ["x"]).Node("Exp", ["x"], ["t"]).Output("t").BuildGraph();
        var before = body.Clone();

        Assert.IsFalse(Captures.TryRename(body, "i", "x"));

        Assert.AreEqual(before, body);
    }
}
