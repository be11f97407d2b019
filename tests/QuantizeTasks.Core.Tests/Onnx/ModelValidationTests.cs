using Google.Protobuf;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Preparation;
using DataType = QuantizeTasks.Onnx.Proto.TensorProto.Types.DataType;

namespace QuantizeTasks.Tests.Onnx;

[TestClass]
public class ModelValidationTests
{
    [TestMethod]
    public void Load_ValidModel_Passes() => Assert.HasCount(2, Parse(Good()).Graph.Nodes);

    [TestMethod]
    public void Load_NoFile_IsModelNotFound() =>
        Assert.AreEqual(DiagnosticCodes.ModelNotFound, Assert.ThrowsExactly<QuantizeException>(() => OnnxModel.Load("/nowhere/model.onnx")).Diagnostics[0].Code);

    [TestMethod]
    public void Load_EmptyFile_SaysThatThereIsNoGraph() => AssertInvalid("no graph", new ModelProto());

    [TestMethod]
    public void Parse_Garbage_IsUnreadable()
    {
        var bytes = "<html>404 not found</html>"u8.ToArray();

        Assert.AreEqual(DiagnosticCodes.ModelUnreadable, Assert.ThrowsExactly<QuantizeException>(() => OnnxModel.Parse(bytes, "m.onnx")).Diagnostics[0].Code);
    }

    [TestMethod]
    public void Validate_TwoNodesYieldOneTensor_NamesItAndTheSecondNode() => AssertInvalid("'c', which node 'again' (Neg) yields, is defined twice", Good().Edit(m => m.Graph.Node.Add(NodeAttributes.Node("Neg", "again", ["x"], "c"))));

    [TestMethod]
    public void Validate_NodeYieldsAnInitializer_IsAnError() => AssertInvalid("'w'", Good().Edit(m => m.Graph.Node.Add(NodeAttributes.Node("Neg", "again", ["x"], "w"))));

    [TestMethod]
    public void Validate_InputOrInitializerTwice_IsAnError()
    {
        AssertInvalid("input 'x' occurs twice", Good().Input("x", 1));
        AssertInvalid("initializer 'w' occurs twice", Good().Floats("w", [1]));
    }

    [TestMethod]
    public void Validate_InitializerThatIsAnInput_IsAllowed() => Parse(Good().Input("w", 2, 1, 1, 1));

    [TestMethod]
    public void Validate_DanglingInput_NamesNodeAndTensor() => AssertInvalid("'dangling' (Add) reads 'missing'", Good().Named("dangling", "Add", ["y", "missing"], ["z"]));

    [TestMethod]
    public void Validate_DanglingOutput_IsNamed() => AssertInvalid("output 'nothing' is yielded by nothing", Good().Output("nothing"));

    [TestMethod]
    public void Validate_DanglingInputInABody_IsNamed()
    {
        var body = TestModels.Opset(13).Named("inside", "Add", ["x", "missing"], ["z"]).Output("z").BuildGraph();

        AssertInvalid("'inside' (Add) reads 'missing'", Good().Named("if", "If", ["x"], ["i"], n => n.Attribute.Add(new AttributeProto { Name = "then_branch", G = body })));
    }

    [TestMethod]
    public void Validate_OutputTwice_IsAnError() => AssertInvalid("output 'y' is listed twice", Good().Output("y"));

    [TestMethod]
    public void Parse_BodiesNestedTooDeeply_IsUnreadable()
    {
        // protobuf's own writer would overflow the stack: wrap the innermost bytes by hand, length by length.
        var bytes = TestModels.Opset(13).Input("x", 1).Build().Proto.Graph.ToByteArray();
        for (var depth = 0; depth < 500; depth++)
            bytes = Field(1, [.. Field(4, "If"u8.ToArray()), .. Field(5, [.. Field(1, "then_branch"u8.ToArray()), .. Field(6, bytes)])]);

        Assert.AreEqual(DiagnosticCodes.ModelUnreadable, Assert.ThrowsExactly<QuantizeException>(() => OnnxModel.Parse(Field(7, bytes), "m.onnx")).Diagnostics[0].Code);

        static byte[] Field(int number, byte[] content)
        {
            using var stream = new MemoryStream();
            using var output = new CodedOutputStream(stream);
            output.WriteTag(number, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(content));
            output.Flush();
            return stream.ToArray();
        }
    }

    [TestMethod]
    public void Load_GitLfsPointer_SaysWhatToRun()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n");

            var diagnostic = Assert.ThrowsExactly<QuantizeException>(() => OnnxModel.Load(path)).Diagnostics.Single();

