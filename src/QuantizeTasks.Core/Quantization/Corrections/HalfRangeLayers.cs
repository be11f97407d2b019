using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Devices;
using QuantizeTasks.Quantization.Placement;

namespace QuantizeTasks.Quantization.Corrections;

/// <summary>
/// POT's <c>saturation_fix</c> (openvino/tools/pot/algorithms/quantization/overflow_correction and fake_quantize.py): which layers store their weights in half of the integers, so that the sum of
/// two products of bytes fits 16 bits. Its default is the first layer; here it is that only for devices whose products saturate, and nothing for the others, where it would only cost a bit of accuracy.
/// </summary>
internal static class HalfRangeLayers
{
    /// <summary>The names of the layers.</summary>
    /// <param name="graph">The float model.</param>
    /// <param name="layers">What is int8 in it.</param>
    /// <param name="rescaled">Layers whose weights channel alignment widened; they are treated like the first ones.</param>
    /// <param name="settings">Device and <c>saturation_fix</c>.</param>
    public static ImmutableHashSet<string> Find(OnnxGraph graph, ImmutableArray<QuantizedLayer> layers, ImmutableSortedSet<string> rescaled, CompressionSettings settings)
    {
        var device = DeviceCatalogue.Find(settings.TargetDevice);
        var fix = settings.Quantization.SaturationFix?.Value ?? (device.ProductsSaturate ? SaturationFix.FirstLayer : SaturationFix.No);
        if (fix == SaturationFix.No || !device.TakesHalfRange || !graph.Nodes.Any(IsConvolution))
            return ImmutableHashSet<string>.Empty.WithComparer(StringComparer.Ordinal);
        var weighted = layers.Where(l => l.Weights is not null).Select(l => l.Name);
        return (fix == SaturationFix.All ? weighted : weighted.Intersect(FirstConvolutions(graph).Concat(rescaled))).ToImmutableHashSet(StringComparer.Ordinal);
    }

    /// <summary>
    /// Whether the weights of recurrent operators are among them, which POT leaves in float. Where products saturate they are unless that is ruled out: the hidden state of an LSTM
    /// lies around zero, in the middle of the unsigned range, where half of all products are large.
    /// </summary>
    public static bool IncludeRecurrent(CompressionSettings settings)
    {
        var (device, fix) = (DeviceCatalogue.Find(settings.TargetDevice), settings.Quantization.SaturationFix?.Value);
        return device.TakesHalfRange && (fix == SaturationFix.All || (device.ProductsSaturate && fix != SaturationFix.No));
    }

    /// <summary>A warning when the manifest asks for a fix that does nothing; a default asks for nothing.</summary>
    public static Diagnostic? Warning(OnnxGraph graph, CompressionSettings settings)
    {
        var device = DeviceCatalogue.Find(settings.TargetDevice);
        var because = settings.Quantization.SaturationFix is null or { Value: SaturationFix.No } or { Source: "the default" } ? null
            : !device.TakesHalfRange ? $"its products do not saturate on '{device.Name}'"
            : !graph.Nodes.Any(IsConvolution) ? "it is for models with convolutions, and this one has none" : null;
        return because is null ? null : new Diagnostic(DiagnosticCodes.DeviceCannot, DiagnosticSeverity.Warning, $"'saturation_fix' does nothing here: {because}.", settings.Quantization.SaturationFix!.Position);
    }

    /// <summary>The convolutions that are reached from the model's inputs without passing another, breadth first. What has groups is another operator to POT, and is passed.</summary>
    public static ImmutableArray<string> FirstConvolutions(OnnxGraph graph)
    {
        var found = ImmutableArray.CreateBuilder<string>();
        var seen = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance);
        var waiting = new Queue<NodeProto>(graph.Inputs.SelectMany(graph.Consumers));
        while (waiting.TryDequeue(out var node))
        {
            if (!seen.Add(node))
                continue;
            if (IsConvolution(node))
                found.Add(node.Name);
            else
                foreach (var next in node.Output.SelectMany(graph.Consumers))
                    waiting.Enqueue(next);
        }
        return found.ToImmutable();
    }

    private static bool IsConvolution(NodeProto node) => node is { OpType: "Conv", Domain: "" or "ai.onnx" } && node.Int("group", 1) == 1;
}
