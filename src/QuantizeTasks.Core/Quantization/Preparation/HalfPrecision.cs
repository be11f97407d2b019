using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using DataType = QuantizeTasks.Onnx.Proto.TensorProto.Types.DataType;

namespace QuantizeTasks.Quantization.Preparation;

/// <summary>
/// Lifts a model of float16 or bfloat16 to float32 inside, which holds every value of both: ONNX Runtime has no kernels for them on a CPU beside
/// conversions, and everything that quantizes works on float32 (POT lifts such weights too). Inputs and outputs keep their types, with a Cast behind or before each.
/// </summary>
internal static class HalfPrecision
{
    /// <summary>Operator sets whose operators take float32 where they take float16.</summary>
    private static readonly HashSet<string> Known = ["", "ai.onnx", "ai.onnx.ml", "com.microsoft"];

    /// <summary>Attributes that name an element type by number (ONNX operators Cast, RandomNormal, EyeLike, HannWindow and others).</summary>
    private static readonly HashSet<string> TypeAttributes = ["to", "dtype", "output_datatype"];

    /// <summary>Lifts the main graph and all bodies. A model without such types, or with operators that may insist on them, is left as it is.</summary>
    public static void Lift(OnnxModel model)
    {
        var graph = model.Graph;
        var inputs = model.Proto.Graph.Input.Where(i => graph.IsInput(i.Name)).ToArray();
        if (!Occurs(model) || !AllKnown(model.Proto.Graph) || model.Proto.Functions.Count > 0 || !inputs.Concat(model.Proto.Graph.Output).All(HasPlainType))
            return;
        foreach (var input in inputs.Where(i => IsHalf(i.Type)))
            CastInput(graph, input);
        foreach (var output in model.Proto.Graph.Output.Where(o => o.Type is { } type && IsHalf(type) && !inputs.Any(i => i.Name == o.Name)))
            CastOutput(graph, output);
        Lift(model.Proto.Graph, isMain: true);
        foreach (var tensor in graph.Initializers.Where(i => IsHalf(i.DataType)).ToArray())
            graph.ReplaceInitializer(Floats(tensor));
        graph.SortTopologically();
    }

    /// <summary>What keeps its type needs to have one, and a Cast takes only tensors.</summary>
    private static bool HasPlainType(ValueInfoProto value) => value.Type is { } type && (type.TensorType is { ElemType: not 0 } || (type.TensorType is null && !IsHalf(type)));

    /// <summary>Whether a tensor holds what the caller feeds: an input, or what the Cast behind one makes of it.</summary>
    public static Func<string, bool> IsFed(OnnxGraph graph) => tensor =>
        graph.IsInput(tensor) || (graph.Producer(tensor) is { OpType: "Cast" } cast && graph.IsInput(cast.Input[0]));

    private static void CastInput(OnnxGraph graph, ValueInfoProto input)
    {
        var name = graph.UniqueName($"{input.Name}_float32");
        graph.ReplaceUses(input.Name, name, inBodies: true);
        graph.Add(Cast(name, input.Name, name, DataType.Float));
    }

    private static void CastOutput(OnnxGraph graph, ValueInfoProto output)
    {
        var name = graph.UniqueName($"{output.Name}_float32");
        graph.ReplaceUses(output.Name, name, inBodies: true);
        if (graph.Producer(output.Name) is { } producer)
            graph.SetOutput(producer, producer.Output.IndexOf(output.Name), name);
        else
            graph.RenameInitializer(output.Name, name);
        // Not lifted below: the type of what a Cast of ours makes is the caller's.
        graph.Add(Cast(name, name, output.Name, (DataType)output.Type.TensorType.ElemType));
    }

    private static NodeProto Cast(string name, string from, string to, DataType type) => NodeAttributes.Node("Cast", $"{name}/Cast", [from], to).With("to", (long)type);

    private static void Lift(GraphProto graph, bool isMain)
    {
        if (!isMain)
        {
            for (var i = 0; i < graph.Initializer.Count; i++)
                if (IsHalf(graph.Initializer[i].DataType))
                    graph.Initializer[i] = Floats(graph.Initializer[i]);
            foreach (var value in graph.Input.Concat(graph.Output))
                Lift(value.Type);
        }
        foreach (var value in graph.ValueInfo)
            Lift(value.Type);
        var borders = isMain ? graph.Output.Select(o => o.Name).ToHashSet(StringComparer.Ordinal) : [];
        foreach (var node in graph.Node)
            if (node.OpType != "Cast" || !borders.Contains(node.Output[0]))
                foreach (var attribute in node.Attribute)
                    Lift(attribute);
    }

    private static void Lift(AttributeProto attribute)
    {
        if (attribute.T is { } tensor && IsHalf(tensor.DataType))
            attribute.T = Floats(tensor);
        if (TypeAttributes.Contains(attribute.Name) && IsHalf((int)attribute.I))
            attribute.I = (long)DataType.Float;
        Lift(attribute.Tp);
        foreach (var type in attribute.TypeProtos)
            Lift(type);
        foreach (var body in attribute.Bodies())
            Lift(body, isMain: false);
    }

    private static void Lift(TypeProto? type)
    {
        if (type?.TensorType is { } tensor && IsHalf(tensor.ElemType))
            tensor.ElemType = (int)DataType.Float;
        else if (Inner(type) is { } inner)
            Lift(inner);
    }

    private static TypeProto? Inner(TypeProto? type) => type?.SequenceType?.ElemType ?? type?.OptionalType?.ElemType ?? type?.MapType?.ValueType;

    private static bool IsHalf(TypeProto? type) => type is not null && (type.TensorType is { } tensor ? IsHalf(tensor.ElemType) : IsHalf(Inner(type)));

    private static bool IsHalf(int dataType) => (DataType)dataType is DataType.Float16 or DataType.Bfloat16;

    private static bool Occurs(OnnxModel model) =>
        ModelTensors.In(model.Proto).Any(t => IsHalf(t.Tensor.DataType)) || model.Proto.Graph.Input.Concat(model.Proto.Graph.Output).Any(v => IsHalf(v.Type)) || Converts(model.Proto.Graph);

    private static bool Converts(GraphProto graph) =>
        graph.Node.SelectMany(n => n.Attribute).Any(a => (TypeAttributes.Contains(a.Name) && IsHalf((int)a.I)) || a.Bodies().Any(Converts));

    private static bool AllKnown(GraphProto graph) => graph.SparseInitializer.Count == 0 &&
        graph.Node.All(n => Known.Contains(n.Domain) && n.OpType != "BitCast" && n.Attribute.All(a => a.SparseTensor is null && a.SparseTensors.Count == 0) && n.Attribute.SelectMany(a => a.Bodies()).All(AllKnown));

    private static TensorProto Floats(TensorProto tensor) => TensorData.Floats(tensor.Name, tensor.HalvesToFloats(), [.. tensor.Dims]);
}
