using System.Collections.Immutable;
using QuantizeTasks.Quantization.Scaling;

namespace QuantizeTasks.Quantization.Corrections;

/// <summary>
/// Takes back the shift of a layer's mean output that rounding its weights causes. The layer is linear, so the shift follows from the input's channel means
/// alone: for output channel o it is sum over c, k of (W - Wq)[o, c, k] * E[x_c] (Nagel et al. 2019, Data-Free Quantization, section 4.2, with measured instead of modelled means).
/// POT's FastBiasCorrection feeds the means through a one-operator model with a quantizer on its input; the rounding of the means themselves, which no real input shows, is left out
/// here. Which layers are corrected is decided by <see cref="BiasThreshold"/>.
/// </summary>
internal static class FastBiasCorrection
{
    /// <summary>The corrected bias of every layer with weights, by name; null for one without a bias.</summary>
    /// <param name="model">The float model and the means of what its layers read.</param>
    /// <param name="weights">The weights of each layer, by name.</param>
    /// <param name="threshold">POT's <c>threshold</c>.</param>
    public static IReadOnlyDictionary<string, double[]?> Correct(CalibratedModel model, IReadOnlyDictionary<string, QuantizedWeights> weights, double? threshold)
    {
        var biases = new Dictionary<string, double[]?>(StringComparer.Ordinal);
        foreach (var layer in model.Placement.Layers.Where(l => l.Weights is not null))
        {
            var bias = LayerBias.Of(model.Prepared.Model.Graph, layer);
            var means = model.Statistics[layer.Inputs[0]].ChannelMeans(layer.Weights!.InputChannelAxis);
            biases[layer.Name] = LayerBias.HasPlace(layer) && means.Length == weights[layer.Name].Float.InputChannels
                ? BiasThreshold.Apply(bias, Shift(weights[layer.Name], means), threshold) : bias;
        }
        return biases;
    }

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
