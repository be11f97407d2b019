using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using DataType = QuantizeTasks.Onnx.Proto.TensorProto.Types.DataType;

namespace QuantizeTasks.Tests.Inference;

[TestClass]
public sealed class ModelSessionTests
{
    private static readonly byte[] Doubler = TestModels.Opset(13).Input("x", 1, 3).Node("Add", ["x", "x"], ["y"]).Output("y").Build().ToBytes();

    /// <summary>Where a sum begins to go in vectors depends on the address; what it rounds to must not.</summary>
    [TestMethod]
    public void Run_SameValuesElsewhereInMemory_GivesTheSameBits()
    {
        using var session = ModelSession.Create(TestModels.Opset(13).Input("x", 3, 261).Node("ReduceMean", ["x"], ["y"]).Output("y").Build().ToBytes(), "mean", TestRuns.Plain);
        var values = TestModels.RandomFloats("values", [3, 261], 0, 100);
        var elsewhere = Enumerable.Range(0, 64).Select(i => (Room: new byte[i + 1], Values: values.ToArray())).ToArray();
        var results = elsewhere.Select(e => string.Join(' ', session.Run(new Dictionary<string, Tensor> { ["x"] = Tensor.Create(e.Values, 3, 261) })["y"].As<float>().Select(BitConverter.SingleToInt32Bits))).Distinct().ToArray();
        Assert.HasCount(1, results, string.Join('\n', results));
    }

    [TestMethod]
    public void Run_OneInput_GivesTheOutputByName()
    {
        using var session = ModelSession.Create(Doubler, "doubler");
        var y = session.Run(new Dictionary<string, Tensor> { ["x"] = Tensor.Create([1f, 2f, -3f], 1, 3) })["y"];
        CollectionAssert.AreEqual(new[] { 2f, 4f, -6f }, y.As<float>());
        CollectionAssert.AreEqual(new[] { 1, 3 }, y.Shape.ToArray());
    }

    [TestMethod]
    public void Run_EmptyKey_FeedsTheOnlyInput()
    {
        using var session = ModelSession.Create(Doubler, "doubler");
        var y = session.Run(new Dictionary<string, Tensor> { [""] = Tensor.Create([1f, 0f, 0f], 1, 3) })["y"];
        Assert.AreEqual(2f, y.As<float>()[0]);
    }

    [TestMethod]
    public void Run_WrongShape_SaysBothShapes()
    {
        using var session = ModelSession.Create(Doubler, "doubler");
        var error = Fails(session, "x", Tensor.Create(new float[4], 1, 4));
        Assert.AreEqual(DiagnosticCodes.ShapeMismatch, error.Code);
        StringAssert.Contains(error.Message, "[1, 3]");
        StringAssert.Contains(error.Message, "[1, 4]");
    }

    [TestMethod]
    public void Run_WrongElementType_SaysBothTypes()
    {
        using var session = ModelSession.Create(Doubler, "doubler");
        var error = Fails(session, "x", Tensor.Create(new long[3], 1, 3));
        StringAssert.Contains(error.Message, "takes Single");
        StringAssert.Contains(error.Message, "Int64");
    }

    [TestMethod]
    public void Run_MissingInput_NamesWhatTheDataHas()
    {
        using var session = ModelSession.Create(Doubler, "doubler");
        var error = Fails(session, "image", Tensor.Create(new float[3], 1, 3));
        StringAssert.Contains(error.Message, "'x'");
        StringAssert.Contains(error.Message, "'image'");
    }

    [TestMethod]
    [DataRow("Int64")]
    [DataRow("Int32")]
    [DataRow("Uint8")]
    [DataRow("Int8")]
    [DataRow("Double")]
    [DataRow("Bool")]
    public void Run_EveryElementType_PassesThrough(string typeName)
    {
        var type = Enum.Parse<DataType>(typeName);
        var model = TestModels.Opset(13).Input("x", type, 2).Node("Identity", ["x"], ["y"]).Output("y", type).Build();
        using var session = ModelSession.Create(model.ToBytes(), "identity");
        var input = type switch
        {
            DataType.Int64 => Tensor.Create([long.MinValue, long.MaxValue], 2),
            DataType.Int32 => Tensor.Create([int.MinValue, int.MaxValue], 2),
            DataType.Uint8 => Tensor.Create([byte.MinValue, byte.MaxValue], 2),
            DataType.Int8 => Tensor.Create([sbyte.MinValue, sbyte.MaxValue], 2),
            DataType.Double => Tensor.Create([double.MinValue, double.Epsilon], 2),
            _ => Tensor.Create([true, false], 2),
        };
        var output = session.Run(new Dictionary<string, Tensor> { ["x"] = input })["y"];
        CollectionAssert.AreEqual(input.Data, output.Data);
    }

