using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization.Devices;

namespace QuantizeTasks.Tests.Quantization.Devices;

[TestClass]
public sealed class DeviceFileTests
{
    [TestMethod]
    [DynamicData(nameof(Shipped))]
    public void Find_EveryShippedFile_IsValid(string name)
    {
        var device = DeviceCatalogue.Find(new Located<string>(name, Settings.Position));
        Assert.AreEqual(name, device.Name);
        Assert.AreEqual(OperatorKind.Weighted, device.Of("Conv").Kind);
        Assert.AreEqual((OperatorKind.Float, true), (device.Of("NoSuchOperator").Kind, device.Of("NoSuchOperator").Reason.Length > 0));
    }

    [TestMethod]
    public void Find_UnknownDevice_IsAnErrorThatNamesTheNearest()
    {
        var thrown = Assert.ThrowsExactly<QuantizeException>(() => DeviceCatalogue.Find(new Located<string>("x64-vni", Settings.Position)));
        Assert.AreEqual((DiagnosticCodes.UnknownName, Settings.Position), (thrown.Diagnostics[0].Code, thrown.Diagnostics[0].Position));
        StringAssert.Contains(thrown.Message, "Did you mean 'x64-vnni'?");
    }

    [TestMethod]
    public void Read_FileThatInherits_DiffersInWhatItSays()
    {
        var device = Read("""
            name: mine
            inherits: x64-vnni
            description: A device of mine.
            unsigned_activations: false
            activations:
              - { bits: 16, mode: asymmetric, granularity: pertensor, level_low: -30000 }
            operators:
              Softmax: { kind: rescaling }
              Gemm: { kind: float, reason: it has none }
            costs:
              values: { Softmax: { float: 1, int8: 2 } }
            """, out _);
        var parent = DeviceCatalogue.Find(new Located<string>("x64-vnni", Settings.Position));
        Assert.IsNotNull(device);
        Assert.IsFalse(device.HasUnsignedActivations);
        Assert.AreEqual(new QuantizerOption(16, QuantizerMode.Asymmetric, QuantizerGranularity.PerTensor, -30000), device.Of("Conv").Activations.Options.Single());
        CollectionAssert.AreEqual(parent.Of("Conv").Weights.Options, device.Of("Conv").Weights.Options);
        Assert.AreEqual(OperatorKind.Rescaling, device.Of("Softmax").Kind);
        Assert.AreEqual((OperatorKind.Float, "it has none"), (device.Of("Gemm").Kind, device.Of("Gemm").Reason));
        Assert.AreEqual(parent.Of("Concat").UnifiesScales, device.Of("Concat").UnifiesScales);
        Assert.AreEqual(parent.Costs!.Of(Kernels.Conversion, ("value", 10)), device.Costs!.Of(Kernels.Conversion, ("value", 10)));
    }

    [TestMethod]
    [DataRow("unsigned: true", "unsigned", DisplayName = "unknown key")]
    [DataRow("int16: perhaps", "int16", DisplayName = "unknown word")]
    [DataRow("weights: []", "weights", DisplayName = "empty menu")]
    [DataRow("weights: [{ bits: 12, mode: symmetric, granularity: pertensor }]", "8 or 16", DisplayName = "odd width")]
    [DataRow("weights: [{ bits: 8, mode: symmetric, granularity: pertensor, level_low: -129 }]", "-128 to 127", DisplayName = "level that does not fit")]
    [DataRow("weights: [{ bits: 8, mode: symmetric, granularity: pertensor, level_low: 5, level_high: 5 }]", "rise", DisplayName = "one level")]
    [DataRow("operators: { Conv: { kind: float } }", "reason", DisplayName = "float without a reason")]
    [DataRow("operators: { Conv: { kind: weighted, reason: none } }", "reason", DisplayName = "reason without float")]
    [DataRow("operators: { Softmax: { kind: rescaling } }", "Softmax", DisplayName = "no cost")]
    [DataRow("costs: { int8_matrix: { start: 1 } }", "int8_matrix", DisplayName = "missing term")]
    [DataRow("costs: { conversion: { start: -1, value: 0, interleave: 0, block: 0 } }", "conversion.start", DisplayName = "negative cost")]
    public void Read_WrongFile_IsAnErrorWithItsPlace(string line, string part)
    {
        Assert.IsNull(Read($"name: mine\ninherits: x64-vnni\ndescription: Mine.\n{line}\n", out var error));
        StringAssert.Contains(error!.Message, part);
        Assert.IsTrue(error.Diagnostics.All(d => d.Position is { File: "mine.yaml" or "x64-vnni.yaml", Line: > 0 }), "without its place");
    }

    [TestMethod]
    public void Read_DeviceThatInheritsFromItself_IsAnError()
    {
        var thrown = Assert.ThrowsExactly<QuantizeException>(() => DeviceFile.Read("a", "name: a\ninherits: b\n", name => name == "b" ? "name: b\ninherits: a\n" : null));
        StringAssert.Contains(thrown.Message, "a -> b -> a");
        StringAssert.Contains(Assert.ThrowsExactly<QuantizeException>(() => DeviceFile.Read("a", "name: a\ninherits: c\n", _ => null)).Message, "'c'");
    }

    [TestMethod]
    public void Read_OtherNameThanTheFiles_IsAnError()
    {
        Assert.IsNull(Read("name: yours\ninherits: CPU\ndescription: Not mine.\n", out var error));
        StringAssert.Contains(error!.Message, "yours");
    }

    [TestMethod]
    public void Costs_Kernel_IsTheSumOfAmountsTimesCoefficients()
    {
        var costs = Read("name: mine\ninherits: x64-vnni\ndescription: Mine.\ncosts: { conversion: { start: 1000, value: 0.5, interleave: 0, block: 7 } }\n", out _)!.Costs!;
        Assert.AreEqual((2 * 1000) + (0.5 * 30) + (7 * 4), costs.Of(Kernels.Conversion, ("start", 2), ("value", 30), ("block", 4)));
    }

    private static IEnumerable<string> Shipped => DeviceNames.All;

    private static DeviceProfile? Read(string text, out QuantizeException? error)
    {
        try
        {
            error = null;
            return DeviceFile.Read("mine", text, DeviceNames.TextOf);
        }
        catch (QuantizeException e)
        {
            error = e;
            return null;
        }
    }
}
