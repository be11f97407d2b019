using System.Collections.Frozen;
using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization.Calibration;
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
    private readonly FrozenDictionary<string, int> _groupOf;

    private QuantizedModelVariants(PreparedModel prepared, QuantizerPlacement placement, ImmutableArray<TensorScale> scales, TensorNames names, FrozenDictionary<string, EncodedLayer> encoded)
    {
        _prepared = prepared;
        _placement = placement;
        _scales = scales;
        _names = names;
        _encoded = encoded;
        _groupOf = placement.Groups.SelectMany(g => g.Layers.Select(layer => (layer, g.Id))).ToFrozenDictionary(p => p.layer, p => p.Id, StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public ImmutableArray<QuantizerGroup> Groups => _placement.Groups;

    /// <inheritdoc/>
    public ImmutableArray<Rung> RungsOf(int group) => [];

    /// <summary>Computes scales, int8 weights and corrected biases.</summary>
    /// <param name="prepared">The float model.</param>
    /// <param name="placement">What is quantized.</param>
    /// <param name="statistics">Statistics of what the placement observes.</param>
    /// <param name="settings">Preset, granularity of weights, bias correction.</param>
    /// <exception cref="QuantizeException">The placement has nothing in int8.</exception>
    public static QuantizedModelVariants Create(PreparedModel prepared, QuantizerPlacement placement, CalibrationStatistics statistics, CompressionSettings settings)
    {
        if (placement.Layers.IsEmpty)
            throw new QuantizeException(DiagnosticCodes.NothingToQuantize,
                $"No operator of the model can run in int8. {string.Join(" ", placement.FloatReasons.Take(3).Select(r => $"'{r.Key}': {r.Value}."))} `inspect` gives the reason for each.", new SourcePosition(prepared.Model.Name));
        var parameters = settings.Quantization;
        var names = new TensorNames(prepared.Model);
        var scales = ActivationScales.Compute(placement.Quantizers, statistics, prepared.Model.Graph.IsInput, isAsymmetric: parameters.Preset?.Value == "mixed");
        var scaleOf = placement.Quantizers.Zip(scales).SelectMany(p => p.First.Tensors.Select(t => (t, p.Second))).ToDictionary(p => p.t, p => p.Second, StringComparer.Ordinal);
        var encoder = new LayerEncoder(prepared.Model.Graph, names, parameters.Weights.Granularity?.Value != "pertensor", parameters.UseFastBias);
        var encoded = placement.Layers.Where(l => l.Weights is not null)
            .ToFrozenDictionary(l => l.Name, l => encoder.Encode(l, scaleOf[l.Inputs[0]], statistics[l.Inputs[0]].ChannelMeans), StringComparer.Ordinal);
        return new QuantizedModelVariants(prepared, placement, scales, names, encoded);
    }

    /// <inheritdoc/>
    public byte[] Build(Configuration configuration)
    {
        if (configuration.IsFloat)
            return _prepared.Model.ToBytes();
        if (configuration.Reverted.Concat(configuration.Rungs.Keys).Any(id => id < 0 || id >= Groups.Length))
            throw new ArgumentOutOfRangeException(nameof(configuration), $"The model has {Groups.Length} groups, but the configuration is '{configuration}'.");
        if (configuration.Rungs.FirstOrDefault(r => !RungsOf(r.Key).Contains(r.Value)) is { Value: { } unknown })
            throw new ArgumentOutOfRangeException(nameof(configuration), $"No group can be '{unknown}', but the configuration is '{configuration}'.");
        var layers = _placement.Layers.Where(l => !configuration.Reverted.Contains(_groupOf[l.Name])).ToImmutableArray();
        return QuantizedModelWriter.Write(_prepared, new VariantPlan(_placement, _scales, _names, layers), _encoded, _names);
    }
}
