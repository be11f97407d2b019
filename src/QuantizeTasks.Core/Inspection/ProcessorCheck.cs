using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization.Devices;

namespace QuantizeTasks.Inspection;

/// <summary>Whether accuracy that was measured here says something about the target device: int8 products either saturate on both or on neither.</summary>
internal static class ProcessorCheck
{
    /// <summary>A warning when they differ; null when they do not, or when the device stands for any processor.</summary>
    /// <param name="device">The manifest's target device.</param>
    /// <param name="isa">The instruction set of the measurement.</param>
    public static Diagnostic? Check(Located<string> device, RuntimeIdentity isa) => Check(DeviceCatalogue.Find(device), device.Position, isa);

    /// <param name="profile">The target device.</param>
    /// <param name="position">Where the manifest names it.</param>
    /// <param name="isa">The instruction set of the measurement.</param>
    internal static Diagnostic? Check(DeviceProfile profile, SourcePosition position, RuntimeIdentity isa)
    {
        if (profile.ProductsSaturate == isa.ProductsSaturate || (isa.ProductsSaturate && profile.Name is "ANY" or "CPU"))
            return null;
        var message = isa.ProductsSaturate
            ? $"Accuracy was measured on {isa.Isa}, where sums of int8 products saturate, and the target device '{profile.Name}' has none of that: it computes other values, usually better ones. To know them, evaluate the int8 model on such a machine."
            : $"Accuracy was measured on {isa.Isa}, but on the target device '{profile.Name}' sums of int8 products saturate at 16 bits, which can cost accuracy. Add `--emulate-isa avx2` to compute as that device does, or evaluate the int8 model there.";
        return new Diagnostic(DiagnosticCodes.ProcessorDiffers, DiagnosticSeverity.Warning, message, position);
    }
}
