namespace QuantizeTasks.Quantization.Corrections;

/// <summary>
/// Decides whether a layer's bias is corrected (POT: <c>threshold</c>). POT compares every channel with its own bias, max |shift / bias| &lt; threshold with a default of 2, and so leaves
/// out every layer that has one bias of zero, or none: about 20 of the 53 convolutions of MobileNetV2, which with weights per tensor is 0.546 instead of 0.748 of accuracy.
/// Here the largest shift is compared with the largest bias of the layer, a layer without any bias is corrected, and without a threshold in the manifest every layer is: the shift
/// follows from linearity and cannot be wild. Even this rule with POT's default would leave out a layer of the super-resolution case, at a cost of 0.02 dB.
/// </summary>
internal static class BiasThreshold
{
    /// <summary>The corrected bias; the old one when the correction is out of proportion.</summary>
    /// <param name="bias">One value for each output channel; null when the layer has none.</param>
    /// <param name="shift">What has to be added.</param>
    /// <param name="threshold">The manifest's; 0 corrects nothing, null everything.</param>
    public static double[]? Apply(double[]? bias, double[] shift, double? threshold)
    {
        var largest = bias is null ? 0 : bias.Max(Math.Abs);
        if (threshold <= 0 || (largest > 0 && shift.Max(Math.Abs) >= threshold * largest))
            return bias;
        return bias is null ? shift : [.. bias.Zip(shift, (b, s) => b + s)];
    }
}
