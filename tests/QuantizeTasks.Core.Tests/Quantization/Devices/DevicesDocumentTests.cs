using System.Globalization;
using System.Text;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization.Devices;

namespace QuantizeTasks.Tests.Quantization.Devices;

/// <summary>docs/devices.md follows from the devices' files.</summary>
[TestClass]
public sealed class DevicesDocumentTests
{
    [TestMethod]
    public void Document_IsWhatTheFilesSay() => GeneratedDocument.Check("docs/devices.md", Document());

    private static string Document()
    {
        var text = new StringBuilder("""
            # Target devices

            Generated from `src/QuantizeTasks.Core/Quantization/Devices/Profiles`. Each device is a YAML file there; a device is added by adding a file, and whatever the schema does not
            know in it is an error.

            `target_device` names one of these. `ANY` and `CPU` are `x64-vnni`, whatever processor quantizes: the same inputs give the same bytes on every machine, and the costs that decide
            are those of the file. On a machine that computes int8 differently from the device there is a warning. Only ONNX Runtime's CPU provider evaluates the model; what it has no kernels
            for, such as 16-bit activations, it computes in float between rounding.

            Costs are fitted to measurements: `dotnet run -c Release --project tests/QuantizeTasks.Benchmarks -- fit-costs <folder of cases>` profiles networks in float and in int8 and prints the
            coefficients that fit the machine, beside how well the file's predict it. They are constants of the device all the same: a build never measures, unless `prefer: measured` asks for it.

            Menus are in order, fastest first: `preset: performance` takes the first for activations, other presets the last; a manifest's `weights` and `activations` choose among them.

            Where a search reverts a layer, it goes to float, or on a device without float to 16 bits; docs/algorithm.md says how.

            | device | activations | weights | biases | outputs | products saturate | reverts to | costs |
            |---|---|---|---|---|---|---|---|

            """.ReplaceLineEndings("\n"));
        var devices = DeviceNames.All.Select(name => DeviceCatalogue.Find(new Located<string>(name, Settings.Position))).ToArray();
        foreach (var device in devices)
        {
            var conv = device.Of("Conv");
            text.Append(CultureInfo.InvariantCulture, $"| `{device.Name}` | {(device.HasUnsignedActivations ? "unsigned" : "signed")}: {Menu(conv.Activations)} | {Menu(conv.Weights)} | {(device.HasIntegerBiases ? "int32" : "float")} ")
                .Append(CultureInfo.InvariantCulture, $"| {(device.HasIntegerOutputs ? "quantized" : "where a reader wants it")} | {(device.ProductsSaturate ? "yes" : "no")} | {(device.Reversion switch { Reversion.Float => "float", Reversion.Int16 => "16 bits", _ => "16 bits, weights and activations apart" })} | {(device.Costs is null ? "none: everything is quantized" : "decide what pays")} |\n");
        }
        text.Append("\n## What runs in int8\n\n");
        foreach (var device in devices)
            text.Append($"""
                **`{device.Name}`**: {device.Description}

                * weights and activations: {Types(device, OperatorKind.Weighted)}
                * activations: {Types(device, OperatorKind.Rescaling)}
                * passes integers on: {Types(device, OperatorKind.Agnostic)}
                * int8 weights, floats in and out: {(Types(device, OperatorKind.Dynamic) is { Length: > 0 } types ? types : "none")}
                * one scale for all activations: {string.Join(", ", device.Operators.Where(o => o.Value.UnifiesScales).Select(o => o.Key).Order(StringComparer.Ordinal))}
                * everything else stays in float: {device.Otherwise.Reason}


                """.ReplaceLineEndings("\n"));
        return text.ToString().TrimEnd() + "\n";
    }

    private static string Types(DeviceProfile device, OperatorKind kind) => string.Join(", ", device.Operators.Where(o => o.Value.Kind == kind).Select(o => o.Key).Order(StringComparer.Ordinal));

    private static string Menu(QuantizerMenu menu) => string.Join("; ", menu.Options.Select(o =>
        string.Create(CultureInfo.InvariantCulture, $"{o.Bits} bits {(o.Mode == QuantizerMode.Symmetric ? "symmetric" : "asymmetric")} per {(o.Granularity == QuantizerGranularity.PerTensor ? "tensor" : "channel")}")));
}
