using System.Diagnostics;
using System.Globalization;
using Google.Protobuf;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;

namespace QuantizeTasks.Benchmarks;

/// <summary>How preparing and placing take their time as a graph gets longer: twice the nodes should take twice the time.</summary>
internal static class LargeGraph
{
    public static void Run(int[] sizes, TextWriter output)
    {
        output.WriteLine("| nodes | load | ONNX Runtime alone | prepare | place |");
        output.WriteLine("|---|---|---|---|---|");
        foreach (var size in sizes.Prepend(100))
        {
            var bytes = Network(size).ToByteArray();
            var used = Process.GetCurrentProcess().TotalProcessorTime;
            var model = OnnxModel.Parse(bytes, "large graph");
            var load = Lap();
            ModelSession.Create(model, new SessionSettings { OptimizationLevel = Microsoft.ML.OnnxRuntime.GraphOptimizationLevel.ORT_DISABLE_ALL }).Dispose();
            var runtime = Lap();
            var prepared = ModelPreparation.Prepare(model);
            var prepare = Lap();
            _ = QuantizerPlacement.Place(prepared, Settings);
            var place = Lap();
            output.WriteLine($"| {model.Graph.Nodes.Count.ToString(CultureInfo.InvariantCulture)} | {load} | {runtime} | {prepare} | {place} |");

            string Lap()
            {
                // Processor time, which what else runs on the machine hardly changes.
                var now = Process.GetCurrentProcess().TotalProcessorTime;
                var text = string.Create(CultureInfo.InvariantCulture, $"{(now - used).TotalSeconds:F2} s");
                used = now;
                return text;
            }
        }
    }

    private static CompressionSettings Settings => new()
    {
        TargetDevice = new Located<string>("ANY", default),
        IsAccuracyAware = false,
        Quantization = new DefaultQuantizationParameters(),
        Accuracy = new AccuracyAwareParameters(),
    };

    /// <summary>Blocks of ten nodes as exporters write them: weights as Constant nodes, some behind an operator, BatchNormalization, a residual, no-ops, a shape computed from a shape.</summary>
    private static ModelProto Network(int nodes)
    {
        const int Channels = 4;
        var graph = new GraphProto { Name = "large" };
        var model = new ModelProto { IrVersion = 8, Graph = graph, OpsetImport = { new OperatorSetIdProto { Domain = "", Version = 17 } } };
        graph.Input.Add(Value("x", 1, Channels, 4, 4));
        var from = "x";
        for (var i = 0; graph.Node.Count < nodes; i++)
        {
            Constant($"w{i}", Channels, Channels, 1, 1);
            Node("Abs", [$"w{i}"], $"wa{i}");
            Node("Conv", [from, $"wa{i}"], $"c{i}");
            foreach (var parameter in (string[])["s", "b", "m", "v"])
                graph.Initializer.Add(Values($"{parameter}{i}", Channels));
            Node("BatchNormalization", [$"c{i}", $"s{i}", $"b{i}", $"m{i}", $"v{i}"], $"n{i}");
            Node("Relu", [$"n{i}"], $"r{i}");
            Node("Identity", [$"r{i}"], $"i{i}");
            Node("Add", [$"i{i}", from], $"a{i}");
            Node("Shape", [from], $"shape{i}");
            Node("Reshape", [$"a{i}", $"shape{i}"], $"re{i}");
            Node("Sigmoid", [$"re{i}"], $"o{i}");
            from = $"o{i}";
        }
        graph.Output.Add(new ValueInfoProto { Name = from });
        return model;

        void Node(string type, string[] inputs, string output) => graph.Node.Add(NodeAttributes.Node(type, "", inputs, output));

        void Constant(string name, params long[] dims)
        {
            var node = NodeAttributes.Node("Constant", "", [], name);
            node.Attribute.Add(new AttributeProto { Name = "value", Type = AttributeProto.Types.AttributeType.Tensor, T = Values(name, dims) });
            graph.Node.Add(node);
        }
    }

    private static TensorProto Values(string name, params long[] dims)
    {
        var count = (int)dims.Aggregate(1L, (product, extent) => product * extent);
        return TensorData.Floats(name, [.. Enumerable.Range(0, count).Select(i => (float)(0.1 + (0.05 * (i % 5))))], dims);
    }

    private static ValueInfoProto Value(string name, params long[] dims)
    {
        var type = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float, Shape = new TensorShapeProto() };
        type.Shape.Dim.AddRange(dims.Select(d => new TensorShapeProto.Types.Dimension { DimValue = d }));
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = type } };
    }
}
