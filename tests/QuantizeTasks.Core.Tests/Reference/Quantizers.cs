using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using DataType = QuantizeTasks.Onnx.Proto.TensorProto.Types.DataType;

namespace QuantizeTasks.Tests.Reference;

/// <summary>
/// QuantizeLinear and DequantizeLinear by their definitions: y = saturate(round_half_even(x / scale) + zero_point) and y = (x - zero_point) * scale.
/// The division is one of floats, as the operator's type says, which decides the ties.
/// </summary>
internal static class Quantizers
{
    public static Dictionary<string, ReferenceRuntime.Operator> Operators { get; } = new(StringComparer.Ordinal) { ["QuantizeLinear"] = Quantize, ["DequantizeLinear"] = Dequantize };

    /// <summary>The attribute under which <see cref="WithTypes"/> notes the stored type.</summary>
    private const string StoredType = "reference_stored_type";

    /// <summary>The model with the stored type of every QuantizeLinear noted on it; the definition takes it from the zero point.</summary>
    public static OnnxModel WithTypes(OnnxModel model)
    {
        var copy = model.Clone();
        var types = copy.Proto.Graph.Initializer.ToDictionary(i => i.Name, i => (long)i.DataType, StringComparer.Ordinal);
        foreach (var node in copy.Proto.Graph.Node.Where(n => n.OpType == "QuantizeLinear"))
            node.With(StoredType, node.Input.Count > 2 && node.Input[2].Length > 0 ? types[node.Input[2]] : (long)DataType.Uint8);
        return copy;
    }

    private static Values[] Quantize(NodeProto node, Values?[] inputs)
    {
        var (low, high) = (DataType)node.Int(StoredType, (long)DataType.Uint8) switch
        {
            DataType.Uint8 => (0.0, 255.0),
            DataType.Int8 => (-128, 127),
            DataType.Uint16 => (0, 65535),
            DataType.Int16 => (-32768, 32767),
            var other => throw new NotSupportedException($"QuantizeLinear to {other}"),
        };
        var (x, scale, zero) = (inputs[0]!, inputs[1]!, inputs.ElementAtOrDefault(2));
        return [PerAxis(node, x, scale, (v, i) => Math.Clamp(Math.Round((double)((float)v / (float)scale.Data[i]), MidpointRounding.ToEven) + (zero?.Data[i] ?? 0), low, high))];
    }

    private static Values[] Dequantize(NodeProto node, Values?[] inputs)
    {
        var (x, scale, zero) = (inputs[0]!, inputs[1]!, inputs.ElementAtOrDefault(2));
        return [PerAxis(node, x, scale, (v, i) => (v - (zero?.Data[i] ?? 0)) * scale.Data[i])];
    }

    private static Values PerAxis(NodeProto node, Values x, Values scale, Func<double, int, double> f)
    {
        if (scale.Data.Length == 1)
            return x.Map(v => f(v, 0));
        var axis = x.Axis(node.Int("axis", 1));
        var y = Values.Zeros(x.Shape);
        foreach (var at in x.Indices())
            y[at] = f(x[at], at[axis]);
        return y;
    }
}
