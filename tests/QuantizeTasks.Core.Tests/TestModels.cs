using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using DataType = QuantizeTasks.Onnx.Proto.TensorProto.Types.DataType;

namespace QuantizeTasks.Tests;

/// <summary>
/// Builds small models in a line a node: <c>TestModels.Opset(13).Input("x", 1, 3, 8, 8).Random("w", 4, 3, 3, 3).Node("Conv", ["x", "w"], ["y"]).Output("y").Build()</c>.
/// Random weights depend on the name alone, so a test reads the same values in every run.
/// </summary>
internal sealed class TestModels
{
    private readonly ModelProto _proto = new() { Graph = new GraphProto { Name = "test" } };

    private TestModels(long opset, long irVersion)
    {
        _proto.IrVersion = irVersion;
        _proto.ProducerName = "QuantizeTasks.Tests";
        Import("", opset);
    }

    /// <summary>Starts a model of the default operator set in this version.</summary>
    public static TestModels Opset(long opset, long irVersion = 7) => new(opset, irVersion);

    /// <summary>Imports a further operator set.</summary>
    public TestModels Import(string domain, long version)
    {
        _proto.OpsetImport.Add(new OperatorSetIdProto { Domain = domain, Version = version });
        return this;
    }

    /// <summary>A float input; the extent -1 is open.</summary>
    public TestModels Input(string name, params long[] shape) => Input(name, DataType.Float, shape);

    /// <summary>An input of any element type; the extent -1 is open.</summary>
    public TestModels Input(string name, DataType type, params long[] shape)
    {
        _proto.Graph.Input.Add(Value(name, type, shape));
        return this;
    }

    /// <summary>A float output whose shape is left to inference.</summary>
    public TestModels Output(string name) => Output(name, DataType.Float);

    /// <summary>An output of any element type; with the shape when one is given, and -1 in it where it is open.</summary>
    public TestModels Output(string name, DataType type, params long[]? shape)
    {
        _proto.Graph.Output.Add(Value(name, type, shape is { Length: > 0 } ? shape : null));
        return this;
    }

    /// <summary>An initializer of the given values.</summary>
    public TestModels Floats(string name, float[] values, params long[] dims) => Initializer(TensorData.Floats(name, values, dims));

    /// <summary>An initializer of the given values; one-dimensional when no extents are given.</summary>
    public TestModels Int64s(string name, long[] values, params long[] dims) => Initializer(TensorData.Int64s(name, values, dims.Length == 0 ? [values.Length] : dims));

    /// <summary>A float initializer of normally distributed values with a scale that suits the fan-in, so that deep models keep their range.</summary>
    public TestModels Random(string name, params long[] dims)
    {
        var fanIn = Math.Max(1, dims.Skip(1).Aggregate(1L, (a, b) => a * b));
        return Floats(name, RandomFloats(name, dims, 0, (float)(1 / Math.Sqrt(fanIn))), dims);
    }

    /// <summary>A float initializer of values in [minimum, maximum], for variances and scales.</summary>
    public TestModels Uniform(string name, float minimum, float maximum, params long[] dims)
    {
        var random = new Random(Seed(name));
        return Floats(name, [.. Enumerable.Range(0, (int)Length(dims)).Select(_ => minimum + ((maximum - minimum) * (float)random.NextDouble()))], dims);
    }

    /// <summary>Any initializer.</summary>
    public TestModels Initializer(TensorProto tensor)
    {
        _proto.Graph.Initializer.Add(tensor);
        return this;
    }

    /// <summary>A node without a name, as many exporters write it.</summary>
    public TestModels Node(string opType, string[] inputs, string[] outputs, Action<NodeProto>? edit = null) => Named("", opType, inputs, outputs, edit);

    /// <summary>A node with a name. <paramref name="edit"/> adds attributes: <c>n => n.With("axis", 1)</c>.</summary>
    public TestModels Named(string name, string opType, string[] inputs, string[] outputs, Action<NodeProto>? edit = null)
    {
        var node = NodeAttributes.Node(opType, name, inputs, outputs);
        edit?.Invoke(node);
        _proto.Graph.Node.Add(node);
        return this;
    }

    /// <summary>Any change to the message that the other methods have no word for.</summary>
    public TestModels Edit(Action<ModelProto> edit)
    {
        edit(_proto);
        return this;
    }

    /// <summary>The model; the builder may go on afterwards.</summary>
    public OnnxModel Build(string name = "test.onnx") => new(_proto.Clone(), name);

    /// <summary>The body of an If, Loop or Scan.</summary>
    public GraphProto BuildGraph() => _proto.Graph.Clone();

    /// <summary>Normally distributed values (Box-Muller) that depend on the name alone.</summary>
    public static float[] RandomFloats(string name, long[] dims, float mean = 0, float deviation = 1)
    {
        var random = new Random(Seed(name));
        var values = new float[Length(dims)];
        for (var i = 0; i < values.Length; i++)
            values[i] = mean + (deviation * (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())));
        return values;
    }

    /// <summary>A type with a shape; null for no shape at all.</summary>
    public static ValueInfoProto Value(string name, DataType type, long[]? shape)
    {
        var tensor = new TypeProto.Types.Tensor { ElemType = (int)type };
        if (shape is not null)
        {
            tensor.Shape = new TensorShapeProto();
            foreach (var extent in shape)
                tensor.Shape.Dim.Add(extent < 0 ? new TensorShapeProto.Types.Dimension { DimParam = $"{name}_{tensor.Shape.Dim.Count}" } : new TensorShapeProto.Types.Dimension { DimValue = extent });
        }
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = tensor } };
    }

    private static long Length(long[] dims) => dims.Aggregate(1L, (a, b) => a * b);

    /// <summary>string.GetHashCode differs from process to process, so not that one (this is FNV-1a).</summary>
    public static int Seed(string name) => (int)(name.Aggregate(2166136261u, (hash, c) => (hash ^ c) * 16777619u) & 0x7fffffff);
}
