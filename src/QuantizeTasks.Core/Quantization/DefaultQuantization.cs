using System.Collections.Frozen;
using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization.Calibration;
using QuantizeTasks.Quantization.Corrections;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;
using QuantizeTasks.Quantization.Scaling;
using QuantizeTasks.Quantization.Writing;

namespace QuantizeTasks.Quantization;

/// <summary>
/// DefaultQuantization: the one place that says in which order its algorithms run. The order is that of POT
/// (openvino/tools/pot/algorithms/quantization/default/algorithm.py).
/// </summary>
internal static class DefaultQuantization
{
    /// <summary>Brings the float model into the form that quantizes best, and observes its activations.</summary>
    /// <param name="prepared">The float model; not changed.</param>
    /// <param name="placement">What is quantized in it.</param>
    /// <param name="settings">Which of the algorithms.</param>
    /// <param name="passes">Runs models on the calibration samples.</param>
    /// <param name="alternatives">Parameters with other presets and range estimators that will be tried on the result: what they need is observed in the same pass.</param>
    /// <exception cref="QuantizeException">A pass over the calibration samples fails.</exception>
    public static CalibratedModel Calibrate(
        PreparedModel prepared, QuantizerPlacement placement, CompressionSettings settings, ICalibrationPasses passes, IEnumerable<DefaultQuantizationParameters>? alternatives = null)
    {
        var (parameters, original, rescaled) = (settings.Quantization, prepared, ImmutableSortedSet.Create<string>(StringComparer.Ordinal));
        if (parameters.ChannelAlignment && ChannelAlignment.Candidates(prepared, placement) is { IsEmpty: false } pairs)
            (prepared, rescaled) = ChannelAlignment.Apply(prepared, pairs, passes.Observe(prepared, ChannelAlignment.Observe(prepared, pairs)));
        if (!ReferenceEquals(prepared, original))
        {
            // Layers keep their names, but may have got a bias.
            prepared = prepared with { Tensors = TensorCatalogue.Of(prepared.Model) };
            placement = QuantizerPlacement.Place(prepared, settings);
        }
        var model = new CalibratedModel(prepared, placement, passes.Observe(prepared, RangeEstimation.Observe(placement, [parameters, .. alternatives ?? []])), rescaled);
        return AutomaticRanges.AreWanted(parameters) && !placement.Layers.IsEmpty ? model with { Automatic = AutomaticRanges.Choose(model, settings, passes) } : model;
    }

    /// <summary>
    /// Computes scales, int8 weights and corrected biases: a pure function of its arguments, and cheap beside <see cref="Calibrate"/>. The settings may differ from those the model was
    /// calibrated with in all that does not change which tensors are observed, so other presets, estimators and corrections can be tried on one calibrated model.
    /// </summary>
    /// <param name="model">The float model and its statistics.</param>
    /// <param name="settings">Preset, granularity of weights, corrections.</param>
    /// <exception cref="QuantizeException">The placement has nothing in int8.</exception>
    public static QuantizedModelVariants Quantize(CalibratedModel model, CompressionSettings settings)
    {
        if (model.Automatic is { } automatic && AutomaticRanges.AreWanted(settings.Quantization))
            settings = settings with { Quantization = automatic.Resolve(settings.Quantization) };
        var (placement, graph, parameters) = (model.Placement, model.Prepared.Model.Graph, settings.Quantization);
        if (placement.Groups.IsEmpty)
            throw new QuantizeException(DiagnosticCodes.NothingToQuantize,
                $"No operator of the model can run in int8. {string.Join(" ", placement.FloatReasons.Take(3).Select(r => $"'{r.Key}': {r.Value}."))} `inspect` gives the reason for each.", new SourcePosition(model.Prepared.Model.Name));
        var choices = QuantizerChoices.Of(placement, settings);
        var scales = ActivationScales.Compute(placement.Quantizers, choices, model.Statistics, graph.IsInput, parameters);
        var scaleOf = placement.Quantizers.Zip(scales).SelectMany(p => p.First.Tensors.Select(t => (t, p.Second))).ToDictionary(p => p.t, p => p.Second, StringComparer.Ordinal);
        var names = new TensorNames(model.Prepared.Model);
        var (quantizer, encoder) = (new WeightQuantizer(graph, parameters), new LayerEncoder(names));
        var encoded = new Dictionary<string, EncodedLayer>(StringComparer.Ordinal);
        var halfRange = HalfRangeLayers.Find(graph, placement.Layers, model.Rescaled, settings);
        foreach (var layer in placement.Layers.Where(l => l.Weights is not null))
        {
            var input = scaleOf[layer.Inputs[0]];
            var weights = quantizer.Quantize(layer, choices.Weights[layer.Name], halfRange.Contains(layer.Name), input.Scale);
            var bias = Bias(graph, layer);
            if (parameters.UseFastBias)
                bias = Correct(layer, weights, bias, model.Statistics[layer.Inputs[0]].ChannelMeans(layer.Weights!.InputChannelAxis));
            encoded[layer.Name] = encoder.Encode(layer, weights, bias, input);
        }
        return new QuantizedModelVariants(model.Prepared, placement, scales, names, encoded.ToFrozenDictionary(StringComparer.Ordinal), settings.Format);
    }

    private static double[]? Bias(OnnxGraph graph, QuantizedLayer layer) =>
        layer.Weights!.BiasValues(graph) is { } bias ? [.. bias] : null;

    private static double[]? Correct(QuantizedLayer layer, QuantizedWeights weights, double[]? bias, ImmutableArray<double> inputMeans)
    {
        // A MatMul without a bias would need another node for one.
        if (!layer.Weights!.TakesBias || inputMeans.Length != weights.Float.InputChannels || (bias is null && layer.OperatorType == "MatMul"))
            return bias;
        var shift = FastBiasCorrection.Shift(weights, inputMeans);
        return bias is null ? shift : [.. bias.Zip(shift, (b, s) => b + s)];
    }
}
