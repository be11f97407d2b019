using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Inspection;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization.Devices;
using QuantizeTasks.Tests.Quantization;

namespace QuantizeTasks.Tests.Inspection;

[TestClass]
public sealed class ProcessorCheckTests
{
    [TestMethod]
    [DataRow("x64-avx512-vnni", false)]
    [DataRow("x64-avx2-vnni", false)]
    [DataRow("x64-avx512", true)]
    [DataRow("x64-avx2", true)]
    [DataRow("x64-avx2, emulated", true)]
    [DataRow("arm64", false)]
    public void ProductsSaturate_InstructionSet_IsTrueForX64WithoutVnni(string isa, bool saturates) => Assert.AreEqual(saturates, Of(isa).ProductsSaturate);

    [TestMethod]
    [DataRow(true, "x64-avx512-vnni", true, DisplayName = "device saturates, measured where nothing does")]
    [DataRow(true, "x64-avx2", false, DisplayName = "both saturate")]
    [DataRow(true, "x64-avx2, emulated", false, DisplayName = "emulated as the device")]
    [DataRow(false, "x64-avx512-vnni", false, DisplayName = "neither saturates")]
    [DataRow(false, "x64-avx2", true, DisplayName = "measured where it saturates")]
    public void Check_DeviceAndMachine_WarnsExactlyWhenTheyDiffer(bool deviceSaturates, string isa, bool warns)
    {
        var device = DeviceFile.Read("mine", $"name: mine\ninherits: x64-vnni\ndescription: A device.\nproducts_saturate: {(deviceSaturates ? "true" : "false")}\n", DeviceNames.TextOf);
        var warning = ProcessorCheck.Check(device, Settings.Position, Of(isa));
        Assert.AreEqual(warns, warning is not null);
        if (warning is null)
            return;
        Assert.AreEqual((DiagnosticCodes.ProcessorDiffers, DiagnosticSeverity.Warning, Settings.Position), (warning.Code, warning.Severity, warning.Position));
        StringAssert.Contains(warning.Message, isa);
        StringAssert.Contains(warning.Message, "'mine'");
        if (deviceSaturates)
            StringAssert.Contains(warning.Message, "--emulate-isa avx2");
    }

    [TestMethod]
    public void Check_DeviceThatStandsForAny_DoesNotWarnOnAnOlderMachine() =>
        Assert.IsNull(ProcessorCheck.Check(new Located<string>("ANY", Settings.Position), Of("x64-avx2")));

    private static RuntimeIdentity Of(string isa) => new("p", "1", isa, "linux-x64");
}
