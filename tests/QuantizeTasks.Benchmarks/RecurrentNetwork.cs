using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Benchmarks;

/// <summary>A network of one LSTM or GRU with random weights.</summary>
internal sealed record RecurrentNetwork(string OperatorType, int Steps, int Inputs, int Hidden, int Directions = 1)
{
    /// <summary>
    /// From some 20 microseconds in float, where the profiler's resolution of one is fine enough, to weights beyond the second-level cache. Few steps of a large state and many of a small one
    /// tell products and gates apart.
    /// </summary>
    public static RecurrentNetwork[] All { get; } =
    [
        new("LSTM", 1, 256, 256), new("LSTM", 1, 512, 1024), new("LSTM", 10, 64, 512), new("LSTM", 20, 64, 64), new("LSTM", 20, 256, 256), new("LSTM", 50, 16, 32), new("LSTM", 100, 8, 8), new("LSTM", 100, 32, 32), new("LSTM", 100, 48, 48), new("LSTM", 200, 16, 16),
        new("LSTM", 100, 40, 64, 2), new("LSTM", 100, 128, 128), new("LSTM", 100, 128, 256), new("LSTM", 40, 512, 512), new("LSTM", 50, 512, 1024),
        new("GRU", 20, 64, 64), new("GRU", 100, 128, 256), new("GRU", 40, 512, 512),
    ];

    public OnnxModel Build()
    {
        var random = new Random(1);
        var gates = (OperatorType == "LSTM" ? 4 : 3) * Hidden;
        var node = NodeAttributes.Node(OperatorType, "op", ["x", "w", "r", "b"], "y").With("hidden_size", (long)Hidden).With("direction", Directions == 2 ? "bidirectional" : "forward");
        var graph = new GraphProto
        {
            Name = "recurrent",
            Node = { node },
            Initializer = { Random("w", Directions, gates, Inputs), Random("r", Directions, gates, Hidden), Random("b", Directions, 2 * gates) },
            Input = { Value("x", Steps, 1, Inputs) },
            Output = { Value("y", Steps, Directions, 1, Hidden) },
        };
        return new OnnxModel(new ModelProto { IrVersion = 8, Graph = graph, OpsetImport = { new OperatorSetIdProto { Domain = "", Version = 17 } } }, ToString());

        // As trained networks begin: within one over the root of the hidden size.
        TensorProto Random(string name, params long[] dims) => TensorData.Floats(
            name, [.. Enumerable.Range(0, (int)dims.Aggregate(1L, (product, extent) => product * extent)).Select(_ => ((2 * random.NextSingle()) - 1) / MathF.Sqrt(Hidden))], dims);
    }

    public override string ToString() => $"{OperatorType}{(Directions == 2 ? ", both directions" : "")} | {Steps} x {Inputs} x {Hidden}";

    private static ValueInfoProto Value(string name, params long[] dims)
    {
        var type = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float, Shape = new TensorShapeProto() };
        type.Shape.Dim.AddRange(dims.Select(d => new TensorShapeProto.Types.Dimension { DimValue = d }));
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = type } };
    }
}
