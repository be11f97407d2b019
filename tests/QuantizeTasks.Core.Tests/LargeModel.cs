using System.Globalization;
using System.Runtime.InteropServices;
using Google.Protobuf;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Tests;

/// <summary>Writes a network of any size with its weights beside it, without ever holding them: square matrix products with bias and Relu, and ten classes.</summary>
internal static class LargeModel
{
    /// <summary>Values that repeat through each matrix.</summary>
    private const int Period = 1 << 18;

    /// <summary>Writes <c>model.onnx</c> and <c>model.onnx.weights</c>.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="layers">Number of matrices.</param>
    /// <param name="width">Their extent, a power of two; each takes 4 width^2 bytes.</param>
    public static void Write(string folder, int layers, int width)
    {
        var graph = new GraphProto { Name = "large" };
        var model = new ModelProto { IrVersion = 8, Graph = graph, OpsetImport = { new OperatorSetIdProto { Domain = "", Version = 17 } } };
        graph.Input.Add(Value("x", 1, width));
        using var weights = File.Create(Path.Combine(folder, "model.onnx.weights"));
        var random = new Random(1);
        var from = "x";
        for (var i = 1; i <= layers; i++)
        {
            graph.Initializer.Add(Matrix($"w{i}", width, width));
            graph.Initializer.Add(TensorData.Floats($"b{i}", Values(width, 0.1f), width));
            graph.Node.Add(NodeAttributes.Node("MatMul", $"product{i}", [from, $"w{i}"], $"p{i}"));
            graph.Node.Add(NodeAttributes.Node("Add", $"sum{i}", [$"p{i}", $"b{i}"], $"s{i}"));
            graph.Node.Add(NodeAttributes.Node("Relu", $"relu{i}", [$"s{i}"], $"r{i}"));
            from = $"r{i}";
        }
        graph.Initializer.Add(TensorData.Floats("classes", Values(width * 10, 0.05f), width, 10));
        graph.Node.Add(NodeAttributes.Node("MatMul", "classify", [from, "classes"], "y"));
        graph.Output.Add(Value("y", 1, 10));
        File.WriteAllBytes(Path.Combine(folder, "model.onnx"), model.ToByteArray());

        float[] Values(int count, float magnitude) => [.. Enumerable.Range(0, count).Select(_ => magnitude * (float)((random.NextDouble() * 2) - 1))];

        // The magnitude keeps activations at about the same level from layer to layer.
        TensorProto Matrix(string name, long rows, long columns)
        {
            var offset = weights.Position;
            var block = Values(Period, MathF.Sqrt(6f / width));
            for (long done = 0; done < rows * columns; done += Period)
                weights.Write(MemoryMarshal.AsBytes(block.AsSpan(0, (int)Math.Min(Period, (rows * columns) - done))));
            var tensor = new TensorProto { Name = name, DataType = (int)TensorProto.Types.DataType.Float, Dims = { rows, columns }, DataLocation = TensorProto.Types.DataLocation.External };
            foreach (var (key, value) in new[] { ("location", "model.onnx.weights"), ("offset", offset.ToString(CultureInfo.InvariantCulture)), ("length", (rows * columns * 4).ToString(CultureInfo.InvariantCulture)) })
                tensor.ExternalData.Add(new StringStringEntryProto { Key = key, Value = value });
            return tensor;
        }
    }

    /// <summary>Writes a whole project: the model, samples, and a manifest that allows a drop.</summary>
    /// <returns>The manifest.</returns>
    public static string WriteProject(string folder, int layers, int width, int samples)
    {
        Directory.CreateDirectory(folder);
        Write(folder, layers, width);
        var random = new Random(2);
        WriteNpy(Path.Combine(folder, "x.npy"), [.. Enumerable.Range(0, samples * width).Select(_ => (float)random.NextDouble())], samples, width);
        // Labels that nobody can predict: the budget is wide, what counts is that everything goes through.
        WriteNpy(Path.Combine(folder, "labels.npy"), [.. Enumerable.Range(0, samples).Select(i => (float)(i % 10))], samples);
        var manifest = Path.Combine(folder, "quantize.yaml");
        File.WriteAllText(manifest, """
            model: model.onnx
            data:
              validation: { tensors: { x: x.npy }, labels: labels.npy }
            metrics: [ { name: accuracy@top1 } ]
            compression:
              target_device: CPU
              algorithms:
                - name: DefaultQuantization
                  params: { preset: performance }
            """);
        return manifest;
    }

    private static void WriteNpy(string path, float[] values, params int[] shape)
    {
        var header = $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({string.Join(", ", shape)},), }}";
        header = header.PadRight(((10 + header.Length + 64) / 64 * 64) - 11) + "\n";
        using var stream = File.Create(path);
        stream.Write([0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, (byte)(header.Length >> 8)]);
        stream.Write(System.Text.Encoding.ASCII.GetBytes(header));
        stream.Write(MemoryMarshal.AsBytes(values.AsSpan()));
    }

    private static ValueInfoProto Value(string name, params long[] dims)
    {
        var type = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float, Shape = new TensorShapeProto() };
        type.Shape.Dim.AddRange(dims.Select(d => new TensorShapeProto.Types.Dimension { DimValue = d }));
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = type } };
    }
}
