using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Metrics;

/// <summary>Outputs of detectors as rows of numbers.</summary>
internal static class DetectorTensors
{
    /// <summary>An output as rows of <paramref name="columns"/>, whatever axes of extent 1 are before.</summary>
    public static (double[] Values, int Rows) Rows(this in MetricInput input, string? name, int columns, string what)
    {
        var output = input.Output(name);
        if (output.Length == 0)
            return ([], 0);
        if (output.Shape.Count == 0 || output.Shape[^1] != columns || output.Shape.Take(Math.Max(0, output.Shape.Count - 2)).Any(extent => extent != 1))
            throw Wrong(input, output, $"{what} must be [..., N, {columns}]");
        return (MetricTensors.ToDoubles(output), output.Length / columns);
    }

    /// <summary>An output as one number a row.</summary>
    public static double[] Numbers(this in MetricInput input, string name, int rows, string what)
    {
        var output = input.Output(name);
        return output.Length == rows ? MetricTensors.ToDoubles(output) : throw Wrong(input, output, $"{what} must have {rows} numbers, one for every box");
    }

    public static QuantizeException Wrong(in MetricInput input, Tensor output, string what) =>
        new(DiagnosticCodes.ShapeMismatch, $"{what}, but the output of {input.SampleName} is {output}. 'decoding' says how outputs are read, and names of outputs can be given.");

    public static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    /// <summary>Probabilities of a row of scores.</summary>
    public static void Activate(Span<double> scores, string activation)
    {
        if (activation == "sigmoid")
        {
            for (var i = 0; i < scores.Length; i++)
                scores[i] = Sigmoid(scores[i]);
        }
        else if (activation == "softmax")
        {
            var (largest, sum) = (double.NegativeInfinity, 0.0);
            foreach (var score in scores)
                largest = Math.Max(largest, score);
            for (var i = 0; i < scores.Length; i++)
                sum += scores[i] = Math.Exp(scores[i] - largest);
            for (var i = 0; i < scores.Length; i++)
                scores[i] /= sum;
        }
    }
}
