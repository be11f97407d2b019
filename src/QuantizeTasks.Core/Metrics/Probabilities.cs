using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Metrics;

/// <summary>Scores as logarithms of probabilities. An int8 softmax gives exact zeros, so probabilities are never taken below <see cref="Least"/>.</summary>
internal static class Probabilities
{
    /// <summary>What scikit-learn's log_loss clipped to for years; its logarithm is -34.5.</summary>
    public const double Least = 1e-15;

    /// <summary>Whether the metric's scores are logits. There is no default: taken for the other kind, scores give a plausible but meaningless number.</summary>
    public static bool AreLogits(MetricParameters parameters, string metric)
    {
        if (parameters.Text("scores") is null)
            throw new QuantizeException(DiagnosticCodes.MissingKey, $"{metric} needs the parameter 'scores': 'logits', or 'probabilities' when the model ends with a softmax or sigmoid.", parameters.Position);
        return parameters.OneOf("scores", "", "logits", "probabilities") == "logits";
    }

    /// <summary>softmax, shifted by the maximum so that it never overflows.</summary>
    public static double[] OfLogits(ReadOnlySpan<double> logits)
    {
        var result = LogOfLogits(logits);
        for (var i = 0; i < result.Length; i++)
            result[i] = Math.Exp(result[i]);
        return result;
    }

    /// <summary>The logarithms of the probabilities that scores stand for. NaN stays NaN.</summary>
    public static double[] Log(ReadOnlySpan<double> scores, bool areLogits) => areLogits ? LogOfLogits(scores) : LogOfProbabilities(scores);

    private static double[] LogOfLogits(ReadOnlySpan<double> logits)
    {
        var maximum = double.NegativeInfinity;
        foreach (var logit in logits)
            maximum = Math.Max(maximum, logit); // NaN if any is.
        var sum = 0.0;
        foreach (var logit in logits)
            sum += Math.Exp(logit - maximum);
        var (log, result) = (Math.Log(sum), new double[logits.Length]);
        for (var i = 0; i < result.Length; i++)
            result[i] = logits[i] - maximum - log;
        return result;
    }

    /// <summary>Clipped, then divided by their sum, which int8 outputs miss by a few steps.</summary>
    private static double[] LogOfProbabilities(ReadOnlySpan<double> scores)
    {
        var (sum, result) = (0.0, new double[scores.Length]);
        for (var i = 0; i < result.Length; i++)
            sum += result[i] = Math.Clamp(scores[i], Least, 1 - Least);
        for (var i = 0; i < result.Length; i++)
            result[i] = Math.Log(result[i] / sum);
        return result;
    }
}
