using System.Collections.Immutable;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Devices;
using QuantizeTasks.Quantization.Preparation;

namespace QuantizeTasks.Quantization.Placement;

/// <summary>Finds the operators that have an int8 form, and puts together what the runtime fuses.</summary>
internal sealed class CandidateFinder
{
    private readonly PreparedModel _prepared;
    private readonly OnnxGraph _graph;
    private readonly DeviceProfile _device;
    private readonly IReadOnlyDictionary<string, string> _excluded;
    private readonly WeightedOperators _weighted;
    private readonly HashSet<string> _fused = new(StringComparer.Ordinal);
    private readonly List<QuantizedLayer> _layers = [];
    private readonly List<AgnosticOperator> _agnostic = [];
    private readonly List<StoredLayer> _dynamic = [];
    private readonly SortedDictionary<string, string> _reasons = new(StringComparer.Ordinal);

    private CandidateFinder(PreparedModel prepared, DeviceProfile device, IReadOnlyDictionary<string, string> excluded)
    {
        _prepared = prepared;
        _graph = prepared.Model.Graph;
        _device = device;
        _excluded = excluded;
        _weighted = new WeightedOperators(prepared);
    }

    public static Candidates Find(PreparedModel prepared, DeviceProfile device, IReadOnlyDictionary<string, string> excluded)
    {
        var finder = new CandidateFinder(prepared, device, excluded);
        foreach (var node in finder._graph.Nodes)
            if (!finder._fused.Contains(node.Name) && finder.Visit(node) is { } reason)
                finder._reasons[node.Name] = reason;
        return new([.. finder._layers], [.. finder._agnostic], finder._reasons.ToImmutableSortedDictionary(StringComparer.Ordinal)) { Dynamic = [.. finder._dynamic] };
    }

    /// <summary>Takes the node in, or says why not.</summary>
    private string? Visit(NodeProto node)
    {
        if (_excluded.TryGetValue(node.Name, out var reason))
            return reason;
        if (node.Domain is not ("" or "ai.onnx"))
            return $"it belongs to the operator set '{node.Domain}'";
        var known = _device.Of(node.OpType);
        if (known.Kind == OperatorKind.Float)
            return known.Reason;
        if (node.Output.FirstOrDefault(o => o.Length > 0) is not { } output || !_prepared.Tensors.IsFloat(output))
            return "it does not compute 32-bit floats";
        return known.Kind switch
        {
            OperatorKind.Weighted => VisitWeighted(node),
            OperatorKind.Rescaling => VisitRescaling(node),
            OperatorKind.Dynamic => VisitDynamic(node),
            _ => VisitAgnostic(node),
        };
    }

    private string? VisitWeighted(NodeProto node)
    {
        if (node.OpType != "Conv" && !node.Input.Take(2).Any(_graph.IsConstant))
            return VisitProduct(node);
        if (_weighted.Read(node, out var reason) is not { } weights)
            return reason;
        List<NodeProto> nodes = [node];
        if (node.OpType == "MatMul" && weights.TakesBias && _weighted.BiasAfter(node, weights.Channels) is { } add && !_excluded.ContainsKey(add.Node.Name))
        {
            nodes.Add(add.Node);
            weights = AsGemm(weights with { Bias = add.Bias, BiasNode = add.Node.Name }, node, add.Node);
        }
        AddLayer(nodes, [node.Input[1 - weights.Input]], weights, NeedsQuantizedOutput(nodes, weights));
        return null;
    }

    /// <summary>
    /// A product with a matrix and its bias are one kernel as a Gemm; for a stack of matrices with their rows one below the other. For that the shape of the result has to be known, but for one extent.
    /// Reshapes copy nothing, whereas the Add is slower than the product where matrices are small. Devices without costs are not ONNX Runtime's CPU provider, and have products of stacks of their own.
    /// </summary>
    private LayerWeights AsGemm(LayerWeights weights, NodeProto product, NodeProto add)
    {
        if (weights.Axis != 1 || _prepared.Tensors.Rank(product.Input[0]) is not { } rank)
            return weights;
        if (rank == 2)
            return weights with { IsGemm = true };
        if (_device.Costs is null || !_device.HasIntegerBiases || _prepared.Tensors.Shape(add.Output[0]) is not { } shape || shape.Count(e => e <= 0) > 1 || shape.Contains(0))
            return weights;
        return weights with { IsGemm = true, Stack = [.. shape.Select(extent => (long)extent)] };
    }

    /// <summary>A product of two activations, as in attention.</summary>
    private string? VisitProduct(NodeProto node)
    {
        if (node.Input.Take(2).Any(i => _prepared.Tensors.Rank(i) < 2))
            return "an operand is a vector";
        if (node.Input.Count > 2 && node.Input[2].Length > 0)
            return "it adds to the product of two activations, and ONNX Runtime's int8 kernel takes a constant bias only";
        AddLayer([node], [.. node.Input.Take(2).Distinct()], weights: null, NeedsQuantizedOutput([node], null));
        return null;
    }

