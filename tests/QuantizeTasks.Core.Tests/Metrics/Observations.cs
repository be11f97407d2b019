namespace QuantizeTasks.Tests.Metrics;

/// <summary>What metrics see, in a line each, and the samples of expected.py.</summary>
internal static class Observations
{
    public static MetricInput Of(Tensor output, Tensor? label = null, Tensor? reference = null, string sample = "cat.png") =>
        new(new Dictionary<string, Tensor> { ["y"] = output }, "y", label, reference is null ? null : new Dictionary<string, Tensor> { ["y"] = reference }, sample);

    public static Tensor Class(long label) => Tensor.Create<long>([label]);

    public static Tensor Vector(params float[] scores) => Tensor.Create(scores, 1, scores.Length);

    /// <summary>The 60 samples of 7 scores, with labels and the scores of the other model.</summary>
    public static IReadOnlyList<MetricInput> Classification() =>
    [
        .. Enumerable.Range(0, 60).Select(i => Of(Scores(i, 1009), Class(((i * i) + (2 * i)) % 5), Scores(i, 997))),
    ];

    /// <summary>The 12 dense samples of 6 classes and 5 x 4 positions; the mask is also the other model's prediction.</summary>
    public static IReadOnlyList<MetricInput> Dense() => [.. Enumerable.Range(0, 12).Select(DenseSample)];

    private static Tensor Scores(int i, int modulus) => Vector([.. Enumerable.Range(0, 7).Select(c =>
        ((((37 * i * i) + (411 * c * c) + (97 * i * c) + (5 * c)) % modulus) + (c == ((i * i) + (2 * i)) % 5 && i % 3 > 0 ? 512.5f : 0)) / 64)]);

    private static MetricInput DenseSample(int n)
    {
        var (scores, mask) = (new float[6 * 20], new byte[20]);
        for (var k = 0; k < 6; k++)
        {
            for (var y = 0; y < 5; y++)
            {
                for (var x = 0; x < 4; x++)
                {
                    var label = (n + (y * x) + (2 * x)) % 7;
                    mask[(y * 4) + x] = (byte)(label == 5 ? 6 : label);
                    scores[(((k * 5) + y) * 4) + x] = ((((37 * n * n) + (411 * k * k) + (97 * n * k) + (13 * y * k) + (59 * x * k) + (11 * y) + (5 * x)) % 1009) + (k == label && (n + x + y) % 3 > 0 ? 512.5f : 0)) / 64;
                }
            }
        }
        return Of(Tensor.Create(scores, 1, 6, 5, 4), Tensor.Create(mask, 5, 4));
    }
}
