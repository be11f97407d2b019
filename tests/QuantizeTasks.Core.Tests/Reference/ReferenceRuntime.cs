using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Tests.Reference;

/// <summary>
/// A plain, slow implementation of the ONNX operators' definitions in double precision, without any fusion: what a Q/DQ model means, independent
/// of ONNX Runtime and of the product. It is itself held against ONNX Runtime's float kernels in <see cref="ReferenceRuntimeTests"/>.
/// </summary>
internal static class ReferenceRuntime
{
    public delegate Values[] Operator(NodeProto node, Values?[] inputs);

    private static readonly Dictionary<string, Operator> Operators = new(
        [.. Elementwise.Operators, .. Products.Operators, .. Windows.Operators, .. Movements.Operators, .. Reductions.Operators, .. Quantizers.Operators], StringComparer.Ordinal);

    public static IEnumerable<string> OperatorTypes => Operators.Keys;

    /// <summary>Every tensor of the model's main graph.</summary>
    public static Dictionary<string, Values> Run(OnnxModel model, IReadOnlyDictionary<string, Tensor> inputs)
    {
        var tensors = new Dictionary<string, Values>(StringComparer.Ordinal);
        foreach (var initializer in model.Proto.Graph.Initializer)
            tensors[initializer.Name] = Values.Of(initializer);
        foreach (var (name, tensor) in inputs)
            tensors[name] = Values.Of(tensor);
        foreach (var node in model.Proto.Graph.Node)
            foreach (var (output, values) in node.Output.Zip(Apply(node, [.. node.Input.Select(i => i.Length == 0 ? null : tensors[i])])))
                tensors[output] = values;
        return tensors;
    }

    public static Values[] Apply(NodeProto node, Values?[] inputs) =>
        Operators.TryGetValue(node.OpType, out var apply) ? apply(node, inputs) : throw new NotSupportedException($"The reference runtime has no {node.OpType}.");
}
