using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Scaling;

namespace QuantizeTasks.Quantization.Writing;

/// <summary>What is in int8 under one configuration, node by node and tensor by tensor.</summary>
internal sealed class VariantPlan
{
    private readonly Dictionary<string, QuantizedLayer> _layerOf = new(StringComparer.Ordinal);
    private readonly HashSet<string> _integerReaders = new(StringComparer.Ordinal);
    private readonly HashSet<string> _reverted;
    private readonly HashSet<string> _integerProducts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, QuantizedTensor> _quantized = new(StringComparer.Ordinal);
    private readonly Dictionary<string, StoredLayer> _stored;

    /// <param name="placement">What is int8 when everything may be.</param>
    /// <param name="scales">One for each of its quantizers.</param>
    /// <param name="names">Names for what is added.</param>
    /// <param name="layers">The layers to be in int8 now.</param>
    /// <param name="stored">The layers to be in float with weights stored in int8.</param>
    public VariantPlan(QuantizerPlacement placement, ImmutableArray<TensorScale> scales, TensorNames names, ImmutableArray<QuantizedLayer> layers, IEnumerable<StoredLayer> stored)
    {
        _stored = stored.ToDictionary(s => s.Name, StringComparer.Ordinal);
        foreach (var layer in layers)
        {
            foreach (var node in layer.Nodes)
                _layerOf[node] = layer;
            _integerReaders.Add(layer.Name);
        }
        _reverted = [.. placement.Layers.Select(l => l.Name).Where(name => !_integerReaders.Contains(name))];
        var read = layers.SelectMany(l => l.Inputs).ToHashSet(StringComparer.Ordinal);
        var written = layers.Where(l => l.NeedsQuantizedOutput).Select(l => l.Output).ToHashSet(StringComparer.Ordinal);
        var made = layers.Select(l => l.Output).ToHashSet(StringComparer.Ordinal);
        for (var i = 0; i < placement.Quantizers.Length; i++)
        {
            var quantizer = placement.Quantizers[i];
            // A quantizer that no int8 kernel reads or needs is left out; what agnostic operators do with its tensors then happens in float.
            if (!quantizer.Tensors.Any(t => read.Contains(t) || written.Contains(t)))
                continue;
            var passing = placement.AgnosticOperators.Where(a => quantizer.Tensors.Contains(a.Inputs[0])).ToArray();
            _integerReaders.UnionWith(passing.Select(a => a.Name));
            _integerProducts.UnionWith(passing.SelectMany(a => a.Outputs).Concat(quantizer.Tensors.Where(made.Contains)));
            foreach (var tensor in quantizer.Tensors)
                _quantized.Add(tensor, new QuantizedTensor(tensor, _integerProducts.Contains(tensor), quantizer.Sources[0], scales[i], names));
        }
    }

    /// <summary>The int8 layer that the node is part of; null for other nodes.</summary>
    public QuantizedLayer? LayerOf(string node) => _layerOf.GetValueOrDefault(node);

    /// <summary>The weights of a node that are stored in int8 while it computes in float; null for other nodes.</summary>
    public StoredLayer? StoredIn(string node) => _stored.GetValueOrDefault(node);

    /// <summary>True for a node whose kernel reads the stored integers.</summary>
    public bool ReadsIntegers(string node) => _integerReaders.Contains(node);

    /// <summary>True for a layer that is in int8 under other configurations.</summary>
    public bool IsReverted(string node) => _reverted.Contains(node);

    /// <summary>The quantizer of a tensor that has one.</summary>
    public bool TryGetQuantized(string tensor, [NotNullWhen(true)] out QuantizedTensor? quantized) => _quantized.TryGetValue(tensor, out quantized);
}
