using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Preparation;

namespace QuantizeTasks.Quantization.Corrections;

/// <summary>
/// Cross-layer equalization (Nagel et al. 2019, Data-Free Quantization, section 4.1): where two linear layers follow each other with nothing in between but functions f with f(s x) = s f(x) for
/// s > 0, factors are moved from each output channel of the first to the input channel of the second until both have the same range, r1 = r2 = sqrt(r1 r2). Repeated over all pairs until
/// nothing changes, as a layer is often the second of one pair and the first of the next. The paper replaces ReLU6 by Relu to make it scale; that is another network, so a pair with a Clip
/// from above is left alone: its bound would have to differ from channel to channel, which neither Clip nor an int8 kernel can have.
/// </summary>
internal static class CrossLayerEqualization
{
    private const int Rounds = 100;

    /// <summary>Factors closer to 1 than this change nothing that rounding to 8 bits would show.</summary>
    private const double Converged = 1e-3;

    /// <summary>No channel is scaled beyond this, so that a channel that is almost dead does not blow up.</summary>
    private const double LargestFactor = 1e4;

    /// <summary>A rewritten copy; the same model when there is no such pair.</summary>
    public static PreparedModel Apply(PreparedModel prepared)
    {
        var rewritten = prepared with { Model = prepared.Model.Clone() };
        var graph = rewritten.Model.Graph;
        var layers = new Dictionary<string, ScalableLayer>(StringComparer.Ordinal);
        foreach (var node in graph.Nodes)
            if (ScalableLayer.Of(graph, node, prepared.Tensors) is { } layer)
                layers[layer.Name] = layer;
        (ScalableLayer First, ScalableLayer Second)[] pairs = [.. layers.Values.Select(l => (l, Next(graph, l, layers))).Where(p => p.Item2 is not null).Select(p => (p.l, p.Item2!))];
        if (pairs.Length == 0)
            return prepared;
        for (var round = 0; round < Rounds && pairs.Aggregate(0.0, (largest, pair) => Math.Max(largest, Equalize(pair.First, pair.Second))) > Converged; round++)
        {
        }
        ScalableLayer[] changed = [.. pairs.SelectMany(p => new[] { p.First, p.Second }).Distinct()];
        return ScalableLayer.TryStore(graph, changed) ? rewritten : prepared;
    }

    /// <summary>Makes the ranges of one pair alike; how far the factors are from 1, as the largest |log|.</summary>
    private static double Equalize(ScalableLayer first, ScalableLayer second)
    {
        var (outputs, inputs) = (first.OutputMagnitudes(), second.InputMagnitudes());
        var factors = new double[outputs.Length];
        for (var c = 0; c < factors.Length; c++)
            // A channel that nothing comes from, or that nobody reads, has no range to share.
            factors[c] = outputs[c] > 0 && inputs[c] > 0 ? Math.Clamp(Math.Sqrt(outputs[c] / inputs[c]), 1 / LargestFactor, LargestFactor) : 1;
        first.DivideOutputs(factors);
        second.MultiplyInputs(factors);
        return factors.Max(f => Math.Abs(Math.Log(f)));
    }

    /// <summary>The layer that alone reads another's output, through functions that scale.</summary>
    private static ScalableLayer? Next(OnnxGraph graph, ScalableLayer layer, Dictionary<string, ScalableLayer> layers)
    {
        var tensor = layer.Output;
        while (LinearLayer.SoleReader(graph, tensor) is { } reader)
        {
            if (layers.TryGetValue(reader.Name, out var next))
                return next.Input == tensor && next.InputAxis == layer.OutputAxis && next.Inputs == layer.Outputs ? next : null;
            if (!Scales(graph, reader, tensor, layer.OutputAxis))
                return null;
            tensor = reader.Output[0];
        }
        return null;
    }

    /// <summary>True for f with f(s x) = s f(x) for s > 0, channel by channel, that leaves the channels on their axis.</summary>
    private static bool Scales(OnnxGraph graph, NodeProto node, string input, int channelAxis) => node.Domain is "" or "ai.onnx" && node.Input[0] == input && node.OpType switch
    {
        "Relu" or "LeakyRelu" => true,
        "PRelu" => graph.IsConstant(node.Input[1]),
        "Clip" => IsRelu(graph, node),
        "MaxPool" => channelAxis == 1 && node.Output.Count == 1,
        "AveragePool" or "GlobalAveragePool" or "GlobalMaxPool" => channelAxis == 1,
        _ => false,
    };

    /// <summary>A Clip at zero from below and at nothing from above.</summary>
    private static bool IsRelu(OnnxGraph graph, NodeProto node) =>
        node.Input.Count > 1 && graph.TryGetConstant(node.Input[1], out var low) && low.IsFloat() && low.ToFloats() is [0]
        && (node.Input.Count < 3 || node.Input[2].Length == 0 || (graph.TryGetConstant(node.Input[2], out var high) && high.IsFloat() && high.ToFloats() is [float.PositiveInfinity]));
}
