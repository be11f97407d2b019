using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using QuantizeTasks.Inference;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Quantization.Preparation;

/// <summary>
/// Replaces nodes that depend on initializers alone by what ONNX Runtime computes for them. Weights often hide behind a Transpose, Reshape or Mul,
/// and shape arithmetic behind a Shape whose input has known extents.
/// </summary>
internal static class ConstantFolding
{
    /// <summary>A folded value may be as large as what it was made from, or this; ConstantOfShape, Expand and Tile make much of little.</summary>
    private const long FreeBytes = 1 << 20;

    /// <summary>And all of them together by this much larger than the initializers that were there.</summary>
    private const long FreeBytesInAll = 1 << 24;

    /// <summary>Ops whose result differs from run to run (ONNX operator documentation), and the quantized form of a weight, which must stay recognizable.</summary>
    private static readonly HashSet<string> NeverFolded = ["RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Multinomial", "Bernoulli", "Dropout", "QuantizeLinear", "DequantizeLinear", "Constant"];

    /// <summary>Ops whose result has at most the number of elements of their first input times its rank, though inference cannot say how many.</summary>
    private static readonly HashSet<string> BoundedByInput = ["NonZero", "Compress"];

    private static readonly HashSet<Type> Representable = [typeof(float), typeof(double), typeof(long), typeof(int), typeof(short), typeof(ushort), typeof(sbyte), typeof(byte), typeof(bool)];

    /// <summary>Folds until nothing is left to fold, and returns the types and shapes of what remains.</summary>
    public static TensorCatalogue Apply(OnnxModel model)
    {
        var budget = FreeBytesInAll + model.Graph.Initializers.Sum(i => (long)i.CalculateSize());
        TensorCatalogue? tensors = null;
        while (true)
        {
            while (FoldOnce(model, ref budget))
            {
            }
            // Folding may have fixed the target of a Reshape, and so the extents of what follows. Where none is open there is nothing to learn.
            if (tensors is not { AllExtentsKnown: true })
                tensors = TensorCatalogue.Of(model);
            if (!FoldShapes(model.Graph, tensors))
                return tensors;
        }
    }

    private static bool FoldShapes(OnnxGraph graph, TensorCatalogue tensors)
    {
        var folded = false;
        foreach (var node in graph.Nodes.ToArray())
        {
            if (KnownShape(graph, node, tensors) is not { } shape)
                continue;
            graph.Remove(node);
            graph.AddInitializer(TensorData.Int64s(node.Output[0], shape, shape.Length));
            folded = true;
        }
        return folded;
    }

    /// <summary>What a Shape node yields, when all extents of its input are fixed (ONNX operator Shape; start and end are from opset 15 on).</summary>
    private static long[]? KnownShape(OnnxGraph graph, NodeProto node, TensorCatalogue tensors)
    {
        if (node.OpType != "Shape" || !IsStandard(node) || graph.IsOutput(node.Output[0]) || tensors.Shape(node.Input[0]) is not { } shape || shape.Any(e => e < 0))
            return null;
        var start = Clamp(node.Int("start", 0));
        var end = Clamp(node.Int("end", shape.Count));
        return [.. shape.Skip(start).Take(Math.Max(0, end - start)).Select(e => (long)e)];

        int Clamp(long index) => (int)Math.Clamp(index < 0 ? index + shape.Count : index, 0, shape.Count);
    }

    /// <summary>Folds every node whose result's size is known now; false when there was none.</summary>
    private static bool FoldOnce(OnnxModel model, ref long budget)
    {
        var candidates = Candidates(model.Graph);
        if (candidates.Count == 0)
            return false;
        var chosen = Choose(model.Graph, candidates, TensorCatalogue.Of(Part(model, candidates)), ref budget);
        if (chosen.Count == 0)
            return false;

        var inside = new HashSet<NodeProto>(chosen, ReferenceEqualityComparer.Instance);
        string[] wanted = [.. chosen.SelectMany(n => n.Output).Where(o => model.Graph.Consumers(o).Any(c => !inside.Contains(c)))];
        var part = Part(model, chosen);
        part.Proto.Graph.Output.AddRange(wanted.Select(name => new ValueInfoProto { Name = name }));
        using var session = ModelSession.Create(part, new SessionSettings { OptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL });
        var values = session.Run(new Dictionary<string, Tensor>());
        foreach (var node in chosen)
            model.Graph.Remove(node);
        foreach (var name in wanted)
            model.Graph.AddInitializer(TensorData.From(name, values[name]) ?? throw new InvalidOperationException($"'{name}' came back as {values[name]}."));
        Pruning.Apply(model.Graph);
        return true;
    }

