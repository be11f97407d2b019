using System.Diagnostics.CodeAnalysis;
using Microsoft.ML.OnnxRuntime;
using QuantizeTasks.Inference;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Quantization.Preparation;

/// <summary>
/// Element type and shape of every tensor of a model's main graph, as ONNX Runtime infers them: its type and shape inference is the one that decides
/// what runs. Tensors inside the bodies of control flow are not listed.
/// </summary>
internal sealed class TensorCatalogue
{
    private readonly Dictionary<string, TensorInfo> _tensors;

    private TensorCatalogue(Dictionary<string, TensorInfo> tensors) => _tensors = tensors;

    /// <summary>What is known about a tensor; extents that depend on the input are -1. False for a name that the main graph does not have.</summary>
    public bool TryGet(string tensor, [NotNullWhen(true)] out TensorInfo? info) => _tensors.TryGetValue(tensor, out info);

    /// <summary>The extents of a tensor, -1 where open; null when even the number of axes is unknown, or it is no tensor.</summary>
    public IReadOnlyList<int>? Shape(string tensor) => _tensors.TryGetValue(tensor, out var info) && info.ElementType != typeof(void) ? info.Shape : null;

    /// <summary>Number of axes; null when unknown.</summary>
    public int? Rank(string tensor) => Shape(tensor)?.Count;

    public bool IsFloat(string tensor) => _tensors.TryGetValue(tensor, out var info) && info.ElementType == typeof(float);

    /// <summary>Asks the runtime. Nothing is executed and the graph is not optimized.</summary>
    /// <exception cref="Diagnostics.QuantizeException">The runtime rejects the model.</exception>
    public static TensorCatalogue Of(OnnxModel model)
    {
        var probe = model.Clone();
        var graph = probe.Proto.Graph;
        var listed = graph.Output.Select(o => o.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var output in graph.Node.SelectMany(n => n.Output))
            // An output without a type is allowed to ONNX Runtime, which fills in what it inferred.
            if (output.Length > 0 && listed.Add(output))
                graph.Output.Add(new ValueInfoProto { Name = output });

        using var session = ModelSession.Create(probe.ToBytes(), model.Name, new SessionSettings { OptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL });
        var tensors = new Dictionary<string, TensorInfo>(StringComparer.Ordinal);
        foreach (var info in session.Inputs.Concat(session.Outputs))
            tensors[info.Name] = info;
        foreach (var initializer in graph.Initializer)
            if (ElementTypes.Of(initializer) is { } type)
                tensors[initializer.Name] = new TensorInfo(initializer.Name, type, [.. initializer.Dims.Select(d => checked((int)d))]);
        return new TensorCatalogue(tensors);
    }
}
