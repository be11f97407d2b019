using System.Collections.Concurrent;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Quantization.Devices;

/// <summary>The devices that come with the quantizer.</summary>
internal static class DeviceCatalogue
{
    private static readonly ConcurrentDictionary<string, DeviceProfile> Known = new(StringComparer.Ordinal);

    /// <summary>The profile of a device.</summary>
    /// <exception cref="QuantizeException">There is no device of that name (QTZ1007).</exception>
    public static DeviceProfile Find(Located<string> name) =>
        Known.GetOrAdd(name.Value, static (key, position) => DeviceFile.Read(key, DeviceNames.TextOf(key)
            ?? throw new QuantizeException(DiagnosticCodes.UnknownName, $"There is no target device '{key}'.{DidYouMean.Hint(key, DeviceNames.All)} Known: {string.Join(", ", DeviceNames.All)}.", position), DeviceNames.TextOf), name.Position);
}
