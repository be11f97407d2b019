using Google.Protobuf;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization;
using QuantizeTasks.Quantization.Preparation;
using QuantizeTasks.Tests.Quantization;
using DataType = QuantizeTasks.Onnx.Proto.TensorProto.Types.DataType;

namespace QuantizeTasks.Tests.Preparation;

[TestClass]
public class HalfPrecisionTests
{
    [TestMethod]
    public void Prepare_Float16Model_ComputesInFloat32BehindTheSameInterface()
    {
        var model = Network().Build();
        var prepared = ModelPreparation.Prepare(model);

        Assert.AreEqual((int)DataType.Float16, prepared.Model.Proto.Graph.Input.Single().Type.TensorType.ElemType);
        Assert.AreEqual((int)DataType.Float16, prepared.Model.Proto.Graph.Output.Single().Type.TensorType.ElemType);
        CollectionAssert.AreEqual(new[] { "x" }, prepared.Model.Graph.Inputs.ToArray());
        CollectionAssert.AreEqual(new[] { "y" }, prepared.Model.Graph.Outputs.ToArray());
        Assert.IsEmpty(prepared.Model.Graph.Nodes.Where(n => n.OpType == "BatchNormalization"), "folded, which only floats are");
        Assert.AreEqual(2, prepared.Model.Graph.Nodes.Count(n => n.OpType == "Cast"), "one behind the input, one before the output");
        // Half precision rounds to 11 bits at every operator; the original does so several times, this one at its end.
        TestRuns.AssertEquivalent(model, prepared.Model, 5e-3);
    }

    [TestMethod]
    public void Build_Float16Model_RunsInInt8AndTakesTheSameTensors()
    {
        var model = new QuantizedTestModel(Network());

        Assert.IsGreaterThanOrEqualTo(2, model.Optimized().Operators.Count(o => o.OperatorType == "QLinearConv"));
        Assert.IsLessThan(0.05, model.RelativeError(Configuration.FullyQuantized));
        using var session = ModelSession.Create(model.Variants.Build(Configuration.FullyQuantized), "int8");
        Assert.AreEqual(typeof(Microsoft.ML.OnnxRuntime.Float16), session.Inputs.Single().ElementType);
        Assert.AreEqual(typeof(Microsoft.ML.OnnxRuntime.Float16), session.Outputs.Single().ElementType);
    }

    [TestMethod]
    public void Lift_MixedPrecision_LeavesNoConversionsInside()
    {
        var model = TestModels.Opset(17).Input("x", 1, 8, 6, 6).Initializer(Halves("w", 8, 8, 1, 1)).Random("v", 8, 8, 1, 1)
            .Node("Cast", ["x"], ["xh"], n => n.With("to", (long)DataType.Float16)).Node("Conv", ["xh", "w"], ["c"])
            .Node("Cast", ["c"], ["cf"], n => n.With("to", (long)DataType.Float)).Node("Conv", ["cf", "v"], ["y"]).Output("y").Build();

        var prepared = ModelPreparation.Prepare(model);

        CollectionAssert.AreEqual(new[] { "Conv", "Conv" }, prepared.Model.Graph.Nodes.Select(n => n.OpType).ToArray());
        TestRuns.AssertEquivalent(model, prepared.Model, 5e-3);
    }

    [TestMethod]
    public void Lift_BodiesThatCaptureHalves_ComputeTheSame()
    {
        GraphProto Branch(string type, string name)
        {
            var body = new GraphProto { Name = name };
            body.Initializer.Add(Halves($"k_{name}", 4));
            body.Node.Add(NodeAttributes.Node(type, name, ["x", $"k_{name}"], $"o_{name}"));
            body.Output.Add(TestModels.Value($"o_{name}", DataType.Float16, [4]));
            return body;
        }
        var model = TestModels.Opset(17).Input("x", DataType.Float16, 4).Input("condition", DataType.Bool)
            .Node("If", ["condition"], ["s"], n => n.Attribute.AddRange([Attribute("then_branch", Branch("Add", "a")), Attribute("else_branch", Branch("Mul", "b"))]))
            .Node("Add", ["s", "x"], ["y"]).Output("y", DataType.Float16, 4).Output("x", DataType.Float16, 4).Build();

        var prepared = ModelPreparation.Prepare(model);

        Assert.AreEqual(0, ModelTensors.In(prepared.Model.Proto).Count(t => t.Tensor.DataType == (int)DataType.Float16));
        TestRuns.AssertEquivalent(model, prepared.Model, 5e-3);
    }

    [TestMethod]
    public void Lift_OutputThatIsAnInitializer_KeepsItsTypeAndName()
    {
        var model = TestModels.Opset(17).Input("x", DataType.Float16, 4).Initializer(Halves("w", 4)).Node("Add", ["x", "w"], ["y"]).Output("w", DataType.Float16, 4).Output("y", DataType.Float16, 4).Build();

        TestRuns.AssertEquivalent(model, ModelPreparation.Prepare(model).Model, 5e-3);
    }

