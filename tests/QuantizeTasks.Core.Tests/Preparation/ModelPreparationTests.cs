using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Preparation;
using DataType = QuantizeTasks.Onnx.Proto.TensorProto.Types.DataType;

namespace QuantizeTasks.Tests.Preparation;

[TestClass]
public class ModelPreparationTests
{
    [TestMethod]
    public void Prepare_ConstantNodesOfEveryKind_AreInitializers()
    {
        var model = TestModels.Opset(13).Input("x", 2, 3)
            .Node("Constant", [], ["a"], n => n.Attribute.Add(new AttributeProto { Name = "value", Type = AttributeProto.Types.AttributeType.Tensor, T = TensorData.Floats("", [1, 2, 3], 3) }))
            .Node("Constant", [], ["b"], n => n.With("value_float", 0.5f))
            .Node("Constant", [], ["c"], n => n.Attribute.Add(new AttributeProto { Name = "value_floats", Type = AttributeProto.Types.AttributeType.Floats, Floats = { 4, 5, 6 } }))
            .Node("Constant", [], ["axis"], n => n.With("value_int", 1L))
            .Node("Constant", [], ["shape"], n => n.With("value_ints", 3, 2))
            .Node("Add", ["x", "a"], ["t1"]).Node("Mul", ["t1", "b"], ["t2"]).Node("Sub", ["t2", "c"], ["t3"])
            .Node("CumSum", ["t3", "axis"], ["t4"]).Node("Reshape", ["t4", "shape"], ["y"]).Output("y").Build();

        var prepared = Prepare(model);

        AssertOps(prepared, "Add", "Mul", "Sub", "CumSum", "Reshape");
        CollectionAssert.AreEquivalent(new[] { "a", "b", "c", "axis", "shape" }, prepared.Graph.Initializers.Select(i => i.Name).ToArray());
    }

    [TestMethod]
    public void Prepare_ConstantThatIsAnOutput_KeepsItsValue()
    {
        var model = TestModels.Opset(13).Input("x", 2).Node("Constant", [], ["k"], n => n.With("value_float", 0.5f)).Node("Mul", ["x", "k"], ["y"]).Output("y").Output("k").Build();

        Prepare(model);
    }

    [TestMethod]
    public void Prepare_InitializersListedAsInputs_ArePlain()
    {
        var model = TestModels.Opset(13, irVersion: 3).Input("x", 1, 3, 4, 4).Input("w", 2, 3, 3, 3).Random("w", 2, 3, 3, 3).Node("Conv", ["x", "w"], ["y"]).Output("y").Build();

        var prepared = ModelPreparation.Prepare(model).Model;

        CollectionAssert.AreEqual(new[] { "x" }, prepared.Proto.Graph.Input.Select(i => i.Name).ToArray());
        Assert.IsGreaterThanOrEqualTo(4, prepared.Proto.IrVersion);
        var inputs = new Dictionary<string, Tensor> { ["x"] = Tensor.Create(TestModels.RandomFloats("x", [1, 3, 4, 4]), 1, 3, 4, 4), ["w"] = Tensor.Create(TestModels.RandomFloats("w", [2, 3, 3, 3], 0, (float)(1 / Math.Sqrt(27))), 2, 3, 3, 3) };
        TestRuns.AssertEqual(TestRuns.Run(model, inputs), TestRuns.Run(prepared, inputs), 0);
    }

    [TestMethod]
    public void Prepare_NodesWithoutOrWithEqualNames_GetNamesOfTheirOwn()
    {
        var model = TestModels.Opset(13).Input("x", 2).Node("Relu", ["x"], ["a"]).Named("n", "Neg", ["a"], ["b"]).Named("n", "Abs", ["b"], ["c"]).Named("Relu_a", "Exp", ["c"], ["y"]).Output("y").Build();

        // ONNX Runtime rejects the original for its two nodes of one name.
        var names = ModelPreparation.Prepare(model).Model.Graph.Nodes.Select(n => n.Name).ToArray();

        CollectionAssert.AreEqual(new[] { "Relu_a_1", "n", "n_1", "Relu_a" }, names);
    }

