using System.Collections.Frozen;
using System.Collections.Immutable;
using Google.Protobuf;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx.Values;
using QuantizeTasks.Quantization.Corrections;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;
using QuantizeTasks.Quantization.Scaling;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Quantization.Writing;

/// <summary>The quantized model of a real network. All that does not depend on the configuration is computed once; <see cref="Build"/> only puts it together.</summary>
internal sealed class QuantizedModelVariants : IModelVariants
{
    private readonly PreparedModel _prepared;
    private readonly QuantizerPlacement _placement;
    private readonly QuantizedConstants _constants;
    private readonly ImmutableArray<AlternativeConstants> _alternatives;
    private readonly TensorNames _names;
    private readonly CompressionSettings _settings;
    private readonly StoredConstants _stored;
    private readonly FrozenDictionary<string, int> _groupOf;
    private readonly ILookup<int, int> _quantizersOf;

    /// <param name="prepared">The float model.</param>
    /// <param name="placement">What is quantized.</param>
    /// <param name="names">Names for what is added.</param>
    /// <param name="constants">Scales and int8 weights.</param>
    /// <param name="alternatives">Those of the rungs, the one that keeps most of int8's speed first.</param>
    /// <param name="settings">Format of the model, and whether it is to be small.</param>
    public QuantizedModelVariants(
        PreparedModel prepared, QuantizerPlacement placement, TensorNames names, QuantizedConstants constants, ImmutableArray<AlternativeConstants> alternatives, CompressionSettings settings)
    {
        _prepared = prepared;
        _placement = placement;
        _names = names;
        _constants = constants;
        _alternatives = alternatives;
        _settings = settings;
        _stored = new StoredConstants(prepared.Model.Graph, names, HalfRangeLayers.IncludeRecurrent(settings));
        _groupOf = placement.Groups.SelectMany(g => g.Layers.Select(layer => (layer, g.Id))).ToFrozenDictionary(p => p.layer, p => p.Id, StringComparer.Ordinal);
        var groupReading = placement.Layers.SelectMany(l => l.Inputs.Select(input => (input, Group: _groupOf[l.Name]))).Distinct().ToLookup(p => p.input, p => p.Group, StringComparer.Ordinal);
        _quantizersOf = placement.Quantizers.SelectMany((q, i) => q.Tensors.SelectMany(t => groupReading[t]).Distinct().Select(group => (group, i))).ToLookup(p => p.group, p => p.i);
    }

    /// <inheritdoc/>
    public ImmutableArray<QuantizerGroup> Groups => _placement.Groups;

    /// <inheritdoc/>
    public ImmutableArray<Rung> RungsOf(int group)
    {
        var rungs = _alternatives.Where(a => _quantizersOf[group].Any(q => a.IsOther[q]) || Groups[group].Layers.Any(a.OtherWeights.Contains)).Select(a => a.Rung);
        var hasWeights = _settings is { IsAccuracyAware: true, Prefer: Preference.Size } && Groups[group].RevertsTo is null && _placement.Layers.Any(l => l.Weights is not null && _groupOf[l.Name] == group);
        return hasWeights ? [.. rungs, Rungs.WeightsOnly] : [.. rungs];
    }

    /// <inheritdoc/>
    public SerializedModel Build(Configuration configuration)
    {
        if (configuration.IsFloat)
            return _prepared.Model.Serialize();
        if (configuration.Reverted.Concat(configuration.Rungs.Keys).Any(id => id < 0 || id >= Groups.Length))
            throw new ArgumentOutOfRangeException(nameof(configuration), $"The model has {Groups.Length} groups, but the configuration is '{configuration}'.");
        if (configuration.Rungs.FirstOrDefault(r => !RungsOf(r.Key).Contains(r.Value)) is { Value: { } unknown })
            throw new ArgumentOutOfRangeException(nameof(configuration), $"No group can be '{unknown}', but the configuration is '{configuration}'.");
        var hasFloatActivations = configuration.Reverted.Union(configuration.Rungs.Where(r => r.Value == Rungs.WeightsOnly).Select(r => r.Key));
        var layers = _placement.Layers.Where(l => !hasFloatActivations.Contains(_groupOf[l.Name])).ToImmutableArray();
        var stored = _placement.StoredLayers.Concat(_placement.Layers.Where(l => hasFloatActivations.Contains(_groupOf[l.Name])).SelectMany(StoredForm)).Where(s => !configuration.Reverted.Contains(_groupOf[s.Name]));
        var constants = ConstantsOf(configuration);
        return QuantizedModelWriter.Write(_prepared, new VariantPlan(_placement, constants.Scales, _names, layers, stored), constants.Encoded, _stored, _names, _settings.Format);
    }

    /// <summary>The scale of each activation quantizer of the placement under a configuration, in order.</summary>
    public ImmutableArray<TensorScale> Scales(Configuration configuration) => ConstantsOf(configuration).Scales;

    /// <summary>Identifies the scales and zero points of activations and of int8 weights under a configuration.</summary>
    public string ScalesFingerprint(Configuration configuration)
    {
        var constants = ConstantsOf(configuration);
        using var fingerprint = new FingerprintBuilder("scales/1");
        foreach (var (quantizer, scale) in _placement.Quantizers.Zip(constants.Scales))
            fingerprint.Add("tensor", quantizer.Tensors[0]).Add("type", scale.Type.ToString()).Add("scale", (double)scale.Scale).Add("zero point", scale.ZeroPoint);
        foreach (var (layer, encoded) in constants.Encoded.OrderBy(e => e.Key, StringComparer.Ordinal))
            fingerprint.Add("layer", layer).Add("scales", encoded.Scales.ToByteArray()).Add("zero points", encoded.ZeroPoints.ToByteArray());
        return fingerprint.Finish();
    }

    /// <summary>Whoever reads a quantizer is in one group, so the quantizers and layers of a group can come from other settings without anybody else noticing.</summary>
    private QuantizedConstants ConstantsOf(Configuration configuration)
    {
        if (configuration.Rungs.IsEmpty)
            return _constants;
        var (scales, encoded) = (_constants.Scales.ToBuilder(), _constants.Encoded.ToDictionary(StringComparer.Ordinal));
        foreach (var (group, rung) in configuration.Rungs)
        {
            if (_alternatives.FirstOrDefault(a => a.Rung == rung) is not { } alternative)
                continue;
            foreach (var quantizer in _quantizersOf[group])
                scales[quantizer] = alternative.Constants.Value.Scales[quantizer];
            foreach (var layer in Groups[group].Layers.Where(encoded.ContainsKey))
                encoded[layer] = alternative.Constants.Value.Encoded[layer];
        }
        return new(scales.ToImmutable(), encoded.ToFrozenDictionary(StringComparer.Ordinal));
    }

    private static IEnumerable<StoredLayer> StoredForm(QuantizedLayer layer) =>
        layer.Weights is { } weights ? [new StoredLayer(layer.Name, layer.OperatorType, [new StoredTensor(weights.Input, weights.Tensor, weights.Axis)])] : [];
}