    [TestMethod]
    [DataRow(false, 0x3C00, 1f)]
    [DataRow(false, 0x0001, 5.9604645e-8f)]
    [DataRow(false, 0x7BFF, 65504f)]
    [DataRow(false, 0xFC00, float.NegativeInfinity)]
    [DataRow(true, 0x3F80, 1f)]
    [DataRow(true, 0xC049, -3.140625f)]
    [DataRow(true, 0x7F7F, 3.38953139e38f)]
    public void HalvesToFloats_BitsOfTheStandard_HaveTheirValue(bool isBrain, int bits, float expected)
    {
        var type = (int)(isBrain ? DataType.Bfloat16 : DataType.Float16);
        var raw = new TensorProto { DataType = type, Dims = { 1 }, RawData = ByteString.CopyFrom(BitConverter.GetBytes((ushort)bits)) };
        var typed = new TensorProto { DataType = type, Dims = { 1 }, Int32Data = { bits } };

        Assert.AreEqual(expected, raw.HalvesToFloats().Single());
        Assert.AreEqual(expected, typed.HalvesToFloats().Single());
    }

    [TestMethod]
    public void Run_FloatDataForHalfInputs_IsRoundedAsTheRuntimeDoes()
    {
        var values = TestModels.RandomFloats("data", [4096], 0, 100).Concat([float.PositiveInfinity, 1e-8f, 0f, -0f, 65504f]).ToArray();
        var data = new Dictionary<string, Tensor> { ["x"] = Tensor.Create(values, values.Length) };
        foreach (var type in new[] { DataType.Float16, DataType.Bfloat16 })
        {
            var fed = TestModels.Opset(17).Input("x", type, values.Length).Node("Cast", ["x"], ["y"], n => n.With("to", (long)DataType.Float)).Output("y").Build();
            var cast = TestModels.Opset(17).Input("x", values.Length).Node("Cast", ["x"], ["h"], n => n.With("to", (long)type))
                .Node("Cast", ["h"], ["y"], n => n.With("to", (long)DataType.Float)).Output("y").Build();

            CollectionAssert.AreEqual(TestRuns.Run(cast, data)["y"].As<float>(), TestRuns.Run(fed, data)["y"].As<float>(), type.ToString());
        }
    }

    [TestMethod]
    public void Run_ValueTooLargeForFloat16_IsAnErrorNotAnInfinity()
    {
        var model = TestModels.Opset(17).Input("x", DataType.Float16, 2).Node("Neg", ["x"], ["y"]).Output("y", DataType.Float16).Build();

        var error = Assert.ThrowsExactly<QuantizeException>(() => TestRuns.Run(model, new Dictionary<string, Tensor> { ["x"] = Tensor.Create([1f, 70000f], 2) }));

        Assert.AreEqual(DiagnosticCodes.ShapeMismatch, error.Diagnostics[0].Code);
        Assert.Contains("70000", error.Message);
    }

    [TestMethod]
    public void Lift_OperatorOfAnUnknownSet_LeavesTheModelAsItIs()
    {
        var model = TestModels.Opset(17).Import("custom", 1).Input("x", DataType.Float16, 4).Initializer(Halves("w", 4)).Node("Add", ["x", "w"], ["t"])
            .Node("Strange", ["t"], ["y"], n => n.Domain = "custom").Output("y", DataType.Float16, 4).Build();
        var before = model.ToBytes();

        HalfPrecision.Lift(model);

        CollectionAssert.AreEqual(before, model.ToBytes());
    }

    private static TestModels Network() => TestModels.Opset(17).Input("x", DataType.Float16, 1, 16, 12, 12).Initializer(Halves("w1", 16, 16, 3, 3)).Initializer(Halves("w2", 16, 16, 3, 3))
        .Initializer(Halves("s", 16)).Initializer(Halves("b", 16)).Initializer(Halves("m", 16)).Initializer(Ones("v", 16))
        .Node("Conv", ["x", "w1"], ["c1"], n => n.With("pads", 1, 1, 1, 1)).Node("BatchNormalization", ["c1", "s", "b", "m", "v"], ["n1"]).Node("Relu", ["n1"], ["r1"])
        .Node("Conv", ["r1", "w2"], ["c2"], n => n.With("pads", 1, 1, 1, 1)).Node("Relu", ["c2"], ["y"]).Output("y", DataType.Float16);

    private static AttributeProto Attribute(string name, GraphProto body) => new() { Name = name, Type = AttributeProto.Types.AttributeType.Graph, G = body };

    private static TensorProto Ones(string name, int count) => Halves(name, Enumerable.Repeat(1f, count), count);

    private static TensorProto Halves(string name, params long[] dims) =>
        Halves(name, TestModels.RandomFloats(name, dims, 0, (float)(1 / Math.Sqrt(Math.Max(1, dims.Skip(1).Aggregate(1L, (a, b) => a * b))))), dims);

    private static TensorProto Halves(string name, IEnumerable<float> values, params long[] dims) =>
        new() { Name = name, DataType = (int)DataType.Float16, Dims = { dims }, RawData = ByteString.CopyFrom([.. values.SelectMany(v => BitConverter.GetBytes((Half)v))]) };
}
