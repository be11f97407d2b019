using Google.Protobuf;
using QuantizeTasks.Onnx.Proto;
using DataType = QuantizeTasks.Onnx.Proto.TensorProto.Types.DataType;

namespace QuantizeTasks.Package.Tests.Testing;

/// <summary>
/// Pictures of noise and y = relu(flatten(x) W1) W2 over them, just large enough that int8 pays. The labels are what plain loops here compute in double precision for pixels in BGR order divided by 255, of
/// pictures only where the best class is well ahead: the float model has to be right everywhere.
/// </summary>
internal static class TinyClassifier
{
    private const int Edge = 12;
    private const int Pixels = 3 * Edge * Edge;
    private const int Hidden = 256;
    private const int Classes = 8;

    public const int Images = 40;

    /// <summary>Writes models/tiny.onnx, images/N.ppm and labels.txt below a folder.</summary>
    public static void Write(string folder)
    {
        var random = new Random(2);
        var (w1, w2) = (Uniform(Pixels * Hidden), Uniform(Hidden * Classes));
        Directory.CreateDirectory(Path.Combine(folder, "models"));
        Directory.CreateDirectory(Path.Combine(folder, "images"));
        File.WriteAllBytes(Path.Combine(folder, "models/tiny.onnx"), Model(w1, w2).ToByteArray());
        var labels = new List<string>();
        while (labels.Count < Images)
        {
            var rgb = new byte[Pixels];
            random.NextBytes(rgb);
            var scores = Scores(rgb, w1, w2);
            var ranked = Enumerable.Range(0, Classes).OrderByDescending(c => scores[c]).ToArray();
            if (scores[ranked[0]] - scores[ranked[1]] < 0.01)
                continue;
            var name = $"{labels.Count}.ppm";
            // PPM (netpbm, P6): text header, then the pixels as R, G, B.
            File.WriteAllBytes(Path.Combine(folder, "images", name), [.. "P6\n"u8, .. System.Text.Encoding.ASCII.GetBytes($"{Edge} {Edge}\n255\n"), .. rgb]);
            labels.Add($"{name} {ranked[0]}");
        }
        File.WriteAllLines(Path.Combine(folder, "labels.txt"), labels);

        float[] Uniform(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 0.2) - 0.1))];
    }

    private static double[] Scores(byte[] rgb, float[] w1, float[] w2)
    {
        var hidden = new double[Hidden];
        for (var channel = 0; channel < 3; channel++)
            for (var pixel = 0; pixel < Edge * Edge; pixel++)
                for (var h = 0; h < Hidden; h++)
                    hidden[h] += rgb[(pixel * 3) + (2 - channel)] / 255.0 * w1[(((channel * Edge * Edge) + pixel) * Hidden) + h];
        var scores = new double[Classes];
        for (var h = 0; h < Hidden; h++)
            for (var c = 0; c < Classes; c++)
                scores[c] += Math.Max(hidden[h], 0) * w2[(h * Classes) + c];
        return scores;
    }

    private static ModelProto Model(float[] w1, float[] w2)
    {
        var graph = new GraphProto
        {
            Name = "tiny",
            Node = { Node("Flatten", "f", "x"), Node("MatMul", "m", "f", "w1"), Node("Relu", "r", "m"), Node("MatMul", "y", "r", "w2") },
            Initializer = { Weights("w1", w1, Pixels, Hidden), Weights("w2", w2, Hidden, Classes) },
            Input = { Value("x", 3, Edge, Edge) },
            Output = { Value("y", Classes) },
        };
        return new ModelProto { IrVersion = 8, Graph = graph, OpsetImport = { new OperatorSetIdProto { Domain = "", Version = 17 } } };
    }

    private static NodeProto Node(string type, string output, params string[] inputs) => new() { OpType = type, Name = $"node_{output}", Input = { inputs }, Output = { output } };

    private static TensorProto Weights(string name, float[] values, params long[] extents) =>
        new() { Name = name, DataType = (int)DataType.Float, Dims = { extents }, FloatData = { values } };

    private static ValueInfoProto Value(string name, params long[] extents)
    {
        var shape = new TensorShapeProto { Dim = { new TensorShapeProto.Types.Dimension { DimParam = "N" } } };
        shape.Dim.AddRange(extents.Select(extent => new TensorShapeProto.Types.Dimension { DimValue = extent }));
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)DataType.Float, Shape = shape } } };
    }
}
