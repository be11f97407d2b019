using Google.Protobuf;
using QuantizeTasks.Onnx.Proto;
using DataType = QuantizeTasks.Onnx.Proto.TensorProto.Types.DataType;

namespace QuantizeTasks.Package.Tests.Testing;

/// <summary>
/// y = relu(x W1 + b1) W2 + b2, just large enough that int8 pays, and data for it. The labels are what plain loops here compute in double precision, so the float model's error is rounding and
/// an int8 model's is orders larger: which budget can be kept and which cannot is known beforehand.
/// </summary>
internal static class TinyNetwork
{
    private const int Inputs = 256;
    private const int Hidden = 512;
    private const int Outputs = 64;

    public const int Samples = 64;

    /// <summary>Writes models/net.onnx, data/x.npy and data/y.npy below a folder.</summary>
    public static void Write(string folder)
    {
        var random = new Random(1);
        // Weights as networks start with them: values keep their size from layer to layer.
        var (w1, b1) = (Uniform(Inputs * Hidden, 1 / Math.Sqrt(Inputs)), Uniform(Hidden, 0.1));
        var (w2, b2) = (Uniform(Hidden * Outputs, 1 / Math.Sqrt(Hidden)), Uniform(Outputs, 0.1));
        var x = Uniform(Samples * Inputs, 1);
        var y = new float[Samples * Outputs];
        for (var s = 0; s < Samples; s++)
        {
            var hidden = Dense(x.AsSpan(s * Inputs, Inputs), w1, b1).Select(v => (float)Math.Max(v, 0)).ToArray();
            Dense(hidden, w2, b2).Select(v => (float)v).ToArray().CopyTo(y, s * Outputs);
        }
        Directory.CreateDirectory(Path.Combine(folder, "models"));
        Directory.CreateDirectory(Path.Combine(folder, "data"));
        File.WriteAllBytes(Path.Combine(folder, "models/net.onnx"), Model(w1, b1, w2, b2).ToByteArray());
        WriteNpy(Path.Combine(folder, "data/x.npy"), x, Samples, Inputs);
        WriteNpy(Path.Combine(folder, "data/y.npy"), y, Samples, Outputs);

        float[] Uniform(int count, double largest) => [.. Enumerable.Range(0, count).Select(_ => (float)(((random.NextDouble() * 2) - 1) * largest))];
    }

    /// <summary>A manifest on line <see cref="BudgetLine"/> of which the budget stands.</summary>
    public static string Manifest(string budget) => $$"""
        model: models/net.onnx
        data:
          validation:
            tensors: { x: data/x.npy }
            labels: data/y.npy
        metrics:
          - name: mae
        compression:
          target_device: CPU
          algorithms:
            - name: DefaultQuantization
              params:
                maximal_drop: {{budget}}
        """;

    public const int BudgetLine = 13;

    public const int BudgetColumn = 23;

    private static double[] Dense(ReadOnlySpan<float> x, float[] weights, float[] bias)
    {
        var y = bias.Select(b => (double)b).ToArray();
        for (var i = 0; i < x.Length; i++)
            for (var o = 0; o < y.Length; o++)
                y[o] += (double)x[i] * weights[(i * y.Length) + o];
        return y;
    }

    private static ModelProto Model(float[] w1, float[] b1, float[] w2, float[] b2)
    {
        var graph = new GraphProto
        {
            Name = "tiny",
            Node = { Node("Gemm", "g1", ["x", "w1", "b1"]), Node("Relu", "r", ["g1"]), Node("Gemm", "y", ["r", "w2", "b2"]) },
            Initializer = { Weights("w1", w1, Inputs, Hidden), Weights("b1", b1, Hidden), Weights("w2", w2, Hidden, Outputs), Weights("b2", b2, Outputs) },
            Input = { Value("x", Inputs) },
            Output = { Value("y", Outputs) },
        };
        return new ModelProto { IrVersion = 8, Graph = graph, OpsetImport = { new OperatorSetIdProto { Domain = "", Version = 17 } } };
    }

    private static NodeProto Node(string type, string output, string[] inputs) => new() { OpType = type, Name = $"node_{output}", Input = { inputs }, Output = { output } };

    private static TensorProto Weights(string name, float[] values, params long[] extents) =>
        new() { Name = name, DataType = (int)DataType.Float, Dims = { extents }, FloatData = { values } };

    private static ValueInfoProto Value(string name, int width) => new()
    {
        Name = name,
        Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)DataType.Float, Shape = new TensorShapeProto { Dim = { new TensorShapeProto.Types.Dimension { DimParam = "N" }, new TensorShapeProto.Types.Dimension { DimValue = width } } } } },
    };

    /// <summary>Version 1.0 of NumPy's format (numpy.lib.format): magic, version, length of the header, header padded to 64 bytes, values.</summary>
    private static void WriteNpy(string path, float[] values, int rows, int columns)
    {
        var header = $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}";
        header = header.PadRight(((64 - ((10 + header.Length + 1) % 64)) % 64) + header.Length) + "\n";
        using var writer = new BinaryWriter(File.Create(path));
        writer.Write([0x93, .. "NUMPY"u8, 1, 0]);
        writer.Write((ushort)header.Length);
        writer.Write(System.Text.Encoding.ASCII.GetBytes(header));
        foreach (var value in values)
            writer.Write(value);
    }
}
