using System.Collections.Immutable;
using System.Reflection;
using Google.Protobuf;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;
using QuantizeTasks.Quantization.Scaling;

namespace QuantizeTasks.Quantization.Writing;

/// <summary>
/// Writes the Q/DQ model in which the given layers run in int8. A quantized tensor keeps its name on the dequantized side when an int8 kernel makes it, so that
/// everybody who reads it, and the model's outputs, get what the kernel gave; where a float operator makes it, only int8 operators read the quantized copy.
/// </summary>
internal sealed class QuantizedModelWriter
{
    private static readonly string Version = typeof(QuantizedModelWriter).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "";

    private readonly PreparedModel _prepared;
    private readonly TensorNames _names;
    private readonly IReadOnlyDictionary<string, EncodedLayer> _encoded;
    private readonly Dictionary<string, QuantizedLayer> _layerOf = new(StringComparer.Ordinal);
    private readonly HashSet<string> _integerReaders = new(StringComparer.Ordinal);
    private readonly HashSet<string> _reverted;
    private readonly HashSet<string> _integerProducts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, QuantizedTensor> _quantized = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, TensorProto> _constants = new(StringComparer.Ordinal);
    private readonly List<NodeProto> _nodes = [];

    /// <param name="prepared">The float model.</param>
    /// <param name="placement">What is int8 when everything may be.</param>
    /// <param name="scales">One for each of its quantizers.</param>
    /// <param name="encoded">The constants of its weighted layers.</param>
    /// <param name="names">Names for what is added.</param>
    /// <param name="layers">The layers to be in int8 now.</param>
    public QuantizedModelWriter(
        PreparedModel prepared, QuantizerPlacement placement, ImmutableArray<TensorScale> scales, IReadOnlyDictionary<string, EncodedLayer> encoded, TensorNames names, ImmutableArray<QuantizedLayer> layers)
    {
        _prepared = prepared;
        _names = names;
        _encoded = encoded;
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

    /// <summary>The model's bytes.</summary>
    public byte[] Write()
    {
        var source = _prepared.Model.Proto;
        var graph = source.Graph;
        foreach (var input in graph.Input)
            Quantize(input.Name);
        foreach (var node in graph.Node)
            Write(node.Clone());

        // Put together anew instead of cloned: what is not changed is shared with the float model, however large it is.
        var result = new ModelProto
        {
            Graph = new GraphProto { Name = graph.Name, DocString = graph.DocString },
            IrVersion = source.IrVersion,
            Domain = source.Domain,
            ModelVersion = source.ModelVersion,
            DocString = source.DocString,
            ProducerName = "QuantizeTasks",
            ProducerVersion = Version,
        };
        result.OpsetImport.AddRange(source.OpsetImport);
        result.MetadataProps.AddRange(source.MetadataProps);
        result.Functions.AddRange(source.Functions);
        result.Graph.Input.AddRange(graph.Input);
        result.Graph.Output.AddRange(graph.Output);
        result.Graph.ValueInfo.AddRange(graph.ValueInfo);
        result.Graph.Node.AddRange(_nodes);
        var used = UsedNames(_nodes).Concat(graph.Output.Select(o => o.Name)).ToHashSet(StringComparer.Ordinal);
        foreach (var initializer in graph.Initializer)
            _constants.TryAdd(initializer.Name, initializer);
        result.Graph.Initializer.AddRange(_constants.Values.Where(c => used.Contains(c.Name)));
        return result.ToByteArray();
    }

    private void Write(NodeProto node)
    {
        var layer = _layerOf.GetValueOrDefault(node.Name);
        for (var i = 0; i < node.Input.Count; i++)
            if (_quantized.TryGetValue(node.Input[i], out var tensor))
                node.Input[i] = _integerReaders.Contains(node.Name) ? tensor.Dequantized
                    : tensor.IsIntegerProduct && FloatGuard.For(node, i, _reverted.Contains(node.Name), _prepared) is { } guard ? Guard(tensor, guard)
                    : node.Input[i];
        if (layer?.Weights is { } weights)
            WriteConstants(node, layer, weights, _encoded[layer.Name]);
        string[] outputs = [.. node.Output];
        for (var i = 0; i < outputs.Length; i++)
            if (_integerProducts.Contains(outputs[i]))
                node.Output[i] = _quantized[outputs[i]].Float;
        Append(node, layer);
        foreach (var output in outputs)
            Quantize(output);
    }

    /// <summary>
    /// Appends a node. A matrix product with its bias becomes a Gemm on two axes: the runtime would make one of the float Add and the product by itself,
    /// too early for it to find an int8 kernel (MatMulAddFusion runs before the Q/DQ fusions).
    /// </summary>
    private void Append(NodeProto node, QuantizedLayer? layer)
    {
        if (layer?.Weights is { IsGemm: true } weights && node.Name == weights.BiasNode)
        {
            var product = _nodes.FindLast(n => n.Name == layer.Name)!;
            _nodes.Remove(product);
            product.OpType = "Gemm";
            product.Input.Add(DequantizeBias(_encoded[layer.Name]));
            product.Output[0] = node.Output[0];
            node = product;
        }
        _nodes.Add(node);
    }

    private void WriteConstants(NodeProto node, QuantizedLayer layer, LayerWeights weights, EncodedLayer encoded)
    {
        if (node.Name == layer.Name)
        {
            node.Input[1] = Dequantize(encoded.Weights, encoded.Scales, encoded.ZeroPoints, encoded.Axis);
            if (encoded.BiasScales is null || weights.IsGemm)
                return;
            var bias = DequantizeBias(encoded);
            if (node.Input.Count < 3)
                node.Input.Add(bias);
            else
                node.Input[2] = bias;
        }
        else if (node.Name == weights.BiasNode && !weights.IsGemm)
        {
            var bias = encoded.Bias!;
            if (!_quantized.ContainsKey(layer.Output) && _prepared.Tensors.Rank(layer.Inputs[0]) >= 3)
            {
                // With two axes MatMulAddFusion leaves it alone, and the product has an int8 kernel that gives floats.
                bias = bias.Clone();
                bias.Dims.Insert(0, 1);
            }
            Add(bias);
            node.Input[node.Input.IndexOf(weights.Bias)] = bias.Name;
        }
    }

    private void Quantize(string name)
    {
        if (!_quantized.TryGetValue(name, out var tensor))
            return;
        Add(TensorData.Floats(tensor.ScaleName, [tensor.Scale.Scale]));
        Add(TensorData.Integers(tensor.ZeroPointName, (int)tensor.Scale.Type, [tensor.Scale.ZeroPoint]));
        _nodes.Add(NodeAttributes.Node("QuantizeLinear", $"{name}/QuantizeLinear", [tensor.Float, tensor.ScaleName, tensor.ZeroPointName], tensor.Quantized));
        _nodes.Add(NodeAttributes.Node("DequantizeLinear", $"{name}/DequantizeLinear", [tensor.Quantized, tensor.ScaleName, tensor.ZeroPointName], tensor.Dequantized));
    }

    /// <summary>The tensor once more, dequantized in a way that the runtime does not fuse; see <see cref="FloatGuard"/>.</summary>
    private string Guard(QuantizedTensor tensor, FloatGuard guard)
    {
        var name = _names.Derive(tensor.Name, $"float_{guard.Axis}");
        var scales = TensorData.Floats(_names.Derive(name, "scale"), [.. Enumerable.Repeat(tensor.Scale.Scale, guard.Extent)], guard.Extent);
        var zeroPoints = TensorData.Integers(_names.Derive(name, "zero_point"), (int)tensor.Scale.Type, [.. Enumerable.Repeat(tensor.Scale.ZeroPoint, guard.Extent)], guard.Extent);
        if (_constants.TryAdd(scales.Name, scales))
        {
            Add(zeroPoints);
            _nodes.Add(NodeAttributes.Node("DequantizeLinear", $"{name}/DequantizeLinear", [tensor.Quantized, scales.Name, zeroPoints.Name], name).With("axis", (long)guard.Axis));
        }
        if (!guard.NeedsReshape)
            return name;
        var reshaped = _names.Derive(name, "reshaped");
        var shape = TensorData.Int64s(_names.Derive(reshaped, "shape"), new long[guard.Rank], guard.Rank);
        if (_constants.TryAdd(shape.Name, shape))
            _nodes.Add(NodeAttributes.Node("Reshape", $"{name}/Reshape", [name, shape.Name], reshaped));
        return reshaped;
    }

    private string DequantizeBias(EncodedLayer encoded) => Dequantize(encoded.Bias!, encoded.BiasScales!, encoded.BiasZeroPoints!, encoded.Axis is null ? null : 0);

    private string Dequantize(TensorProto values, TensorProto scales, TensorProto zeroPoints, int? axis)
    {
        Add(values);
        Add(scales);
        Add(zeroPoints);
        var output = _names.Derive(values.Name, "dequantized");
        var node = NodeAttributes.Node("DequantizeLinear", $"{values.Name}/DequantizeLinear", [values.Name, scales.Name, zeroPoints.Name], output);
        _nodes.Add(axis is { } known ? node.With("axis", (long)known) : node);
        return output;
    }

    private void Add(TensorProto constant) => _constants[constant.Name] = constant;

    private static IEnumerable<string> UsedNames(IEnumerable<NodeProto> nodes) => nodes.SelectMany(n => n.Input.Concat(n.Attribute
        .SelectMany(a => a.G is { } body ? a.Graphs.Prepend(body) : a.Graphs)
        .SelectMany(body => UsedNames(body.Node).Concat(body.Output.Select(o => o.Name)))));
}