    [TestMethod]
    public void Prepare_IdentityAndDropout_AreGone()
    {
        var model = TestModels.Opset(13).Input("x", 2, 3).Floats("ratio", [0.5f]).Initializer(Bool("training", false)).Random("w", 3, 3)
            .Node("Identity", ["w"], ["tied"]).Node("MatMul", ["x", "tied"], ["a"]).Node("Dropout", ["a", "ratio", "training"], ["d", "mask"])
            .Node("Dropout", ["d"], ["e"]).Node("Relu", ["e"], ["r"]).Node("Identity", ["r"], ["y"]).Output("y").Build();

        // The last one stays: it is what gives the output its name.
        AssertOps(Prepare(model), "MatMul", "Relu", "Identity");
    }

    [TestMethod]
    public void Prepare_DropoutWhoseMaskIsRead_Stays()
    {
        var model = TestModels.Opset(13).Input("x", 2, 3).Node("Dropout", ["x"], ["d", "mask"]).Node("Relu", ["d"], ["y"]).Output("y").Output("mask", DataType.Bool).Build();

        AssertOps(Prepare(model), "Dropout", "Relu");
    }

    [TestMethod]
    public void Prepare_IdentityReadInsideABody_IsReadAround()
    {
        var then = TestModels.Opset(13).Node("Neg", ["i"], ["t"]).Output("t").BuildGraph();
        var otherwise = TestModels.Opset(13).Node("Abs", ["i"], ["e"]).Output("e").BuildGraph();
        var model = TestModels.Opset(13).Input("x", 2).Input("condition", DataType.Bool, 1).Node("Identity", ["x"], ["i"])
            .Node("If", ["condition"], ["y"], n => n.Attribute.AddRange([Body("then_branch", then), Body("else_branch", otherwise)])).Output("y").Build();

        AssertOps(Prepare(model), "If");
        TestRuns.AssertEquivalent(model, Prepare(model));
    }

    [TestMethod]
    public void Prepare_ConstantsReadOnlyInsideABody_AreKept()
    {
        var then = TestModels.Opset(13).Node("Mul", ["c", "k"], ["t"]).Output("t").BuildGraph();
        var otherwise = TestModels.Opset(13).Node("Add", ["c", "folded"], ["e"]).Output("e").BuildGraph();
        var model = TestModels.Opset(13).Input("x", 1, 2, 3, 3).Input("condition", DataType.Bool, 1).Random("w", 2, 2, 1, 1).Uniform("s", 1, 2, 2).Floats("two", [2])
            .Node("Constant", [], ["k"], n => n.With("value_float", 0.5f)).Node("Neg", ["two"], ["folded"]).Node("Conv", ["x", "w"], ["c"]).Node("BatchNormalization", ["c", "s", "s", "s", "s"], ["n"])
            .Node("If", ["condition"], ["i"], n => n.Attribute.AddRange([Body("then_branch", then), Body("else_branch", otherwise)])).Output("i").Output("n").Build();

        var prepared = Prepare(model);

        AssertOps(prepared, "Conv", "BatchNormalization", "If");
        Assert.IsTrue(prepared.Graph.IsInitializer("k") && prepared.Graph.IsInitializer("folded"));
    }

    [TestMethod]
    public void Prepare_TransposedAndScaledWeight_IsFolded()
    {
        var model = TestModels.Opset(13).Input("x", 2, 3).Random("w", 4, 3).Floats("s", [2]).Node("Transpose", ["w"], ["t"]).Node("Mul", ["t", "s"], ["m"]).Node("MatMul", ["x", "m"], ["y"]).Output("y").Build();

        var prepared = Prepare(model);

        AssertOps(prepared, "MatMul");
        CollectionAssert.AreEqual(new[] { "m" }, prepared.Graph.Initializers.Select(i => i.Name).ToArray());
    }