    /// <summary>
    /// Whether only a quantizer behind brings an int8 kernel about. Conv has none that gives floats. A Gemm is fused with what follows (GemmActivationFusion) before ONNX Runtime looks for int8
    /// kernels, and a MatMul in front of Relu or Clip is taken as int8 together with the quantizer behind these, or not at all.
    /// </summary>
    private bool NeedsQuantizedOutput(List<NodeProto> nodes, LayerWeights? weights)
    {
        var output = nodes[^1].Output[0];
        if (nodes[0].OpType == "Conv" || weights is { AddsApart: true } || _graph.IsOutput(output) || _graph.Consumers(output) is not [var next])
            return nodes[0].OpType == "Conv";
        return nodes[0].OpType == "Gemm" || weights is { IsGemm: true, Stack.IsEmpty: true }
            ? next.OpType is "Elu" or "HardSigmoid" or "LeakyRelu" or "Relu" or "Selu" or "Sigmoid" or "Softplus" or "Softsign" or "Tanh" or "ThresholdedRelu"
            : nodes.Count == 1 && next.OpType is "Relu" or "Clip";
    }

    private string? VisitRescaling(NodeProto node)
    {
        if (node.Input.Any(_graph.IsConstant))
            return "one operand is constant";
        if (node.OpType == "Mul" && !SameKnownShape(node.Input[0], node.Input[1]))
            return "its operands differ in shape, and the int8 kernel is slower than the float one then";
        AddLayer([node], [.. node.Input.Distinct()], weights: null, needsQuantizedOutput: true);
        return null;
    }

    private string? VisitDynamic(NodeProto node)
    {
        foreach (var weights in node.Input.Skip(1).Take(2))
            if (!_graph.TryGetConstant(weights, out var value) || !value.IsFloat() || value.Dims.Count != 3 || value.Dims.Contains(0))
                return "its weights are no constant of directions, gates and inputs";
        _dynamic.Add(new StoredLayer(node.Name, node.OpType, [new(1, node.Input[1], 1), new(2, node.Input[2], 1)]) { IsDynamic = true });
        return null;
    }

    private string? VisitAgnostic(NodeProto node)
    {
        string[] inputs = node.OpType == "Concat" ? [.. node.Input] : [node.Input[0]];
        if (inputs.Any(_graph.IsConstant))
            return "one operand is constant";
        if (node.OpType == "Resize" && node.Text("mode", "nearest") != "nearest")
            return "ONNX Runtime has no int8 kernel for its mode of interpolation";
        if (node.OpType == "MaxPool" && (node.Output.Count > 1 || _prepared.Tensors.Rank(node.Input[0]) != 4))
            return "ONNX Runtime has no fast int8 kernel for it with indices or other than two spatial axes";
        if (node.OpType == "Concat" && inputs.Select(Activation).Distinct().Count() > 1)
            // One scale for a tensor after Relu and one that is signed would keep the runtime from fusing the Relu; QLinearConcat takes a scale for each operand.
            AddLayer([node], [.. inputs.Distinct()], weights: null, needsQuantizedOutput: true);
        else
            _agnostic.Add(new AgnosticOperator(node.Name, node.OpType, [.. inputs.Distinct()], [.. node.Output.Where(o => o.Length > 0)]));
        return null;
    }

    /// <summary>The activation function whose range a tensor has, through operators that pass values on; "" without one.</summary>
    private string Activation(string tensor)
    {
        while (_graph.Producer(tensor) is { } producer)
        {
            if (producer.OpType is "Relu" or "Clip")
                return string.Join('|', producer.Input.Skip(1).Select(Constant).Prepend(producer.OpType));
            if (_device.Of(producer.OpType).Kind != OperatorKind.Agnostic || producer.OpType == "Concat")
                return "";
            tensor = producer.Input[0];
        }
        return "";
    }

    private string Constant(string tensor) => _graph.TryGetConstant(tensor, out var value) && value.IsFloat() ? string.Join(',', value.ToFloats()) : tensor;

    private void AddLayer(List<NodeProto> nodes, ImmutableArray<string> inputs, LayerWeights? weights, bool needsQuantizedOutput)
    {
        var output = nodes[^1].Output[0];
        if (!_graph.IsOutput(output) && _graph.Consumers(output) is [var next] && IsFusable(next) && !_excluded.ContainsKey(next.Name))
            nodes.Add(next);
        _fused.UnionWith(nodes.Skip(1).Select(n => n.Name));
        _layers.Add(new QuantizedLayer
        {
            Name = nodes[0].Name,
            OperatorType = nodes[0].OpType,
            Nodes = [.. nodes.Select(n => n.Name)],
            Inputs = inputs,
            Product = nodes[0].Output[0],
            Output = nodes[^1].Output[0],
            Weights = weights,
            NeedsQuantizedOutput = needsQuantizedOutput && _device.HasIntegerOutputs,
            KeepsFloatBias = !_device.HasIntegerBiases,
        });
    }

    /// <summary>Relu, and Clip from 0: the runtime drops them before a quantizer that clamps to the same range anyway (ReluQuantFusion, ClipQuantFusion).</summary>
    private bool IsFusable(NodeProto node) => node.OpType switch
    {
        "Relu" => true,
        "Clip" => node.Input.Count >= 2 && _graph.TryGetConstant(node.Input[1], out var low) && low.IsFloat() && low.ToFloats() is [0]
            && (node.Input.Count < 3 || node.Input[2].Length == 0 || _graph.IsConstant(node.Input[2])),
        _ => false,
    };

    private bool SameKnownShape(string left, string right) =>
        _prepared.Tensors.Shape(left) is { } a && _prepared.Tensors.Shape(right) is { } b && a.SequenceEqual(b);
}
