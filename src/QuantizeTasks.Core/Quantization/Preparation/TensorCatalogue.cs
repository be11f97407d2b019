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
    private readonly Dictionary<string, Entry> _tensors = new(StringComparer.Ordinal);

    private TensorCatalogue()
    {
    }

    /// <summary>The .NET type of an element, ONNX Runtime's Float16 for half precision; null for what is no tensor, and for a name that the main graph does not have.</summary>
    public Type? ElementType(string tensor) => _tensors.GetValueOrDefault(tensor)?.ElementType;

    public bool IsFloat(string tensor) => ElementType(tensor) == typeof(float);

    /// <summary>The extents, -1 where they depend on the input; null when even the number of axes is unknown. A scalar has none.</summary>
    public IReadOnlyList<int>? Shape(string tensor) => _tensors.GetValueOrDefault(tensor)?.Shape;

    /// <summary>True when no extent of any tensor depends on the input.</summary>
    public bool AllExtentsKnown => _tensors.Values.All(t => t.Shape is { } shape && shape.All(e => e >= 0));

    /// <summary>Number of axes; null when unknown.</summary>
    public int? Rank(string tensor) => Shape(tensor)?.Count;

    /// <summary>The same for those who do not know .NET's types; null when nothing is known.</summary>
    public KnownTensor? Find(string tensor) => ElementType(tensor) is { } type ? new KnownTensor(ElementTypes.DataTypeOf(type), Shape(tensor)) : null;

    /// <summary>Asks the runtime. Nothing is executed and the graph is not optimized.</summary>
    /// <exception cref="Diagnostics.QuantizeException">The runtime rejects the model.</exception>
    public static TensorCatalogue Of(OnnxModel model)
    {
        var probe = model.Clone().Proto;
        var listed = probe.Graph.Output.Select(o => o.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var output in probe.Graph.Node.SelectMany(n => n.Output).Where(o => o.Length > 0))
            // An output without a type is allowed to ONNX Runtime, which fills in what it inferred.
            if (listed.Add(output))
                probe.Graph.Output.Add(new ValueInfoProto { Name = output });

        var infos = Infer(probe, model.Name);
        // The runtime's API reports no extents both for a scalar and for a tensor of unknown rank.
        var unknown = UnknownRanks([.. infos.Where(i => i.ElementType != typeof(void) && i.Shape.Count == 0).Select(i => i.Name)], probe, model.Name);
        var catalogue = new TensorCatalogue();
        foreach (var info in infos)
            if (info.ElementType != typeof(void))
                catalogue._tensors[info.Name] = new Entry(info.ElementType, unknown.Contains(info.Name) ? null : info.Shape);
        foreach (var initializer in model.Graph.Initializers)
            if (ElementTypes.Of(initializer) is { } type)
                catalogue._tensors[initializer.Name] = new Entry(type, [.. initializer.Dims.Select(d => checked((int)d))]);
        return catalogue;
    }

    /// <summary>Which of these have an unknown number of axes: where it is known, inference gives Shape's one-dimensional result a fixed extent.</summary>
    private static HashSet<string> UnknownRanks(string[] tensors, ModelProto probe, string name)
    {
        if (tensors.Length == 0)
            return [];
        var graph = new OnnxGraph(probe.Graph);
        var shapes = new Dictionary<string, string>(StringComparer.Ordinal);
        probe.Graph.Output.Clear();
        foreach (var tensor in tensors)
        {
            var shape = graph.UniqueName($"{tensor}_shape");
            shapes[shape] = tensor;
            graph.Add(NodeAttributes.Node("Shape", shape, [tensor], shape));
            probe.Graph.Output.Add(new ValueInfoProto { Name = shape });
        }
        return [.. Infer(probe, name).Where(i => shapes.ContainsKey(i.Name) && i.Shape is [< 0]).Select(i => shapes[i.Name])];
    }

    /// <summary>Inputs and outputs of a model.</summary>
    private static TensorInfo[] Infer(ModelProto probe, string name)
    {
        using var session = ModelSession.Create(new OnnxModel(probe, name), new SessionSettings { OptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL });
        return [.. session.Inputs, .. session.Outputs];
    }

    private sealed record Entry(Type ElementType, IReadOnlyList<int>? Shape);
}
