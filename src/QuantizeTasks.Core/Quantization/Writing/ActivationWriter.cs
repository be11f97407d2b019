using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Preparation;

namespace QuantizeTasks.Quantization.Writing;

/// <summary>Writes the Q/DQ pairs of activations, and says under which name a node reads a tensor that has one.</summary>
internal sealed class ActivationWriter(PreparedModel prepared, VariantPlan plan, TensorNames names, WrittenGraph graph)
{
    /// <summary>The name of the node that quantizes a tensor.</summary>
    public static string QuantizerOf(string tensor) => $"{tensor}/QuantizeLinear";

    /// <summary>The pair of a tensor; nothing for a tensor that stays in float.</summary>
    public void Quantize(string name)
    {
        if (!plan.TryGetQuantized(name, out var tensor))
            return;
        graph.Add(TensorData.Floats(tensor.ScaleName, [tensor.Scale.Scale]));
        graph.Add(TensorData.Integers(tensor.ZeroPointName, (int)tensor.Scale.Type, [tensor.Scale.ZeroPoint]));
        graph.Add(NodeAttributes.Node("QuantizeLinear", QuantizerOf(name), [tensor.Float, tensor.ScaleName, tensor.ZeroPointName], tensor.Quantized), tensor.Scale.Type);
        graph.Add(NodeAttributes.Node("DequantizeLinear", $"{name}/DequantizeLinear", [tensor.Quantized, tensor.ScaleName, tensor.ZeroPointName], tensor.Dequantized), tensor.Scale.Type);
    }

    /// <summary>What the node's input has to be called for the node to run in int8 or float, as planned.</summary>
    public string Read(NodeProto node, int input)
    {
        if (!plan.TryGetQuantized(node.Input[input], out var tensor))
            return node.Input[input];
        // What is added apart is added in float.
        return plan.ReadsIntegers(node.Name) && !(input == 2 && plan.LayerOf(node.Name)?.Weights is { AddsApart: true }) ? tensor.Dequantized
            : tensor.IsIntegerProduct && FloatGuard.For(node, input, plan.IsReverted(node.Name), prepared) is { } guard ? Guard(tensor, guard)
            : node.Input[input];
    }

    /// <summary>The tensor once more, dequantized in a way that the runtime does not fuse; see <see cref="FloatGuard"/>.</summary>
    private string Guard(QuantizedTensor tensor, FloatGuard guard)
    {
        var name = names.Derive(tensor.Name, $"float_{guard.Axis}");
        var scales = TensorData.Floats(names.Derive(name, "scale"), [.. Enumerable.Repeat(tensor.Scale.Scale, guard.Extent)], guard.Extent);
        var zeroPoints = TensorData.Integers(names.Derive(name, "zero_point"), (int)tensor.Scale.Type, [.. Enumerable.Repeat(tensor.Scale.ZeroPoint, guard.Extent)], guard.Extent);
        if (graph.TryAdd(scales))
        {
            graph.Add(zeroPoints);
            graph.Add(NodeAttributes.Node("DequantizeLinear", $"{name}/DequantizeLinear", [tensor.Quantized, scales.Name, zeroPoints.Name], name).With("axis", (long)guard.Axis), tensor.Scale.Type);
        }
        if (!guard.NeedsReshape)
            return name;
        var reshaped = names.Derive(name, "reshaped");
        var shape = TensorData.Int64s(names.Derive(reshaped, "shape"), new long[guard.Rank], guard.Rank);
        if (graph.TryAdd(shape))
            graph.Add(NodeAttributes.Node("Reshape", $"{name}/Reshape", [name, shape.Name], reshaped));
        return reshaped;
    }
}
