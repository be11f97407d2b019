using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Metrics;

/// <summary>
/// <c>r2</c>: the coefficient of determination, 1 - (sum of squared errors) / (sum of squared deviations of the labels from their mean), for each element of the output over all samples, then averaged over the elements
/// (scikit-learn's r2_score with uniform_average). 1 is perfect, 0 is no better than the labels' mean, and it may be negative.
/// A sample contributes its error and its label, element by element, because the mean is known only over a set.
/// </summary>
internal sealed class RSquared : IMetric
{
    /// <summary>What is kept of each sample stays small: 64 KB. A larger output is an image, for which there is psnr.</summary>
    private const int MostElements = 4096;

    private readonly string? _output;

    public RSquared(MetricParameters parameters)
    {
        _output = parameters.Text("output");
        Definition = $"r2/1 output={_output}";
    }

    public string Name => "r2";

    public string Definition { get; }

    public bool HigherIsBetter => true;

    public bool NeedsLabels => true;

    public bool NeedsReference => false;

    public double[] Observe(in MetricInput input)
    {
        var (output, label) = input.Regression(Name, _output);
        if (output.Length > MostElements)
            throw new QuantizeException(DiagnosticCodes.ShapeMismatch, $"r2 keeps every element of every output, at most {MostElements}; the output of {input.SampleName} has {output.Length}. For images there are psnr and ssim.");
        return [.. output.Zip(label, (o, l) => o - l), .. label];
    }

    /// <summary>Minus the mean squared error: one sample has no deviation to compare with, but its error is what lowers the value.</summary>
    public double PerSample(IReadOnlyList<double> contribution) => -contribution.Take(contribution.Count / 2).Average(error => error * error);

    /// <summary>NaN when the labels do not vary: there is nothing to determine.</summary>
    public double Aggregate(IReadOnlyList<double[]> contributions)
    {
        var elements = contributions[0].Length / 2;
        return Enumerable.Range(0, elements).Average(element =>
        {
            var mean = contributions.Average(c => c[elements + element]);
            var (errors, deviations) = (0.0, 0.0);
            foreach (var c in contributions)
                (errors, deviations) = (errors + (c[element] * c[element]), deviations + ((c[elements + element] - mean) * (c[elements + element] - mean)));
            return deviations == 0 ? double.NaN : 1 - (errors / deviations);
        });
    }
}