    [TestMethod]
    public void Run_FromManyThreads_GivesTheSameResults()
    {
        var model = TestModels.Opset(13).Input("x", 1, 8, 16, 16).Random("w", 8, 8, 3, 3).Node("Conv", ["x", "w"], ["y"]).Output("y").Build();
        using var session = ModelSession.Create(model.ToBytes(), "conv");
        var inputs = new Dictionary<string, Tensor> { ["x"] = Tensor.Create(TestModels.RandomFloats("x", [1, 8, 16, 16]), 1, 8, 16, 16) };
        var expected = session.Run(inputs)["y"].As<float>();
        Parallel.For(0, 32, _ => CollectionAssert.AreEqual(expected, session.Run(inputs)["y"].As<float>()));
    }

    [TestMethod]
    public void Create_Garbage_IsRuntimeRejectedModel()
    {
        var error = Assert.ThrowsExactly<QuantizeException>(() => ModelSession.Create([1, 2, 3, 4], "garbage.onnx")).Diagnostics[0];
        Assert.AreEqual(DiagnosticCodes.RuntimeRejectedModel, error.Code);
        Assert.AreEqual("garbage.onnx", error.Position?.File);
    }

    [TestMethod]
    public void Run_OperatorThatFails_IsRuntimeRunFailed()
    {
        var model = TestModels.Opset(13).Input("x", 4).Input("shape", DataType.Int64, 1).Node("Reshape", ["x", "shape"], ["y"]).Output("y").Build();
        using var session = ModelSession.Create(model.ToBytes(), "reshape.onnx");
        var error = Assert.ThrowsExactly<QuantizeException>(() => session.Run(new Dictionary<string, Tensor>
        {
            ["x"] = Tensor.Create(new float[4], 4),
            ["shape"] = Tensor.Create([5L], 1),
        })).Diagnostics[0];
        Assert.AreEqual(DiagnosticCodes.RuntimeRunFailed, error.Code);
    }

    [TestMethod]
    [DataRow("x64-sse", 0, 0, 0)]
    [DataRow("x64-avx2", 1 << 5, 0, 0)]
    [DataRow("x64-avx2-vnni", 1 << 5, 0, 1 << 4)]
    [DataRow("x64-avx512", (1 << 5) | (1 << 30), 0, 0)]
    [DataRow("x64-avx512-vnni", (1 << 5) | (1 << 30), 1 << 11, 0)]
    public void InstructionSet_BitsOfTheProcessor_NamesIt(string expected, int ebx, int ecx, int secondEax) => Assert.AreEqual(expected, RuntimeLibrary.InstructionSet(((7, ebx, ecx, 0), secondEax)));

    [TestMethod]
    public void Identity_OfThisMachine_NamesVersionAndInstructionSet()
    {
        var identity = RuntimeLibrary.Identity;
        StringAssert.StartsWith(identity.Version, "1.");
        Assert.AreEqual(HostHasVnni(), identity.Isa.EndsWith("vnni", StringComparison.Ordinal), $"{identity.Isa} against /proc/cpuinfo");
    }

    /// <summary>The kernel's own reading of CPUID, independent of ours.</summary>
    private static bool HostHasVnni()
    {
        if (!File.Exists("/proc/cpuinfo"))
            Assert.Inconclusive("NOT TESTED: /proc/cpuinfo is the independent reference, and it is not here.");
        var flags = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("flags", StringComparison.Ordinal)) ?? "";
        return flags.Split(' ').Any(flag => flag is "avx512_vnni" or "avx_vnni");
    }

    [TestMethod]
    public void As_SignedBytesAskedForAsUnsigned_Throws() =>
        Assert.ThrowsExactly<InvalidOperationException>(() => Tensor.Create(new sbyte[2], 2).As<byte>());

    private static Diagnostic Fails(ModelSession session, string input, Tensor tensor) =>
        Assert.ThrowsExactly<QuantizeException>(() => session.Run(new Dictionary<string, Tensor> { [input] = tensor })).Diagnostics[0];
}
