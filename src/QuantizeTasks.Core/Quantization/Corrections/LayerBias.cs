using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization.Placement;

namespace QuantizeTasks.Quantization.Corrections;

/// <summary>The float bias of a layer.</summary>
internal static class LayerBias
{
    /// <summary>One value for each output channel; null when the layer has none.</summary>
    public static double[]? Of(OnnxGraph graph, QuantizedLayer layer) =>
        layer.Weights!.BiasValues(graph) is { } bias ? [.. bias] : null;

    /// <summary>False where a bias has no axis to lie along, and for a MatMul without a bias, which would need another node for one (<see cref="ZeroBiases"/> adds it).</summary>
    public static bool HasPlace(QuantizedLayer layer) => layer.Weights is { TakesBias: true } weights && (layer.OperatorType != "MatMul" || weights.Bias is not null);
}
