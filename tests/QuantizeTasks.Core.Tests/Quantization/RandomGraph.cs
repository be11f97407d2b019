namespace QuantizeTasks.Tests.Quantization;

/// <summary>Random convolutional networks of every operator that matters to the placement, deterministic in the seed.</summary>
internal static class RandomGraph
{
    /// <param name="seed">Decides everything.</param>
    /// <param name="channels">Of the input and of every tensor; a multiple of 4.</param>
    /// <param name="side">Height and width of the input.</param>
    public static TestModels Create(int seed, int channels = 32, int side = 16)
    {
        var random = new Random(seed);
        var builder = TestModels.Opset(13 + random.Next(3)).Input("x", random.Next(2) == 0 ? 1 : -1, channels, side, side).Floats("zero", [0]).Floats("six", [6]).Floats("half", [0.5f]);
        var tensors = new List<string> { "x" };
        var count = random.Next(5, 14);
        for (var i = 0; i < count; i++)
        {
            var (from, other, to) = (tensors[Math.Max(0, tensors.Count - 1 - random.Next(3))], tensors[random.Next(tensors.Count)], $"t{i}");
            builder = random.Next(13) switch
            {
                0 or 1 or 2 or 3 => Convolution(builder, i, from, to, random, channels),
                4 => builder.Named($"n{i}", "Relu", [from], [to]),
                5 => builder.Named($"n{i}", "Clip", [from, "zero", "six"], [to]),
                6 or 7 when from != other => builder.Named($"n{i}", "Add", [from, other], [to]),
                8 => builder.Named($"n{i}", "MaxPool", [from], [to], n => Onnx(n)),
                9 => Join(builder, i, from, other, to, channels),
                10 => builder.Named($"n{i}", "Sigmoid", [from], [to]),
                11 => builder.Named($"n{i}", "Mul", [from, "half"], [to]),
                _ => builder.Named($"n{i}", "AveragePool", [from], [to], n => Onnx(n)),
            };
            tensors.Add(to);
        }
        builder = Convolution(builder, count, tensors[^1], "y", random, channels, groups: 1);
        // A tensor in the middle is an output too, now and then.
        return random.Next(3) == 0 ? builder.Output("y").Output(tensors[tensors.Count / 2 == 0 ? 1 : tensors.Count / 2]) : builder.Output("y");
    }

    private static void Onnx(QuantizeTasks.Onnx.Proto.NodeProto node) =>
        QuantizeTasks.Onnx.NodeAttributes.With(QuantizeTasks.Onnx.NodeAttributes.With(node, "kernel_shape", 3, 3), "pads", 1, 1, 1, 1);

    private static TestModels Convolution(TestModels builder, int i, string from, string to, Random random, int channels, int? groups = null)
    {
        groups ??= random.Next(4) switch { 0 => channels, 1 => 4, _ => 1 };
        return builder.Random($"w{i}", channels, channels / groups.Value, 3, 3).Random($"b{i}", channels)
            .Named($"n{i}", "Conv", random.Next(2) == 0 ? [from, $"w{i}", $"b{i}"] : [from, $"w{i}"], [to], n => QuantizeTasks.Onnx.NodeAttributes.With(QuantizeTasks.Onnx.NodeAttributes.With(n, "pads", 1, 1, 1, 1), "group", (long)groups.Value));
    }

    private static TestModels Join(TestModels builder, int i, string one, string other, string to, int channels) => builder.Random($"w{i}", channels, 2 * channels, 1, 1)
        .Named($"j{i}", "Concat", [one, other], [$"j{i}"], n => QuantizeTasks.Onnx.NodeAttributes.With(n, "axis", 1L)).Named($"n{i}", "Conv", [$"j{i}", $"w{i}"], [to]);
}