    [TestMethod]
    public void Prepare_ShapeArithmeticOfFixedShape_IsFolded()
    {
        // Reshape(x, [Shape(x)[0], -1]) as PyTorch writes x.view(x.size(0), -1); the second Shape is only known after the first Reshape is.
        TestModels View(TestModels m) => m.Int64s("zero", [0]).Int64s("minus", [-1])
            .Node("Shape", ["x"], ["s"]).Node("Gather", ["s", "zero"], ["g"]).Node("Concat", ["g", "minus"], ["c"], n => n.With("axis", 0L)).Node("Reshape", ["x", "c"], ["r"])
            .Node("Shape", ["r"], ["s2"]).Node("Expand", ["r", "s2"], ["y"]).Output("y");

        AssertOps(Prepare(View(TestModels.Opset(13).Input("x", 2, 3, 4)).Build()), "Reshape", "Expand");
        AssertOps(Prepare(View(TestModels.Opset(13).Input("x", -1, 3, 4)).Build()), "Shape", "Gather", "Concat", "Reshape", "Shape", "Expand");
    }

    [TestMethod]
    public void Prepare_ShapeWithStartAndEnd_IsFoldedAsTheRuntimeDoes()
    {
        foreach (var (start, end) in new (long, long?)[] { (1, null), (-2, null), (0, -1), (1, 2), (-9, 9), (2, 1) })
        {
            var model = TestModels.Opset(15, irVersion: 8).Input("x", 2, 3, 4).Node("Shape", ["x"], ["s"], n => { n.With("start", start); if (end is { } e) n.With("end", e); })
                .Node("Cast", ["s"], ["f"], n => n.With("to", 1L)).Node("ReduceSum", ["f"], ["r"]).Node("Add", ["r", "x"], ["y"]).Output("y").Build();

            AssertOps(Prepare(model), "Add");
        }
    }

    [TestMethod]
    [DataRow("ConstantOfShape")]
    [DataRow("Expand")]
    [DataRow("Tile")]
    public void Prepare_SmallConstantThatMakesALargeOne_IsNotFolded(string op)
    {
        var model = TestModels.Opset(13).Input("x", 1).Int64s("size", [4096, 4096]).Floats("f", [1, 2], 2, 1).Floats("g", [1, 2], 1, 2);
        model = op switch
        {
            "ConstantOfShape" => model.Node(op, ["size"], ["big"]),
            "Expand" => model.Int64s("shape", [2, 9000000]).Node(op, ["f", "shape"], ["big"]),
            _ => model.Int64s("repeats", [4096, 4096]).Node(op, ["f", "repeats"], ["big"]),
        };
        var built = model.Node("ReduceSum", ["big"], ["r"]).Node("Add", ["x", "r"], ["y"]).Output("y").Build();

        var prepared = ModelPreparation.Prepare(built).Model;

        Assert.AreEqual(op, prepared.Graph.Nodes[0].OpType);
        Assert.IsLessThan(10_000, prepared.ToBytes().Length);
    }

    [TestMethod]
    public void Prepare_AbsurdConstantOfShape_IsLeftAloneInNoTime()
    {
        var model = TestModels.Opset(13).Input("x", 1).Int64s("size", [1L << 40, 1L << 40, 1L << 40]).Node("ConstantOfShape", ["size"], ["big"]).Node("ReduceSum", ["big"], ["r"]).Node("Add", ["x", "r"], ["y"]).Output("y").Build();

        try
        {
            Assert.HasCount(3, ModelPreparation.Prepare(model).Model.Graph.Nodes);
        }
        catch (Diagnostics.QuantizeException e)
        {
            Assert.StartsWith("QTZ3", e.Diagnostics[0].Code);
        }
    }

    [TestMethod]
    public void Prepare_ManyDoublings_StayWithinTheBudget()
    {
        var model = TestModels.Opset(13).Input("x", 1).Random("c0", 1 << 16);
        for (var i = 0; i < 20; i++)
            model.Node("Neg", [$"c{i}"], [$"n{i}"]).Node("Concat", [$"c{i}", $"n{i}"], [$"c{i + 1}"], n => n.With("axis", 0L));
        var built = model.Node("ReduceSum", ["c20"], ["r"]).Node("Add", ["x", "r"], ["y"]).Output("y").Build();

        Assert.IsLessThan(64 << 20, ModelPreparation.Prepare(built).Model.ToBytes().Length);
    }