    /// <summary>Nodes that depend on initializers alone, directly or through each other, in topological order.</summary>
    private static List<NodeProto> Candidates(OnnxGraph graph)
    {
        var constant = graph.Initializers.Select(i => i.Name).ToHashSet(StringComparer.Ordinal);
        var candidates = new List<NodeProto>();
        foreach (var node in graph.Nodes)
        {
            if (!IsStandard(node) || NeverFolded.Contains(node.OpType) || node.Attribute.Any(a => a.G is not null || a.Graphs.Count > 0)
                || node.Input.Count == 0 || node.Output.Any(graph.IsOutput) || !node.Input.All(i => i.Length == 0 || constant.Contains(i)))
                continue;
            candidates.Add(node);
            constant.UnionWith(node.Output.Where(o => o.Length > 0));
        }
        return candidates;
    }

    private static List<NodeProto> Choose(OnnxGraph graph, List<NodeProto> candidates, TensorCatalogue tensors, ref long budget)
    {
        var bytes = graph.Initializers.ToDictionary(i => i.Name, i => i.Length() * TensorData.Bits(i.DataType) / 8, StringComparer.Ordinal);
        var chosen = new List<NodeProto>();
        foreach (var node in candidates)
        {
            string[] inputs = [.. node.Input.Where(i => i.Length > 0).Distinct()];
            if (!inputs.All(bytes.ContainsKey))
                continue;
            var allowed = Math.Min(budget, Math.Max(FreeBytes, inputs.Sum(i => bytes[i])));
            string[] outputs = [.. node.Output.Where(o => o.Length > 0)];
            var sizes = outputs.Select(o => Size(node, o, tensors, bytes)).ToArray();
            if (sizes.Any(s => s is null || s > allowed) || sizes.Sum() > allowed)
                continue;
            for (var i = 0; i < outputs.Length; i++)
                bytes[outputs[i]] = sizes[i]!.Value;
            budget -= sizes.Sum()!.Value;
            chosen.Add(node);
        }
        return chosen;
    }

    private static long? Size(NodeProto node, string output, TensorCatalogue tensors, Dictionary<string, long> bytes)
    {
        if (tensors.ElementType(output) is not { } type || !Representable.Contains(type))
            return null;
        if (tensors.Shape(output) is { } shape && shape.All(e => e >= 0))
        {
            // Saturates instead of overflowing: anything beyond the budget is as good as infinite.
            var elements = shape.Aggregate(1.0, (product, extent) => product * extent);
            return elements > int.MaxValue ? long.MaxValue / 64 : (long)elements * sizeof(long);
        }
        return BoundedByInput.Contains(node.OpType) && tensors.Rank(node.Input[0]) is { } rank ? bytes[node.Input[0]] * sizeof(long) * Math.Max(1, rank) : null;
    }

    /// <summary>A model of these nodes and the initializers they read, without outputs.</summary>
    private static OnnxModel Part(OnnxModel model, List<NodeProto> nodes)
    {
        var part = new ModelProto { IrVersion = model.Proto.IrVersion, Graph = new GraphProto { Name = "constants" } };
        part.OpsetImport.AddRange(model.Proto.OpsetImport);
        var read = nodes.SelectMany(n => n.Input).ToHashSet(StringComparer.Ordinal);
        part.Graph.Initializer.AddRange(model.Graph.Initializers.Where(i => read.Contains(i.Name)));
        part.Graph.Node.AddRange(nodes);
        return new OnnxModel(part, model.Name);
    }

    private static bool IsStandard(NodeProto node) => node.Domain is "" or "ai.onnx";
}
