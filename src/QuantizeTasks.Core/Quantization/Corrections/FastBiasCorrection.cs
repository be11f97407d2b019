using System.Collections.Immutable;
using QuantizeTasks.Quantization.Scaling;

namespace QuantizeTasks.Quantization.Corrections;

/// <summary>
/// Takes back the shift of a layer's mean output that rounding its weights causes. The layer is linear, so the shift follows from the input's channel means
/// alone: for output channel o it is sum over c, k of (W - Wq)[o, c, k] * E[x_c] (Nagel et al. 2019, Data-Free Quantization, section 4.2, with measured instead of modelled means).
/// POT's FastBiasCorrection feeds the quantized means through a one-operator model and skips layers whose bias has a zero; the rounding of the means themselves,
/// which no real input shows, is left out here, and a bias of zeros is corrected like any other.
/// </summary>
internal static class FastBiasCorrection
{
    /// <summary>What has to be added to the bias of each output channel.</summary>
    /// <param name="weights">The weights before and after rounding.</param>
    /// <param name="inputMeans">Mean of each input channel over the calibration samples.</param>
    public static double[] Shift(QuantizedWeights weights, ImmutableArray<double> inputMeans)
    {
        var values = weights.Float;
        var shift = new double[values.Channels];
        for (var i = 0; i < values.Values.Length; i++)
            shift[values.OutputChannel(i)] += (values.Values[i] - weights.Value(i)) * inputMeans[values.InputChannel(i)];
        return shift;
    }
}
