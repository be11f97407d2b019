namespace QuantizeTasks.Metrics;

/// <summary><c>sqnr</c>: the mean over samples of 10 log10(sum of the float model's squares / sum of squared differences) in dB, at most <see cref="Cap"/>, so that an equal output does not make the mean infinite.</summary>
internal sealed class SignalToQuantizationNoise(MetricParameters parameters) : ReferenceMetric("sqnr", parameters)
{
    /// <summary>An error of one hundred-thousandth of the signal; 8 bits reach about 50 dB.</summary>
    public const double Cap = 100;

    public override bool HigherIsBetter => true;

    public override double Best => Cap;

    /// <summary>A float output of zeros is all noise (the least, minus the cap) unless the other one is equal.</summary>
    protected override double Compare(Tensor output, Tensor reference, string sample)
    {
        var (a, b) = (MetricTensors.ToDoubles(output), MetricTensors.ToDoubles(reference));
        var (signal, noise) = (0.0, 0.0);
        for (var i = 0; i < a.Length; i++)
        {
            signal += b[i] * b[i];
            noise += (a[i] - b[i]) * (a[i] - b[i]);
        }
        return noise == 0 ? Cap : Math.Clamp(10 * Math.Log10(signal / noise), -Cap, Cap);
    }
}
