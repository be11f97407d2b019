using QuantizeTasks.Diagnostics;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization;
using QuantizeTasks.Quantization.Preparation;
using QuantizeTasks.Tests.Quantization;
using AttributeType = QuantizeTasks.Onnx.Proto.AttributeProto.Types.AttributeType;
using DataType = QuantizeTasks.Onnx.Proto.TensorProto.Types.DataType;

namespace QuantizeTasks.Tests.Preparation;

[TestClass]
public class FunctionInliningTests
{
    /// <summary>A block of a network as exporters write it: a function that is called twice, with an attribute, an optional input and an inner call.</summary>
    [TestMethod]
    public void Prepare_FunctionCalledTwice_IsWrittenOutAndComputesTheSame()
    {
        var model = TestModels.Opset(17).Import("local", 1).Input("x", 1, 8, 8, 8).Random("w1", 8, 8, 3, 3).Random("w2", 8, 8, 3, 3).Random("b1", 8)
            .Named("first", "Block", ["x", "w1", "b1"], ["t"], n => Local(n).With("slope", 0.3f)).Named("second", "Block", ["t", "w2"], ["y"], n => Local(n)).Output("y")
            .Edit(Functions).Build();

        var prepared = ModelPreparation.Prepare(model);

        Assert.IsEmpty(prepared.Model.Proto.Functions);
        CollectionAssert.AreEqual(new[] { "first/conv", "first/activation/LeakyRelu", "second/conv", "second/activation/LeakyRelu" }, prepared.Model.Graph.Nodes.Select(n => n.Name).ToArray());
        TestRuns.AssertEquivalent(model, prepared.Model);
    }

    [TestMethod]
    public void Build_LayersInsideFunctions_AreQuantized()
    {
        var model = new QuantizedTestModel(TestModels.Opset(17).Import("local", 1).Input("x", 1, 32, 16, 16).Random("w1", 32, 32, 3, 3).Random("w2", 32, 32, 3, 3).Random("b1", 32)
            .Named("first", "Block", ["x", "w1", "b1"], ["t"], n => Local(n).With("slope", 0f)).Named("second", "Block", ["t", "w2"], ["y"], n => Local(n)).Output("y").Edit(Functions));

        Assert.AreEqual(2, model.Optimized().Operators.Count(o => o.OperatorType == "QLinearConv"));
        Assert.IsLessThan(0.05, model.RelativeError(Configuration.FullyQuantized));
    }

    [TestMethod]
    public void Prepare_FunctionsInBodiesAndBodiesInFunctions_ComputeTheSame()
    {
        var branch = TestModels.Opset(17).Node("Activation", ["x"], ["o"], n => Local(n)).Output("o").BuildGraph();
        var other = TestModels.Opset(17).Node("Choose", ["x", "condition"], ["p"], n => Local(n)).Output("p").BuildGraph();
        var model = TestModels.Opset(17).Import("local", 1).Input("x", 4).Input("condition", DataType.Bool)
            .Named("outer", "Choose", ["x", "condition"], ["c"], n => Local(n)).Named("again", "Choose", ["c", "condition"], ["d"], n => Local(n))
            .Node("If", ["condition"], ["e"], n => n.Attribute.AddRange([Body("then_branch", branch), Body("else_branch", other)]))
            .Node("Add", ["d", "e"], ["y"]).Output("y").Edit(Functions).Build();

        var prepared = ModelPreparation.Prepare(model);

        Assert.IsEmpty(prepared.Model.Proto.Functions);
        TestRuns.AssertEquivalent(model, prepared.Model);
    }

    [TestMethod]
    public void Prepare_OutputThatIsAnInputOfTheFunction_ComputesTheSame()
    {
        var model = TestModels.Opset(17).Import("local", 1).Input("x", 4).Node("Both", ["x"], ["y", "z"], n => Local(n)).Output("y").Output("z")
            .Edit(m => m.Functions.Add(Function("Both", ["a"], ["a", "b"], NodeAttributes.Node("Neg", "", ["a"], "b")))).Build();

        // ONNX Runtime refuses such a function, so there is nothing to compare with but what it means.
        var outputs = TestRuns.Run(ModelPreparation.Prepare(model).Model, new Dictionary<string, Tensor> { ["x"] = Tensor.Create([1f, -2f, 3f, 0f], 4) });
        CollectionAssert.AreEqual(new[] { 1f, -2f, 3f, 0f }, outputs["y"].As<float>());
        CollectionAssert.AreEqual(new[] { -1f, 2f, -3f, -0f }, outputs["z"].As<float>());
    }