    [TestMethod]
    public void Prepare_RandomOpAndControlFlow_AreNotFolded()
    {
        var then = TestModels.Opset(13).Floats("one", [1], 1).Node("Neg", ["one"], ["t"]).Output("t").BuildGraph();
        var model = TestModels.Opset(13).Input("x", 1).Initializer(Bool("condition", true)).Floats("f", [1], 1)
            .Node("RandomNormalLike", ["f"], ["r"]).Node("If", ["condition"], ["i"], n => n.Attribute.AddRange([Body("then_branch", then), Body("else_branch", then.Clone())]))
            .Node("Add", ["x", "r"], ["a"]).Node("Add", ["a", "i"], ["y"]).Output("y").Build();

        AssertOps(ModelPreparation.Prepare(model).Model, "RandomNormalLike", "If", "Add", "Add");
    }

    [TestMethod]
    public void Prepare_NodesAndWeightsThatNothingReads_AreGone()
    {
        var model = TestModels.Opset(13).Input("x", 2).Random("unused", 9).Random("w", 2).Node("Add", ["x", "w"], ["d1"]).Node("Relu", ["d1"], ["d2"]).Node("Neg", ["x"], ["y"]).Output("y")
            .Edit(m => m.Graph.ValueInfo.Add(TestModels.Value("d1", DataType.Float, [2]))).Build();

        var prepared = Prepare(model);

        AssertOps(prepared, "Neg");
        Assert.IsEmpty(prepared.Graph.Initializers);
        Assert.IsEmpty(prepared.Proto.Graph.ValueInfo);
    }

    [TestMethod]
    public void Prepare_Catalogue_KnowsTypesAndOpenExtents()
    {
        var model = TestModels.Opset(13).Input("x", -1, 3, 8, 8).Random("w", 4, 3, 3, 3).Node("Conv", ["x", "w"], ["c"]).Node("ArgMax", ["c"], ["y"], n => n.With("axis", 1L)).Output("y", DataType.Int64).Build();

        var tensors = ModelPreparation.Prepare(model).Tensors;

        CollectionAssert.AreEqual(new[] { -1, 3, 8, 8 }, tensors.Shape("x")!.ToArray());
        CollectionAssert.AreEqual(new[] { 4, 3, 3, 3 }, tensors.Shape("w")!.ToArray());
        CollectionAssert.AreEqual(new[] { -1, 4, 6, 6 }, tensors.Shape("c")!.ToArray());
        Assert.IsTrue(tensors.IsFloat("c"));
        Assert.AreEqual(typeof(long), tensors.ElementType("y"));
        Assert.IsNull(tensors.Shape("nothing"));
    }

    [TestMethod]
    public void Prepare_Catalogue_TellsScalarFromUnknownRank()
    {
        var model = TestModels.Opset(13).Input("x", 2, 3).Input("shape", DataType.Int64, -1).Node("ReduceSum", ["x"], ["s"], n => n.With("keepdims", 0L))
            .Node("Reshape", ["x", "shape"], ["r"]).Node("Mul", ["r", "s"], ["y"]).Output("y").Build();

        var tensors = ModelPreparation.Prepare(model).Tensors;

        Assert.AreEqual(0, tensors.Rank("s"));
        Assert.IsNull(tensors.Rank("r"));
        Assert.IsTrue(tensors.IsFloat("r"));
    }

    private static void AssertOps(OnnxModel model, params string[] ops) => Assert.AreEqual(string.Join(" ", ops), string.Join(" ", Ops(model)));

    private static OnnxModel Prepare(OnnxModel model)
    {
        var prepared = ModelPreparation.Prepare(model).Model;
        TestRuns.AssertEquivalent(model, prepared, 1e-6);
        return prepared;
    }

    private static string[] Ops(OnnxModel model) => [.. model.Graph.Nodes.Select(n => n.OpType)];

    private static AttributeProto Body(string name, GraphProto graph) => new() { Name = name, Type = AttributeProto.Types.AttributeType.Graph, G = graph };

    private static TensorProto Bool(string name, bool value) => TensorData.From(name, Tensor.Create([value]))!;
}
