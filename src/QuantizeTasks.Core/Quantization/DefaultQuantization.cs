using System.Collections.Frozen;
using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization.Calibration;
using QuantizeTasks.Quantization.Corrections;
using QuantizeTasks.Quantization.Devices;
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
    /// <summary>Values of a tensor that are enough for a range which comes from all values together, such as that of least squared error.</summary>
    private const int ValuesOfATrial = 1 << 18;

    private const int LeastSamplesOfATrial = 4, MostSamplesOfATrial = 64;

    /// <summary>Brings the float model into the form that quantizes best, and observes its activations.</summary>
    /// <param name="prepared">The float model; not changed.</param>
    /// <param name="placement">What is quantized in it.</param>
    /// <param name="settings">Which of the algorithms.</param>
    /// <param name="passes">Runs models on the calibration samples.</param>
    /// <param name="alternatives">Parameters with other presets and range estimators that will be tried on the result: what they need is observed in the same pass.</param>
    /// <param name="automatic">What the range estimator <c>auto</c> chose before; null to let it choose.</param>
    /// <exception cref="QuantizeException">A pass over the calibration samples fails.</exception>
    public static CalibratedModel Calibrate(
        PreparedModel prepared, QuantizerPlacement placement, CompressionSettings settings, ICalibrationPasses passes, IEnumerable<DefaultQuantizationParameters>? alternatives = null, AutomaticRanges? automatic = null)
    {
        var (parameters, original, rescaled) = (settings.Quantization, prepared, ImmutableSortedSet.Create<string>(StringComparer.Ordinal));
        var skipped = ImmutableSortedDictionary<string, string>.Empty;
        if (parameters.ChannelAlignment && ChannelAlignment.Candidates(prepared, placement) is { IsEmpty: false } pairs)
            (prepared, rescaled) = ChannelAlignment.Apply(prepared, pairs, passes.Observe(prepared, ChannelAlignment.Observe(prepared, pairs)));
        var warnings = new List<Diagnostic>();
        if (parameters.CrossLayerEqualization)
        {
            var equalized = CrossLayerEqualization.Apply(prepared);
            if (ReferenceEquals(equalized, prepared))
                warnings.Add(WithoutEffect("cross_layer_equalization", "no two layers follow each other with only functions in between that scale, such as Relu (a Clip from above is none)", null));
            prepared = equalized;
        }
        if (parameters.SmoothQuantAlpha is { } alpha)
        {
            var (smoothed, products) = (prepared, SmoothQuant.Candidates(prepared, placement));
            if (!products.IsEmpty)
                (smoothed, skipped) = SmoothQuant.Apply(prepared, products, passes.Observe(prepared, SmoothQuant.Observe(prepared, products)), alpha.Value);
            if (ReferenceEquals(smoothed, prepared))
                warnings.Add(WithoutEffect("smooth_quant", products.IsEmpty ? "no matrix product is quantized" : string.Join("; ", skipped.Take(3).Select(s => $"'{s.Key}': {s.Value}")), alpha.Position));
            prepared = smoothed;
        }
        if (parameters.ApplyForAllNodes)
            prepared = ZeroBiases.Add(prepared, placement);
        if (!ReferenceEquals(prepared, original))
        {
            // Layers keep their names, but may have got a bias.
            prepared = prepared with { Tensors = TensorCatalogue.Of(prepared.Model) };
            var measured = settings.Prefer == Preference.Measured ? placement.Layers.Select(l => l.Name).Concat(placement.AgnosticOperators.Select(a => a.Name)).ToImmutableHashSet(StringComparer.Ordinal) : null;
            placement = QuantizerPlacement.Place(prepared, settings, measured);
        }
        var model = new CalibratedModel(prepared, placement, passes.Observe(prepared, RangeEstimation.Observe(placement, [parameters, .. Rungs.OtherSettings(settings).Select(other => other.Settings.Quantization), .. SettingsGrid.Observed(settings), .. alternatives ?? []])), rescaled) { NotSmoothed = skipped, Warnings = [.. warnings] };
        return AutomaticRanges.AreWanted(parameters) && !placement.Layers.IsEmpty ? model with { Automatic = automatic ?? AutomaticRanges.Choose(model, settings, passes) } : model;
    }

    /// <summary>
    /// Computes scales, int8 weights and corrected biases: a pure function of its arguments, and cheap beside <see cref="Calibrate"/>. The settings may differ from those the model was
    /// calibrated with in all that does not change which tensors are observed, so other presets, estimators and corrections can be tried on one calibrated model. What its statistics lack for
    /// them is observed on a few samples.
    /// </summary>
    /// <param name="model">The float model and its statistics.</param>
    /// <param name="settings">Preset, granularity of weights, corrections.</param>
    /// <param name="passes">Runs models on the calibration samples; only corrections that are off by default need more passes.</param>
    /// <exception cref="QuantizeException">The placement has nothing in int8.</exception>
    public static QuantizedModelVariants Quantize(CalibratedModel model, CompressionSettings settings, ICalibrationPasses passes)
    {
        var placement = model.Placement;
        if (placement.Groups.IsEmpty && !placement.PaysNowhere)
            throw new QuantizeException(DiagnosticCodes.NothingToQuantize,
                $"No operator of the model can run in int8. {string.Join(" ", placement.FloatReasons.Take(3).Select(r => $"'{r.Key}': {r.Value}."))} `inspect` gives the reason for each.", new SourcePosition(model.Prepared.Model.Name));
        var names = new TensorNames(model.Prepared.Model);
        var choices = QuantizerChoices.Of(placement, settings);
        var alternatives = Rungs.OtherSettings(settings).Select(other =>
        {
            var others = QuantizerChoices.Of(placement, other.Settings);
            return new AlternativeConstants(
                other.Rung,
                [.. others.Activations.Zip(choices.Activations, (a, b) => a != b)],
                others.Weights.Where(w => w.Value != choices.Weights[w.Key]).Select(w => w.Key).ToFrozenSet(StringComparer.Ordinal),
                new Lazy<QuantizedConstants>(() => Constants(model, other.Settings, names, passes)));
        });
        return new QuantizedModelVariants(model.Prepared, placement, names, Constants(model, settings, names, passes), [.. alternatives], settings);
    }

    private static QuantizedConstants Constants(CalibratedModel model, CompressionSettings settings, TensorNames names, ICalibrationPasses passes)
    {
        if (model.Automatic is { } automatic && AutomaticRanges.AreWanted(settings.Quantization))
            settings = settings with { Quantization = automatic.Resolve(settings.Quantization) };
        var (placement, graph, parameters) = (model.Placement, model.Prepared.Model.Graph, settings.Quantization);
        // A search tries settings that most runs never need to observe anything for. Their ranges come from all values together, of which a few samples have enough.
        var observations = RangeEstimation.Observe(placement, parameters);
        if (!model.Statistics.Have(observations))
            model = model with { Statistics = passes.Observe(model.Prepared, observations, SamplesOfATrial(model)) };
        var choices = QuantizerChoices.Of(placement, settings);
        var scales = ActivationScales.Compute(placement.Quantizers, choices, model.Statistics, HalfPrecision.IsFed(graph), parameters);
        var scaleOf = placement.Quantizers.Zip(scales).SelectMany(p => p.First.Tensors.Select(t => (t, p.Second))).ToDictionary(p => p.t, p => p.Second, StringComparer.Ordinal);
        var (quantizer, encoder) = (new WeightQuantizer(graph, parameters), new LayerEncoder(names));
        var halfRange = HalfRangeLayers.Find(graph, placement.Layers, model.Rescaled, settings);
        var hasBoundedSums = DeviceCatalogue.Find(settings.TargetDevice).HasBoundedSums;
        QuantizedLayer[] layers = [.. placement.Layers.Where(l => l.Weights is not null)];
        var weights = layers.ToDictionary(l => l.Name, l => quantizer.Quantize(l, choices.Weights[l.Name], halfRange.Contains(l.Name), scaleOf[l.Inputs[0]].Scale, SmallestScale(l)), StringComparer.Ordinal);
        if (parameters.UseLayerwiseTuning == true)
            weights = LayerwiseTuning.Tune(model, weights, parameters, passes);
        var biases = parameters.UseFastBias
            ? FastBiasCorrection.Correct(model, weights, parameters.Threshold?.Value)
            : BiasCorrection.Correct(model, weights, parameters.Threshold?.Value, passes);
        var encoded = layers.ToFrozenDictionary(l => l.Name, l => encoder.Encode(l, weights[l.Name], biases[l.Name], scaleOf[l.Inputs[0]]), StringComparer.Ordinal);
        return new QuantizedConstants(scales, encoded);

        float SmallestScale(QuantizedLayer layer) => hasBoundedSums ? OverflowCorrection.SmallestScale(model.Statistics[layer.Product], scaleOf[layer.Inputs[0]].Scale) : 0;
    }

    private static int SamplesOfATrial(CalibratedModel model)
    {
        var fewest = model.Placement.Quantizers.SelectMany(q => q.Sources).Select(source => model.Prepared.Tensors.Shape(source)?.Aggregate(1L, (product, extent) => product * Math.Max(1, extent)) ?? 1).Append(ValuesOfATrial).Min();
        return (int)Math.Clamp(ValuesOfATrial / Math.Max(1, fewest), LeastSamplesOfATrial, MostSamplesOfATrial);
    }

    private static Diagnostic WithoutEffect(string key, string because, SourcePosition? position) =>
        new(DiagnosticCodes.NothingToCorrect, DiagnosticSeverity.Warning, $"`{key}` changes nothing in this model: {because}.", position);
}