            Assert.AreEqual(DiagnosticCodes.ModelUnreadable, diagnostic.Code);
            Assert.Contains("git lfs pull", diagnostic.Message);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [TestMethod]
    public void Load_FileBeyondTheLimitOfProtobuf_AdvisesExternalData()
    {
        var path = Path.GetTempFileName();
        try
        {
            // A hole, which takes no room on the disk.
            using (var file = File.OpenWrite(path))
                file.SetLength(1L << 31);

            var diagnostic = Assert.ThrowsExactly<QuantizeException>(() => OnnxModel.Load(path)).Diagnostics.Single();

            Assert.AreEqual(DiagnosticCodes.ModelTooLarge, diagnostic.Code);
            Assert.Contains("external data", diagnostic.Message);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [TestMethod]
    public void Validate_Cycle_ListsItsNodes()
    {
        var model = Good().Named("a", "Add", ["x", "tc"], ["ta"]).Named("b", "Neg", ["ta"], ["tb"]).Named("c", "Neg", ["tb"], ["tc"]).Named("after", "Neg", ["tc"], ["td"]);

        AssertInvalid("node 'a' (Add) -> node 'b' (Neg) -> node 'c' (Neg) -> node 'a' (Add)", model);
        AssertInvalid("cycle: node 's' (Neg) -> node 's' (Neg)", Good().Named("s", "Neg", ["self"], ["self"]));
    }

    [TestMethod]
    public void Load_NodesOutOfOrder_AreSorted()
    {
        var model = TestModels.Opset(13).Input("x", 1).Named("second", "Neg", ["a"], ["y"]).Named("first", "Abs", ["x"], ["a"]).Output("y");

        CollectionAssert.AreEqual(new[] { "first", "second" }, Parse(model).Graph.Nodes.Select(n => n.Name).ToArray());
    }

    [TestMethod]
    public void Validate_DeepChain_DoesNotOverflowTheStack()
    {
        var model = TestModels.Opset(13).Input("t0", 1);
        for (var i = 0; i < 50_000; i++)
            model.Node("Neg", [$"t{i}"], [$"t{i + 1}"]);

        Assert.HasCount(50_000, Parse(model.Output("t50000")).Graph.Nodes);
    }

    [TestMethod]
    public void Validate_ManyReadersOfOneTensor_TakesNoQuadraticTime()
    {
        var model = TestModels.Opset(13).Input("x", 1);
        for (var i = 0; i < 100_000; i++)
            model.Node("Neg", ["x"], [$"t{i}"]);

        Assert.HasCount(100_000, Parse(model.Output("t1")).Graph.Consumers("x"));
    }

    [TestMethod]
    [DataRow(new long[] { 3 }, "take 12")]
    [DataRow(new long[] { -1 }, "negative extent -1")]
    [DataRow(new[] { long.MaxValue, long.MaxValue }, "more than can be")]
    [DataRow(new[] { 1L << 31, 0 }, "more than can be")]
    [DataRow(new[] { 1L << 30, 1L << 30, 1L << 30 }, "more than can be", DisplayName = "a product that does not fit 64 bits")]
    [DataRow(new[] { 1L << 20, 1L << 20 }, "take 4398046511104")]
    public void Validate_ExtentsThatDoNotFitTheBytes_AreAnError(long[] dims, string message)
    {
        var tensor = TensorData.Floats("bad", [1, 2], dims);

        AssertInvalid(message, Good().Initializer(tensor));
        AssertInvalid("attribute 'value' of node 'k'", Good().Named("k", "Constant", [], ["k"], n => n.Attribute.Add(new AttributeProto { Name = "value", T = tensor })));
    }

    [TestMethod]
    public void Validate_TypedFields_AreCounted()
    {
        AssertInvalid("has 1 values", Good().Initializer(new TensorProto { Name = "bad", DataType = (int)DataType.Float, Dims = { 2 }, FloatData = { 1 } }));
        AssertInvalid("has 0 values", Good().Initializer(new TensorProto { Name = "bad", DataType = (int)DataType.Int8, Dims = { 2 } }));
        Parse(Good().Initializer(new TensorProto { Name = "fine", DataType = (int)DataType.Uint32, Dims = { 2 }, Uint64Data = { 1, 2 } })
            .Initializer(new TensorProto { Name = "empty", DataType = (int)DataType.Float, Dims = { 2, 0 } })
            .Initializer(new TensorProto { Name = "nibbles", DataType = (int)DataType.Int4, Dims = { 3 }, RawData = ByteString.CopyFrom(1, 2) }));
    }

    [TestMethod]
    public void Validate_UnknownElementType_IsAnError() => AssertInvalid("element type 99", Good().Initializer(new TensorProto { Name = "bad", DataType = 99 }));

    [TestMethod]
    public void Validate_ManyProblems_AreReportedTogetherButBounded()
    {
        var model = Good();
        for (var i = 0; i < 50; i++)
            model.Node("Neg", [$"missing{i}"], [$"t{i}"]);

        Assert.HasCount(10, Assert.ThrowsExactly<QuantizeException>(() => Parse(model)).Diagnostics);
    }

    [TestMethod]
    public void Parse_BitFlipsAndTruncations_NeverThrowAnythingElse()
    {
        foreach (var valid in new[] { Good().Build(), WithBodyAndConstants().Build(), Old().Build() }.Select(m => m.ToBytes()))
        {
            for (var seed = 0; seed < 4000; seed++)
            {
                var random = new Random(seed);
                var bytes = valid.ToArray();
                for (var flips = random.Next(1, 6); flips > 0; flips--)
                    bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                if (random.Next(3) == 0)
                    bytes = bytes[..random.Next(bytes.Length)];
                Try(() => OnnxModel.Parse(bytes, "fuzz.onnx"), $"seed {seed}");
            }
        }
    }

    [TestMethod]
    public void Prepare_DamagedModels_NeverThrowAnythingElse()
    {
        var prepared = 0;
        foreach (var valid in new[] { Good().Build(), WithBodyAndConstants().Build(), Old().Build() }.Select(m => m.ToBytes()))
        {
            for (var seed = 0; seed < 400; seed++)
            {
                var random = new Random(seed);
                var bytes = valid.ToArray();
                bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
                Try(() =>
                {
                    ModelPreparation.Prepare(OnnxModel.Parse(bytes, "fuzz.onnx"));
                    prepared++;
                }, $"seed {seed}");
            }
        }
        Assert.IsGreaterThan(50, prepared, "some damage does not matter, or nothing was tested");
    }

    private static void Try(Action action, string what)
    {
        try
        {
            action();
        }
        catch (QuantizeException e)
        {
            Assert.IsTrue(e.Diagnostics.All(d => d.Code.StartsWith("QTZ4", StringComparison.Ordinal) || d.Code.StartsWith("QTZ3", StringComparison.Ordinal)), $"{what}: {e.Message}");
        }
        catch (Exception e)
        {
            Assert.Fail($"{what}: {e}");
        }
    }

    private static TestModels Good() => TestModels.Opset(13).Input("x", 1, 1, 2, 2).Floats("w", [2, -1], 2, 1, 1, 1)
        .Named("conv", "Conv", ["x", "w"], ["c"], n => n.With("strides", 1, 1)).Named("relu", "Relu", ["c"], ["y"]).Output("y");

    private static TestModels WithBodyAndConstants()
    {
        var body = TestModels.Opset(13).Floats("k", [1], 1).Named("inside", "Add", ["c", "k"], ["z"]).Output("z").BuildGraph();
        return Good().Int64s("shape", [1, -1]).Named("const", "Constant", [], ["half"], n => n.With("value_float", 0.5f)).Named("mul", "Mul", ["c", "half"], ["m"])
            .Named("reshape", "Reshape", ["m", "shape"], ["r"]).Uniform("bn", 0.5f, 1, 2).Named("norm", "BatchNormalization", ["c", "bn", "bn", "bn", "bn"], ["n"])
            .Named("cast", "ReduceMax", ["x"], ["max"], n => n.With("keepdims", 0L)).Named("bool", "Cast", ["max"], ["cond"], n => n.With("to", 9L))
            .Named("if", "If", ["cond"], ["i"], n => n.Attribute.AddRange([new AttributeProto { Name = "then_branch", Type = AttributeProto.Types.AttributeType.Graph, G = body }, new AttributeProto { Name = "else_branch", Type = AttributeProto.Types.AttributeType.Graph, G = body.Clone() }]))
            .Output("r").Output("n").Output("i");
    }

    private static TestModels Old() => TestModels.Opset(8, irVersion: 3).Input("x", 1, 2, 4, 4).Input("w", 2, 2, 1, 1).Random("w", 2, 2, 1, 1).Named("conv", "Conv", ["x", "w"], ["c"])
        .Named("clip", "Clip", ["c"], ["r"], n => n.With("min", 0f).With("max", 6f)).Named("up", "Upsample", ["r"], ["u"], n => n.Attribute.Add(new AttributeProto { Name = "scales", Type = AttributeProto.Types.AttributeType.Floats, Floats = { 1, 1, 2, 2 } }))
        .Named("pad", "Pad", ["u"], ["p"], n => n.With("pads", 0, 0, 1, 1, 0, 0, 1, 1)).Named("slice", "Slice", ["p"], ["s"], n => n.With("starts", 1, 1).With("ends", 5, 5).With("axes", 2, 3))
        .Named("split", "Split", ["s"], ["a", "b"], n => n.With("axis", 1L).With("split", 1, 1)).Named("drop", "Dropout", ["a"], ["d", "mask"]).Named("squeeze", "Squeeze", ["d"], ["q"], n => n.With("axes", [0]))
        .Named("softmax", "Softmax", ["q"], ["y"]).Named("id", "Identity", ["b"], ["i"]).Named("topk", "TopK", ["i"], ["t", "k"], n => n.With("k", 2L)).Output("y").Output("t");

    private static OnnxModel Parse(TestModels model) => OnnxModel.Parse(model.Build().ToBytes(), "m.onnx");

    private static void AssertInvalid(string message, TestModels model) => AssertInvalid(message, model.Build().Proto);

    private static void AssertInvalid(string message, ModelProto model)
    {
        var diagnostics = Assert.ThrowsExactly<QuantizeException>(() => OnnxModel.Parse(model.ToByteArray(), "m.onnx")).Diagnostics;

        Assert.AreEqual(DiagnosticCodes.ModelInvalid, diagnostics[0].Code);
        Assert.Contains(message, string.Join("\n", diagnostics));
        Assert.AreEqual("m.onnx", diagnostics[0].Position?.File);
    }
}
