using QuantizeTasks.Quantization.Calibration;

namespace QuantizeTasks.Quantization.Corrections;

/// <summary>
/// POT's OverflowCorrection (openvino/tools/pot/algorithms/quantization/overflow_correction): a device whose sums of products have 32 bits must not leave them, which products of two 16-bit
/// integers easily do. What a layer gives is its sum times the scales of input and weights, so the scale of the weights must not be smaller than what the largest output asks for; the weights then use fewer of
/// their integers. POT looks at layers with a bias only; a sum overflows without one just as well.
/// </summary>
internal static class OverflowCorrection
{
    /// <summary>The smallest scale of weights with which the sums of a layer fit 32 bits.</summary>
    /// <param name="product">What was observed of what the layer's operator gives.</param>
    /// <param name="inputScale">The scale of the activation that it reads.</param>
    public static float SmallestScale(TensorStatistics product, float inputScale) => (float)(Math.Max(Math.Abs(product.Minimum), Math.Abs(product.Maximum)) / ((double)inputScale * int.MaxValue));
}
