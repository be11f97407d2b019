namespace QuantizeTasks.Metrics;

/// <summary>What <c>rmse</c> and <c>psnr</c> share.</summary>
internal static class SquaredError
{
    public static double Mean(ReadOnlySpan<double> output, ReadOnlySpan<double> label)
    {
        var sum = 0.0;
        for (var i = 0; i < output.Length; i++)
            sum += (output[i] - label[i]) * (output[i] - label[i]);
        return sum / output.Length;
    }
}
