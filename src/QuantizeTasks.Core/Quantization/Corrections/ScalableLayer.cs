using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Preparation;

namespace QuantizeTasks.Quantization.Corrections;

/// <summary>
/// A linear layer whose weights and bias are being rewritten channel by channel. It computes in double and rounds once, when it is stored; the weights are
/// its own, so a layer that shares them with another (tied weights) is none of these.
/// </summary>
internal sealed class ScalableLayer
{
    private readonly LinearLayer _layer;
    private readonly int _inputStride;
    private readonly int _inputExtent;
    private readonly int _outputsPerGroup;
    private bool _hasBias;

    private ScalableLayer(OnnxGraph graph, LinearLayer layer, TensorProto weights)
    {
        _layer = layer;
        Weights = weights.ToDoubles();
        Bias = layer.Bias(graph)!;
        var isConvolution = layer.Node.OpType == "Conv";
        // Conv: (output, input / group, ...). Gemm: (output, input) when transposed, else (input, output), as for MatMul.
        var axis = isConvolution || layer.Node.Int("transB", 0) != 0 ? 1 : 0;
        _inputExtent = (int)weights.Dims[axis];
        _inputStride = (int)weights.Dims.Skip(axis + 1).Aggregate(1L, (product, extent) => product * extent);
        var groups = isConvolution ? (int)layer.Node.Int("group", 1) : 1;
        _outputsPerGroup = layer.Channels / groups;
        Inputs = _inputExtent * groups;
        InputAxis = isConvolution ? 1 : layer.Rank - 1;
        _hasBias = layer.BiasInput >= 0 && layer.BiasInput < layer.Tail.Input.Count && layer.Tail.Input[layer.BiasInput].Length > 0;
    }

    /// <summary>Name of the node that reads the weights.</summary>
    public string Name => _layer.Node.Name;

    /// <summary>What the layer reads.</summary>
    public string Input => _layer.Node.Input[0];

    /// <summary>The axis of its input channels in <see cref="Input"/>.</summary>
    public int InputAxis { get; }

    /// <summary>The layer's output, after the bias.</summary>
    public string Output => _layer.Tail.Output[0];

    /// <summary>The axis of its output channels in <see cref="Output"/>.</summary>
    public int OutputAxis => _layer.Axis;

    /// <summary>Number of input channels.</summary>
    public int Inputs { get; }

    /// <summary>Number of output channels.</summary>
    public int Outputs => _layer.Channels;

    /// <summary>The weights, in the order they are stored in.</summary>
    public double[] Weights { get; }

    /// <summary>One value for each output channel, zeros when the layer has no bias.</summary>
    public double[] Bias { get; }

    /// <summary>True once a factor was moved.</summary>
    public bool IsChanged { get; private set; }

    /// <summary>The layer that starts at a node; null when it is none, or when others read its weights or its bias too.</summary>
    public static ScalableLayer? Of(OnnxGraph graph, NodeProto node, TensorCatalogue tensors)
    {
        if (node.OpType is not ("Conv" or "Gemm" or "MatMul") || LinearLayer.Of(graph, node, tensors) is not { } layer || graph.IsConstant(node.Input[0])
            || !graph.TryGetConstant(node.Input[1], out var weights) || !IsOwn(graph, node.Input[1]))
            return null;
        if (node.OpType == "MatMul" && (weights.Dims.Count != 2 || tensors.Rank(node.Input[0]) is not >= 2))
            return null;
        if (node.OpType == "Gemm" && node.Int("transA", 0) != 0)
            return null;
        var groups = node.Int("group", 1);
        if (node.OpType == "Conv" && (groups < 1 || weights.Dims[0] % groups != 0))
            return null;
        var bias = layer.BiasInput >= 0 && layer.BiasInput < layer.Tail.Input.Count ? layer.Tail.Input[layer.BiasInput] : "";
        return bias.Length > 0 && !IsOwn(graph, bias) ? null : new ScalableLayer(graph, layer, weights);
    }

    /// <summary>The output channel that a weight belongs to.</summary>
    public int OutputOf(int index) => _layer.ChannelOf(index);

    /// <summary>The input channel that a weight is multiplied with.</summary>
    public int InputOf(int index) => (OutputOf(index) / _outputsPerGroup * _inputExtent) + (index / _inputStride % _inputExtent);

    /// <summary>Divides the layer's output: every channel by its own factor.</summary>
    public void DivideOutputs(ReadOnlySpan<double> factors)
    {
        IsChanged = true;
        for (var i = 0; i < Weights.Length; i++)
            Weights[i] /= factors[OutputOf(i)];
        for (var i = 0; i < Bias.Length; i++)
            Bias[i] /= factors[i];
    }

    /// <summary>Makes up for an input whose channels were divided by these factors.</summary>
    public void MultiplyInputs(ReadOnlySpan<double> factors)
    {
        IsChanged = true;
        for (var i = 0; i < Weights.Length; i++)
            Weights[i] *= factors[InputOf(i)];
    }

    /// <summary>The largest magnitude of each output channel's weights.</summary>
    public double[] OutputMagnitudes() => Magnitudes(Outputs, OutputOf);

    /// <summary>The largest magnitude of each input channel's weights.</summary>
    public double[] InputMagnitudes() => Magnitudes(Inputs, InputOf);

    /// <summary>Writes weights and biases of layers that were rewritten together into the graph; false, and nothing is changed, when one value is no finite float.</summary>
    public static bool TryStore(OnnxGraph graph, params ReadOnlySpan<ScalableLayer> layers)
    {
        foreach (var layer in layers)
            if (!layer.Weights.Concat(layer.Bias).All(value => float.IsFinite((float)value)))
                return false;
        foreach (var layer in layers)
            layer.Store(graph);
        return true;
    }

    private void Store(OnnxGraph graph)
    {
        Preparation.Weights.Replace(graph, _layer.Node, 1, [.. Weights.Select(w => (float)w)]);
        if (!_hasBias && Bias.All(b => b == 0))
            return;
        Preparation.Weights.SetOrAdd(graph, _layer.Tail, _layer.BiasInput, [.. Bias.Select(b => (float)b)]);
        _hasBias = true;
    }

    private double[] Magnitudes(int count, Func<int, int> channelOf)
    {
        var magnitudes = new double[count];
        for (var i = 0; i < Weights.Length; i++)
        {
            ref var magnitude = ref magnitudes[channelOf(i)];
            magnitude = Math.Max(magnitude, Math.Abs(Weights[i]));
        }
        return magnitudes;
    }

    private static bool IsOwn(OnnxGraph graph, string constant) => graph.IsInitializer(constant) && !graph.IsOutput(constant) && graph.Consumers(constant) is [var reader] && reader.Input.Count(i => i == constant) == 1;
}
