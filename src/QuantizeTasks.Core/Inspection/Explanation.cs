using System.Collections.Immutable;
using QuantizeTasks.Inference;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Values;
using QuantizeTasks.Quantization;
using QuantizeTasks.Quantization.Errors;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Inspection;

/// <summary>Puts together what is known of every operator.</summary>
/// <param name="calibrated">The float model and what is int8 in it.</param>
/// <param name="quantized">The int8 model as it would be published; null when nothing can be int8.</param>
/// <param name="separable">The same in Q/DQ form.</param>
internal sealed class Explanation(CalibratedModel calibrated, SerializedModel? quantized, SerializedModel? separable = null)
{
    private readonly OnnxModel? _written = quantized is null ? null : OnnxModel.Parse(quantized, calibrated.Prepared.Model.Name);
    private readonly OnnxModel? _separable = separable is null ? null : OnnxModel.Parse(separable, calibrated.Prepared.Model.Name);
    private readonly OnnxModel? _optimized = quantized is null ? null : OptimizedGraph.Read(settings => ModelSession.Create(quantized, calibrated.Prepared.Model.Name, settings)).Model;

    /// <summary>Every operator, in graph order.</summary>
    /// <param name="errors">Null when there is no data to measure them with.</param>
    /// <param name="saturation">Null likewise.</param>
    public ImmutableArray<OperatorRecord> Operators(LocalErrors? errors, ImmutableArray<SaturationRecord>? saturation)
    {
        var placement = calibrated.Placement;
        var layerOf = placement.Layers.SelectMany(l => l.Nodes.Select(node => (node, l))).ToDictionary(p => p.node, p => p.l, StringComparer.Ordinal);
        var groupOf = placement.Groups.SelectMany(g => g.Layers.Select(layer => (layer, g.Name))).ToDictionary(p => p.layer, p => p.Name, StringComparer.Ordinal);
        var stored = placement.StoredLayers.ToDictionary(l => l.Name, StringComparer.Ordinal);
        var passing = placement.AgnosticOperators.Select(a => a.Name).ToHashSet(StringComparer.Ordinal);
        var kernels = _written is null ? null : new KernelMap(_written, _optimized!);
        var graph = calibrated.Prepared.Model.Graph;
        return
        [
            .. graph.Nodes.Select(node =>
            {
                var layer = layerOf.GetValueOrDefault(node.Name);
                var isMain = layer?.Name == node.Name;
                var error = isMain ? errors?.Find(node.Name) : null;
                var kernel = kernels?.Find(node.Name, node.Output) ?? (layer is null ? null : kernels?.Find(layer.Name, [layer.Output]));
                return new OperatorRecord
                {
                    Name = node.Name,
                    OpType = node.OpType,
                    Decision = layer is not null || stored.ContainsKey(node.Name) || passing.Contains(node.Name) ? "int8" : "float",
                    Group = groupOf.GetValueOrDefault(layer?.Name ?? node.Name),
                    Reason = layer is not null ? isMain ? "has an int8 kernel" : $"is computed by the kernel of {layer.Name}"
                        : stored.TryGetValue(node.Name, out var own) ? own.Description
                        : passing.Contains(node.Name) ? "passes integers on as they are" : placement.FloatReasons.GetValueOrDefault(node.Name, "is not quantizable"),
                    Kernel = kernel is null ? null : KernelMap.NameOf(kernel),
                    WeightDecibels = isMain && _separable is not null ? WeightErrors.Decibels(layer!, graph, _separable.Graph) : null,
                    LocalDecibels = error?.LocalDecibels,
                    AccumulatedDecibels = error?.AccumulatedDecibels,
                    SaturatedShare = isMain && layer!.Weights is not null && saturation is { } counts ? counts.FirstOrDefault(s => s.Layer == node.Name)?.Share ?? 0 : null,
                };
            }),
        ];
    }

    /// <summary>Slow spots, in graph order of the layers.</summary>
    public IEnumerable<InspectionWarning> SlowSpots()
    {
        if (_optimized is null)
            return [];
        var graph = calibrated.Prepared.Model.Graph;
        var position = graph.Nodes.Select((node, i) => (node.Name, i)).ToDictionary(p => p.Name, p => p.i, StringComparer.Ordinal);
        var kernels = new KernelMap(_written!, _optimized);
        var stored = calibrated.Placement.StoredLayers.Select(l => l.Name).ToHashSet(StringComparer.Ordinal);
        var found = Inspection.SlowSpots.Of(_optimized.Graph, kernels).Concat(Inspection.SlowSpots.Of(calibrated.Placement.Layers, graph))
            .Where(w => w.Kind != "weights-dequantized-at-run-time" || !stored.Contains(w.Operator!)).ToArray(); // the price that was agreed to for a smaller file
        var named = found.Select(w => w.Operator).ToHashSet(StringComparer.Ordinal);
        // Written in int8, and yet not run so: none is known, and a new version of the runtime may bring one.
        var ignored = calibrated.Placement.Layers
            .Where(l => !named.Contains(l.Name) && kernels.Find(l.Name, [l.Output]) is { } kernel && !new RuntimeOperator(kernel.OpType, kernel.Domain, l.Name).IsInteger)
            .Select(l => new InspectionWarning("not-integer", l.Name, $"was written in int8, but ONNX Runtime runs it in float ({KernelMap.NameOf(kernels.Find(l.Name, [l.Output])!)}). Keep it in float with `ignored.scope`."));
        return found.Concat(ignored).OrderBy(w => position.GetValueOrDefault(w.Operator!, int.MaxValue));
    }
}