    [TestMethod]
    public void Prepare_FunctionThatCallsItself_IsRefused()
    {
        var model = TestModels.Opset(17).Import("local", 1).Input("x", 4).Node("A", ["x"], ["y"], n => Local(n)).Output("y").Edit(m => m.Functions.AddRange([
            Function("A", ["a"], ["b"], Local(NodeAttributes.Node("B", "", ["a"], "b"))),
            Function("B", ["a"], ["b"], Local(NodeAttributes.Node("A", "", ["a"], "b")))])).Build();

        var error = Assert.ThrowsExactly<QuantizeException>(() => ModelPreparation.Prepare(model));

        Assert.AreEqual(DiagnosticCodes.ModelInvalid, error.Diagnostics[0].Code);
        Assert.Contains("calls itself", error.Message);
    }

    [TestMethod]
    [Timeout(60_000, CooperativeCancellation = true)]
    public void Prepare_FunctionsThatDoubleSixtyTimes_AreRefusedBeforeTheyFillMemory()
    {
        var model = TestModels.Opset(17).Import("local", 1).Input("x", 4).Node("F60", ["x"], ["y"], n => Local(n)).Output("y").Edit(m =>
        {
            m.Functions.Add(Function("F0", ["a"], ["b"], NodeAttributes.Node("Neg", "", ["a"], "b")));
            for (var i = 1; i <= 60; i++)
                m.Functions.Add(Function($"F{i}", ["a"], ["b"], Local(NodeAttributes.Node($"F{i - 1}", "", ["a"], "c")), Local(NodeAttributes.Node($"F{i - 1}", "", ["c"], "b"))));
        }).Build();
        var before = GC.GetTotalAllocatedBytes();

        var error = Assert.ThrowsExactly<QuantizeException>(() => ModelPreparation.Prepare(model));

        Assert.AreEqual(DiagnosticCodes.ModelTooLarge, error.Diagnostics[0].Code);
        Assert.IsLessThan(8L << 30, GC.GetTotalAllocatedBytes() - before);
    }

    private static void Functions(ModelProto model)
    {
        var activation = Function("Activation", ["a"], ["b"], NodeAttributes.Node("LeakyRelu", "", ["a"], "b"));
        activation.Node[0].Attribute.Add(new AttributeProto { Name = "alpha", Type = AttributeType.Float, RefAttrName = "slope" });
        activation.Attribute.Add("slope");
        var inner = Local(NodeAttributes.Node("Activation", "activation", ["t"], "r"));
        inner.Attribute.Add(new AttributeProto { Name = "slope", Type = AttributeType.Float, RefAttrName = "slope" });
        var block = Function("Block", ["data", "weights", "bias"], ["r"],
            NodeAttributes.Node("Conv", "conv", ["data", "weights", "bias"], "t").With("pads", 1, 1, 1, 1), inner);
        block.AttributeProto.Add(new AttributeProto { Name = "slope", Type = AttributeType.Float, F = 0 });
        var choose = Function("Choose", ["a", "c"], ["b"], NodeAttributes.Node("If", "", ["c"], "b"));
        choose.Node[0].Attribute.AddRange([
            Body("then_branch", TestModels.Opset(17).Floats("k", [1, 2, 3, 4], 4).Node("Add", ["a", "k"], ["t"]).Node("Neg", ["t"], ["u"]).Output("u").BuildGraph()),
            Body("else_branch", TestModels.Opset(17).Node("Activation", ["a"], ["t"], n => Local(n)).Output("t").BuildGraph())]);
        model.Functions.AddRange([block, activation, choose]);
    }

    private static FunctionProto Function(string name, string[] inputs, string[] outputs, params NodeProto[] nodes) =>
        new() { Domain = "local", Name = name, Input = { inputs }, Output = { outputs }, Node = { nodes }, OpsetImport = { new OperatorSetIdProto { Domain = "", Version = 17 }, new OperatorSetIdProto { Domain = "local", Version = 1 } } };

    private static NodeProto Local(NodeProto node)
    {
        node.Domain = "local";
        return node;
    }

    private static AttributeProto Body(string name, GraphProto body) => new() { Name = name, Type = AttributeType.Graph, G = body };
}
