using System.Collections.Immutable;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;

namespace QuantizeTasks;

/// <summary>What quantization would do to a model.</summary>
/// <param name="Model">The model's path.</param>
/// <param name="Sha256">Of the model file.</param>
/// <param name="Opset">Version of the default operator set.</param>
/// <param name="Operators">Every operator of the prepared model, in graph order.</param>
public sealed record InspectionReport(string Model, string Sha256, long Opset, ImmutableArray<OperatorRecord> Operators);

/// <summary>What becomes of one operator.</summary>
/// <param name="Name">Node name.</param>
/// <param name="OpType">Operator type.</param>
/// <param name="Decision"><c>int8</c>, or <c>float</c>.</param>
/// <param name="Group">Name of the group it goes to float with; null when it is not quantized.</param>
/// <param name="Reason">Why it stays in float, or how it comes to be int8.</param>
public sealed record OperatorRecord(string Name, string OpType, string Decision, string? Group, string Reason);

/// <summary>Says what quantization would do to a model, without data.</summary>
public static class InspectionPipeline
{
    /// <summary>Places quantizers and explains the result.</summary>
    /// <param name="modelPath">The float model.</param>
    /// <param name="settings">Device, ignored scopes and the like; the defaults when null.</param>
    /// <exception cref="QuantizeException">The model cannot be used.</exception>
    public static InspectionReport Inspect(string modelPath, CompressionSettings? settings = null)
    {
        var file = ModelFile.Read(Path.GetFullPath(modelPath));
        var prepared = ModelPreparation.Prepare(file.Model);
        var placement = QuantizerPlacement.Place(prepared, settings ?? Defaults);
        var layerOf = placement.Layers.SelectMany(l => l.Nodes.Select(node => (node, l.Name))).ToDictionary(p => p.node, p => p.Name, StringComparer.Ordinal);
        var groupOf = placement.Groups.SelectMany(g => g.Layers.Select(layer => (layer, g.Name))).ToDictionary(p => p.layer, p => p.Name, StringComparer.Ordinal);
        var stored = placement.StoredLayers.Select(s => s.Name).ToHashSet(StringComparer.Ordinal);
        var passing = placement.AgnosticOperators.Select(a => a.Name).ToHashSet(StringComparer.Ordinal);
        return new InspectionReport(file.Path, file.Sha256, file.Model.Opset,
        [
            .. prepared.Model.Graph.Nodes.Select(node => layerOf.TryGetValue(node.Name, out var layer)
                ? new OperatorRecord(node.Name, node.OpType, "int8", groupOf[layer], layer == node.Name ? "has an int8 kernel" : $"is computed by the kernel of {layer}")
                : stored.Contains(node.Name) ? new OperatorRecord(node.Name, node.OpType, "int8", groupOf[node.Name], "computes in float with weights stored in int8")
                : passing.Contains(node.Name)
                    ? new OperatorRecord(node.Name, node.OpType, "int8", null, "passes integers on as they are")
                    : new OperatorRecord(node.Name, node.OpType, "float", null, placement.FloatReasons.GetValueOrDefault(node.Name, "is not quantizable"))),
        ]);
    }

    private static CompressionSettings Defaults => new()
    {
        TargetDevice = new Located<string>("ANY", default),
        IsAccuracyAware = false,
        Quantization = new DefaultQuantizationParameters(),
        Accuracy = new AccuracyAwareParameters(),
    };
}
