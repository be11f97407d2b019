using QuantizeTasks.Inference;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Preparation;
using DataType = QuantizeTasks.Onnx.Proto.TensorProto.Types.DataType;

namespace QuantizeTasks.Tests.Onnx;

[TestClass]
public sealed class SubModelTests
{
    /// <summary>x -> Conv -> Relu (r) -> Conv (c) -> Add r (a) -> Relu (y), and z = Neg(r), which y does not need.</summary>
    private static OnnxModel Residual() => TestModels.Opset(13).Input("x", 1, 3, 6, 6).Random("w1", 4, 3, 3, 3).Random("w2", 4, 4, 1, 1)
        .Named("first", "Conv", ["x", "w1"], ["p"]).Named("relu", "Relu", ["p"], ["r"]).Named("second", "Conv", ["r", "w2"], ["c"])
        .Named("sum", "Add", ["c", "r"], ["a"]).Named("last", "Relu", ["a"], ["y"]).Named("other", "Neg", ["r"], ["z"]).Output("y").Output("z").Build();

    [TestMethod]
    public void Between_PrefixAndSuffix_ComputeTogetherWhatTheWholeComputes()
    {
        var model = Residual();
        var tensors = TensorCatalogue.Of(model);
        var prefix = SubModel.Between(model, ["x"], ["r"], tensors.Find);
        var suffix = SubModel.Between(model, ["r"], ["y"], tensors.Find);
        var x = Tensor.Create(TestModels.RandomFloats("data", [1, 3, 6, 6]), 1, 3, 6, 6);

        var whole = Run(model, ("x", x))["y"].As<float>();
        var middle = Run(prefix, ("x", x))["r"];
        var found = Run(suffix, ("r", middle))["y"].As<float>();
        for (var i = 0; i < whole.Length; i++)
            Assert.AreEqual(whole[i], found[i], 1e-5, "but for what the runtime fuses across the cut");
        CollectionAssert.AreEqual(new[] { "first", "relu" }, prefix.Graph.Nodes.Select(n => n.Name).ToArray());
        CollectionAssert.AreEqual(new[] { "second", "sum", "last" }, suffix.Graph.Nodes.Select(n => n.Name).ToArray());
        CollectionAssert.AreEqual(new[] { "w2" }, suffix.Graph.Initializers.Select(i => i.Name).ToArray());
    }

    [TestMethod]
    public void Between_OpenExtentAndTypes_AreStatedAsKnown()
    {
        var model = TestModels.Opset(13).Input("x", -1, 4).Node("Relu", ["x"], ["r"]).Node("Cast", ["r"], ["i"], n => n.With("to", (long)DataType.Int64)).Node("Neg", ["i"], ["y"]).Output("y", DataType.Int64).Build();
        var tensors = TensorCatalogue.Of(model);

        var input = SubModel.Between(model, ["i"], ["y"], tensors.Find).Proto.Graph.Input.Single();
        Assert.AreEqual((int)DataType.Int64, input.Type.TensorType.ElemType);
        Assert.HasCount(2, input.Type.TensorType.Shape.Dim);
        Assert.IsFalse(input.Type.TensorType.Shape.Dim[0].HasDimValue);
        Assert.AreEqual(4, input.Type.TensorType.Shape.Dim[1].DimValue);
        Assert.AreEqual("x_0", SubModel.Between(model, ["x"], ["r"], tensors.Find).Proto.Graph.Input.Single().Type.TensorType.Shape.Dim[0].DimParam, "an input of the model keeps the names of its extents");
    }

    [TestMethod]
    public void Between_Initializers_AreSharedAndNodesAreNot()
    {
        var model = Residual();
        var part = SubModel.Between(model, ["x"], ["c"], TensorCatalogue.Of(model).Find);
        Assert.AreSame(model.Graph.Initializers.First(i => i.Name == "w2"), part.Graph.Initializers.First(i => i.Name == "w2"));
        Assert.AreEqual(model.Graph.Nodes[0], part.Graph.Nodes[0]);
        Assert.AreNotSame(model.Graph.Nodes[0], part.Graph.Nodes[0]);
    }

    [TestMethod]
    public void Between_InitializerAmongTheInputs_IsFedInstead()
    {
        var model = Residual();
        var part = SubModel.Between(model, ["r", "w2"], ["c"], TensorCatalogue.Of(model).Find);
        Assert.IsEmpty(part.Graph.Initializers);
        var r = Tensor.Create(TestModels.RandomFloats("r", [1, 4, 4, 4]), 1, 4, 4, 4);
        var w = Tensor.Create(new float[16], 4, 4, 1, 1);
        Assert.IsTrue(Run(part, ("r", r), ("w2", w))["c"].As<float>().All(v => v == 0));
    }

