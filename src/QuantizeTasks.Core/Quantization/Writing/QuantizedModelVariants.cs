using System.Collections.Frozen;
using System.Collections.Immutable;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx.Values;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;
using QuantizeTasks.Quantization.Scaling;

namespace QuantizeTasks.Quantization.Writing;

/// <summary>The quantized model of a real network. All that does not depend on the configuration is computed once; <see cref="Build"/> only puts it together.</summary>
internal sealed class QuantizedModelVariants : IModelVariants
{
    private readonly PreparedModel _prepared;
    private readonly QuantizerPlacement _placement;
    private readonly ImmutableArray<TensorScale> _scales;
    private readonly TensorNames _names;
    private readonly FrozenDictionary<string, EncodedLayer> _encoded;
    private readonly StoredConstants _stored;
    private readonly ModelFormat _format;
    private readonly FrozenDictionary<string, int> _groupOf;

    /// <param name="prepared">The float model.</param>
    /// <param name="placement">What is quantized.</param>
    /// <param name="scales">One for each quantizer.</param>
    /// <param name="names">Names for what is added.</param>
    /// <param name="encoded">The constants of each weighted layer.</param>
    /// <param name="format">How int8 is written.</param>
    public QuantizedModelVariants(PreparedModel prepared, QuantizerPlacement placement, ImmutableArray<TensorScale> scales, TensorNames names, FrozenDictionary<string, EncodedLayer> encoded, ModelFormat format = ModelFormat.Qdq)
    {
        _prepared = prepared;
        _placement = placement;
        _scales = scales;
        _names = names;
        _encoded = encoded;
        _format = format;
        _stored = new StoredConstants(prepared.Model.Graph, names);
        _groupOf = placement.Groups.SelectMany(g => g.Layers.Select(layer => (layer, g.Id))).ToFrozenDictionary(p => p.layer, p => p.Id, StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public ImmutableArray<QuantizerGroup> Groups => _placement.Groups;

    /// <inheritdoc/>
    public ImmutableArray<Rung> RungsOf(int group) => [];

    /// <inheritdoc/>
    public SerializedModel Build(Configuration configuration)
    {
        if (configuration.IsFloat)
            return _prepared.Model.Serialize();
        if (configuration.Reverted.Concat(configuration.Rungs.Keys).Any(id => id < 0 || id >= Groups.Length))
            throw new ArgumentOutOfRangeException(nameof(configuration), $"The model has {Groups.Length} groups, but the configuration is '{configuration}'.");
        if (configuration.Rungs.FirstOrDefault(r => !RungsOf(r.Key).Contains(r.Value)) is { Value: { } unknown })
            throw new ArgumentOutOfRangeException(nameof(configuration), $"No group can be '{unknown}', but the configuration is '{configuration}'.");
        var layers = _placement.Layers.Where(l => !configuration.Reverted.Contains(_groupOf[l.Name])).ToImmutableArray();
        var stored = _placement.StoredLayers.Where(s => !configuration.Reverted.Contains(_groupOf[s.Name]));
        return QuantizedModelWriter.Write(_prepared, new VariantPlan(_placement, _scales, _names, layers, stored), _encoded, _stored, _names, _format);
    }
}
