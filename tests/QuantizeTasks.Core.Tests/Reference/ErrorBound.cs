using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Preparation;

namespace QuantizeTasks.Tests.Reference;

/// <summary>
/// How far a written Q/DQ model may be from the float model, element by element, by nothing but its scales: each tensor carries its float value v and a
/// bound e with |int8 value - v| at most e. A quantizer adds half a level and what v lies outside of its range; a linear layer with the weights W in place of V makes
/// |W| e + |(W - V) v| of it. First-order error propagation without any cancellation, so the bound is loose but certain.
/// </summary>
internal static class ErrorBound
{
    public readonly record struct Bounded(Values Value, Values Error);

    private static readonly HashSet<string> Lipschitz = new(["Relu", "Clip", "LeakyRelu", "Sigmoid", "Identity"], StringComparer.Ordinal);
    private static readonly HashSet<string> Averaging = new(["AveragePool", "GlobalAveragePool", "MaxPool", "Concat", "Reshape", "Transpose", "Flatten"], StringComparer.Ordinal);

    /// <summary>Every activation of the written model.</summary>
    public static Dictionary<string, Bounded> Of(PreparedModel prepared, OnnxModel written, IReadOnlyDictionary<string, Tensor> inputs)
    {
        var tensors = new Dictionary<string, Bounded>(StringComparer.Ordinal);
        foreach (var initializer in written.Proto.Graph.Initializer)
            tensors[initializer.Name] = Exact(Values.Of(initializer));
        foreach (var (name, tensor) in inputs)
            tensors[name] = Exact(Values.Of(tensor));
        foreach (var node in Quantizers.WithTypes(written).Proto.Graph.Node)
            tensors[node.Output[0]] = Apply(node, [.. node.Input.Select(i => i.Length == 0 ? default : tensors[i])], FloatWeights(prepared, node));
        return tensors;
    }

    private static Bounded Apply(NodeProto node, Bounded[] x, Values?[] floats)
    {
        switch (node.OpType)
        {
            case "QuantizeLinear":
                // The integers themselves are not needed: value and bound stay in real units.
                var (scale, zero) = (x[1].Value.Data[0], x[2].Value.Data[0]);
                var (low, high) = (-zero * scale, (255 - zero) * scale);
                return new(x[0].Value, Values.Combine(x[0].Error, x[0].Value.Map(v => Math.Max(0, Math.Max(low - v, v - high)) + (scale / 2)), (e, added) => e + added));
            case "DequantizeLinear" when x[0].Error.Data.All(e => e == 0):
                return Exact(ReferenceRuntime.Apply(node, [.. x.Select(b => b.Value)])[0]);
            case "DequantizeLinear":
                return x[0];
            case "Conv" or "Gemm" or "MatMul":
                return Linear(node, x, floats);
            case "Add":
                return new(Values.Combine(x[0].Value, x[1].Value, (a, b) => a + b), Values.Combine(x[0].Error, x[1].Error, (a, b) => a + b));
            case "Mul":
                var crossed = Values.Combine(Values.Combine(x[0].Value, x[1].Error, (a, e) => Math.Abs(a) * e), Values.Combine(x[0].Error, x[1].Value, (e, b) => e * Math.Abs(b)), (a, b) => a + b);
                return new(Values.Combine(x[0].Value, x[1].Value, (a, b) => a * b), Values.Combine(crossed, Values.Combine(x[0].Error, x[1].Error, (a, b) => a * b), (a, b) => a + b));
            default:
                var value = ReferenceRuntime.Apply(node, [.. x.Select(b => b.Value)])[0];
                return Lipschitz.Contains(node.OpType) ? new(value, x[0].Error)
                    : Averaging.Contains(node.OpType) ? new(value, ReferenceRuntime.Apply(node, [.. x.Select((b, i) => node.OpType == "Reshape" && i == 1 ? b.Value : b.Error)])[0])
                    : throw new NotSupportedException($"no bound for {node.OpType}");
        }
    }

    private static Bounded Linear(NodeProto node, Bounded[] x, Values?[] floats)
    {
        Values Run(Values input, Values weights, Values? bias) => ReferenceRuntime.Apply(node, bias is null ? [input, weights] : [input, weights, bias])[0];
        var bias = x.ElementAtOrDefault(2).Value;
        var value = Run(x[0].Value, floats[1] ?? x[1].Value, floats.ElementAtOrDefault(2) ?? (floats[1] is null ? bias : null));
        var shifted = Values.Combine(Run(x[0].Value, x[1].Value, bias), value, (a, b) => Math.Abs(a - b));
        return new(value, Values.Combine(Run(x[0].Error, x[1].Value.Map(Math.Abs), null), shifted, (a, b) => a + b));
    }

    /// <summary>The float constants of the node of that name; null where the written model has them itself.</summary>
    private static Values?[] FloatWeights(PreparedModel prepared, NodeProto node)
    {
        var original = prepared.Model.Graph.Nodes.SingleOrDefault(n => n.Name == node.Name);
        return original is null ? new Values?[node.Input.Count]
            : [.. original.Input.Select(i => prepared.Model.Graph.TryGetConstant(i, out var constant) && constant.IsFloat() ? Values.Of(constant) : null)];
    }

    private static Bounded Exact(Values value) => new(value, Values.Zeros(value.Shape));
}