    [TestMethod]
    public void Between_BodiesOfControlFlow_KeepWhatTheyReadFromOutside()
    {
        var then = TestModels.Opset(13).Node("Mul", ["r", "factor"], ["t"]).Output("t").BuildGraph();
        var otherwise = TestModels.Opset(13).Node("Add", ["r", "q"], ["e"]).Output("e").BuildGraph();
        var model = TestModels.Opset(13).Input("x", 3).Input("c", DataType.Bool).Floats("factor", [2, 3, 4], 3).Floats("idle", [1], 1)
            .Node("Neg", ["x"], ["r"]).Node("Relu", ["x"], ["q"])
            .Node("If", ["c"], ["y"], n => n.Attribute.AddRange([Body("then_branch", then), Body("else_branch", otherwise)])).Output("y").Build();
        var tensors = TensorCatalogue.Of(model);
        var yes = Tensor.Create(new[] { true });

        var part = SubModel.Between(model, ["r", "q", "c"], ["y"], tensors.Find);
        CollectionAssert.AreEqual(new[] { "factor" }, part.Graph.Initializers.Select(i => i.Name).ToArray());
        var y = Run(part, ("r", Tensor.Create(new float[] { 1, 1, 1 }, 3)), ("q", Tensor.Create(new float[3], 3)), ("c", yes))["y"];
        CollectionAssert.AreEqual(new float[] { 2, 3, 4 }, y.As<float>());
        var e = Assert.ThrowsExactly<ArgumentException>(() => SubModel.Between(model, ["r", "c"], ["y"], tensors.Find));
        StringAssert.Contains(e.Message, "'x'", "the else branch reads q, which needs x");
    }

    [TestMethod]
    public void Between_NodeOfWhichOneOutputIsFed_KeepsTheOtherOne()
    {
        var model = TestModels.Opset(13).Input("x", 4, 2).Node("Split", ["x"], ["a", "b"], n => n.With("axis", 0L)).Node("Neg", ["a"], ["n"]).Node("Add", ["n", "b"], ["y"]).Output("y").Build();
        var part = SubModel.Between(model, ["x", "a"], ["y"], TensorCatalogue.Of(model).Find);
        var x = Tensor.Create(new float[] { 1, 2, 3, 4, 5, 6, 7, 8 }, 4, 2);
        var y = Run(part, ("x", x), ("a", Tensor.Create(new float[4], 2, 2)))["y"];
        CollectionAssert.AreEqual(new float[] { 5, 6, 7, 8 }, y.As<float>(), "b comes from the Split, and a is what is fed");
    }

    [TestMethod]
    public void Between_OutputThatDoesNotDependAsAsked_IsAnError()
    {
        var model = TestModels.Opset(13).Input("x", 2).Input("v", 2).Floats("k", [1, 2], 2).Node("Add", ["x", "v"], ["s"]).Node("Neg", ["k"], ["constant"]).Node("Relu", ["s"], ["y"]).Output("y").Output("constant").Build();
        var find = TensorCatalogue.Of(model).Find;
        StringAssert.Contains(Error(["x"], ["y"]), "also depend on 'v'");
        StringAssert.Contains(Error(["x"], ["constant"]), "'constant' does not depend on any of 'x'");
        StringAssert.Contains(Error(["s", "x"], ["y"]), "No output depends on 'x'");
        StringAssert.Contains(Error(["s"], ["s"]), "nothing lies between");
        StringAssert.Contains(Error(["nothing"], ["y"]), "does not depend on any");
        StringAssert.Contains(Error(["s", "s"], ["y"]), "twice");
        StringAssert.Contains(Error([], ["y"]), "at least one");
        StringAssert.Contains(Assert.ThrowsExactly<ArgumentException>(() => SubModel.Between(model, ["s"], ["y"])).Message, "not known", "nobody states the type of s");

        string Error(string[] inputs, string[] outputs) => Assert.ThrowsExactly<ArgumentException>(() => SubModel.Between(model, inputs, outputs, find)).Message;
    }

    [TestMethod]
    public void Between_EverySingleTensorOfACase_GivesPartsThatTheRuntimeAcceptsAndThatAgree()
    {
        var prepared = ModelPreparation.Prepare(OnnxModel.Load(Cases.Model("cifar10_resnet8")));
        var graph = prepared.Model.Graph;
        var input = prepared.Model.Proto.Graph.Input.Single();
        int[] shape = [.. prepared.Tensors.Shape(input.Name)!.Select(d => Math.Max(1, d))];
        var data = Tensor.Create(TestModels.RandomFloats("image", [.. shape.Select(d => (long)d)], 100, 40), shape);
        var output = graph.Outputs.First();
        var expected = Run(prepared.Model, (input.Name, data))[output].As<float>();
        var cuts = 0;
        foreach (var cut in graph.Nodes.SelectMany(n => n.Output).Where(t => t != output))
        {
            OnnxModel suffix;
            try
            {
                suffix = SubModel.Between(prepared.Model, [cut], [output], prepared.Tensors.Find);
            }
            catch (ArgumentException)
            {
                continue; // a way around the tensor
            }
            var prefix = SubModel.Between(prepared.Model, [input.Name], [cut], prepared.Tensors.Find);
            Assert.HasCount(graph.Nodes.Count, [.. prefix.Graph.Nodes, .. suffix.Graph.Nodes], cut);
            var found = Run(suffix, (cut, Run(prefix, (input.Name, data))[cut]))[output].As<float>();
            for (var i = 0; i < expected.Length; i++)
                Assert.AreEqual(expected[i], found[i], 1e-4f * Math.Max(1, Math.Abs(expected[i])), $"{cut}[{i}]");
            cuts++;
        }
        Assert.IsGreaterThan(8, cuts);
    }

    private static AttributeProto Body(string name, GraphProto graph) => new() { Name = name, Type = AttributeProto.Types.AttributeType.Graph, G = graph };

    private static IReadOnlyDictionary<string, Tensor> Run(OnnxModel model, params (string Name, Tensor Value)[] inputs)
    {
        // Parsing validates what was put together.
        var bytes = OnnxModel.Parse(model.ToBytes(), "part").ToBytes();
        using var session = ModelSession.Create(bytes, "part");
        return session.Run(inputs.ToDictionary(i => i.Name, i => i.Value));
    }
}
