using System.Globalization;
using System.Text.RegularExpressions;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Metrics;

/// <summary>Metrics by the name a manifest gives them.</summary>
internal static partial class MetricFactory
{
    /// <summary>Every name, for messages and documentation. K of <c>accuracy@topK</c> is any positive number.</summary>
    public static IReadOnlyList<string> Names { get; } = ["accuracy@top1", "accuracy@top5", "agreement", "cosine", "f1", "mae", "mean_iou", "psnr", "rmse"];

    /// <summary>Creates a metric.</summary>
    /// <exception cref="QuantizeException">The name or a parameter is unknown, or a value is missing, of a wrong type or out of range.</exception>
    public static IMetric Create(MetricSpecification specification)
    {
        var name = specification.Name.Value;
        var parameters = new MetricParameters(specification);
        IMetric metric = name switch
        {
            "agreement" => new Agreement(parameters),
            "cosine" => new CosineSimilarity(parameters),
            "f1" => new F1(parameters),
            "mae" => new MeanAbsoluteError(parameters),
            "mean_iou" => new MeanIntersectionOverUnion(parameters),
            "psnr" => new PeakSignalToNoiseRatio(parameters),
            "rmse" => new RootMeanSquareError(parameters),
            _ => TopKPattern().Match(name) is { Success: true } match && int.TryParse(match.Groups[1].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var k) && k > 0
                ? new Accuracy(k, parameters)
                : throw new QuantizeException(DiagnosticCodes.UnknownName, $"There is no metric '{name}'; there are {string.Join(", ", Names)}.{DidYouMean.Hint(name, Names)}", specification.Name.Position),
        };
        parameters.RejectOthers();
        return metric;
    }

    [GeneratedRegex("^accuracy@top([0-9]{1,9})$", RegexOptions.CultureInvariant)]
    private static partial Regex TopKPattern();
}
