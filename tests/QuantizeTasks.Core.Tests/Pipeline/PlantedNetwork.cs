using QuantizeTasks.Onnx;

namespace QuantizeTasks.Tests.Pipeline;

/// <summary>A row of convolutions with a Relu each and a classifier, in which a test plants what quantization cannot do.</summary>
internal static class PlantedNetwork
{
    public const int Channels = 32;

    /// <param name="depth">How many convolutions, <c>conv1</c> and so on.</param>
    /// <param name="divisor">What the first channel that a convolution reads is divided by, by an operator in float; null where nothing is.</param>
    /// <param name="factor">What a weight is multiplied by: of which convolution, from which channel, to which.</param>
    public static OnnxModel Create(int depth, Func<int, float?> divisor, Func<int, int, int, float> factor)
    {
        var model = TestModels.Opset(13).Input("x", 1, 3, 16, 16);
        var (from, channels) = ("x", 3);
        for (var i = 1; i <= depth; i++)
        {
            var stride = i == depth ? 4 : 1;
            var w = TestModels.RandomFloats($"w{i}", [Channels, channels, 3, 3], 0, MathF.Sqrt(2f / (channels * 9)));
            for (var k = 0; k < w.Length; k++)
                w[k] *= factor(i, k / 9 % channels, k / (channels * 9));
            if (divisor(i) is { } by)
            {
                // Abs does nothing after a Relu; without it the division would be folded into the convolution.
                model.Floats($"s{i}", [.. Enumerable.Range(0, Channels).Select(c => c == 0 ? by : 1f)], 1, Channels, 1, 1)
                    .Named($"scale{i}", "Div", [from, $"s{i}"], [$"d{i}"]).Named($"abs{i}", "Abs", [$"d{i}"], [$"a{i}"]);
                from = $"a{i}";
            }
            model.Floats($"w{i}", w, Channels, channels, 3, 3).Floats($"b{i}", new float[Channels], Channels)
                .Named($"conv{i}", "Conv", [from, $"w{i}", $"b{i}"], [$"c{i}"], n => n.With("pads", 1, 1, 1, 1).With("strides", stride, stride))
                .Named($"relu{i}", "Relu", [$"c{i}"], [$"r{i}"]);
            (from, channels) = ($"r{i}", Channels);
        }
        return model.Named("flatten", "Flatten", [from], ["f"]).Floats("wg", TestModels.RandomFloats("wg", [16 * Channels, 10], 0, 0.1f), 16 * Channels, 10)
            .Named("classes", "Gemm", ["f", "wg"], ["g"]).Named("copy", "Identity", ["g"], ["y"]).Output("y").Build();
    }
}
