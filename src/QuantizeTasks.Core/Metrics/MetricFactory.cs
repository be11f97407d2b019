using System.Globalization;
using System.Text.RegularExpressions;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Plugins;

namespace QuantizeTasks.Metrics;

/// <summary>Metrics by the name a manifest gives them.</summary>
internal static partial class MetricFactory
{
    /// <summary>Every name, for messages and documentation. K of <c>accuracy@topK</c> is any positive number.</summary>
    public static IReadOnlyList<string> Names { get; } = 
    [
        "accuracy@top1", "accuracy@top5", "agreement", "cer", "coco_precision", "cosine", "dice", "exact_match", "f1", "kl", "log_loss", "mae", "map", "mean_accuracy", "mean_iou", "perplexity", "pixel_accuracy", "precision", "psnr", "r2", "recall", "rmse",
        "roc_auc", "sqnr", "ssim", "token_f1", "wer",
    ];

    /// <summary>Creates a metric.</summary>
    /// <exception cref="QuantizeException">The name or a parameter is unknown, or a value is missing, of a wrong type or out of range.</exception>
    public static IMetric Create(MetricSpecification specification)
    {
        if (specification.Plugin is not null)
            return PluginMetric.Create(specification);
        var name = specification.Name.Value;
        var parameters = new MetricParameters(specification);
        IMetric metric = name switch
        {
            "agreement" => new Agreement(parameters),
            "cosine" => new CosineSimilarity(parameters),
            "cer" => new ErrorRate(name, new SequenceReader(name, byWords: false, "ctc", parameters)),
            CocoPrecision.Prefix => new CocoPrecision(null, parameters),
            _ when name.StartsWith(CocoPrecision.Prefix + "@", StringComparison.Ordinal) && CocoPrecision.Variants.Contains(name[(CocoPrecision.Prefix.Length + 1)..]) => new CocoPrecision(name[(CocoPrecision.Prefix.Length + 1)..], parameters),
            "dice" => new OverlapMetric(name, ClassCount.F1, parameters),
            "exact_match" => new AnswerMetric(name, AnswerMetric.ExactMatch, parameters),
            "f1" => new ClassCountMetric(name, ClassCount.F1, parameters),
            "kl" => new KullbackLeibler(parameters),
            "log_loss" => new LogLoss(parameters),
            "mae" => new MeanAbsoluteError(parameters),
            "map" => new VocPrecision(parameters),
            "mean_accuracy" => new OverlapMetric(name, ClassCount.Recall, parameters),
            "mean_iou" => new OverlapMetric(name, ClassCount.IntersectionOverUnion, parameters),
            "perplexity" => new Perplexity(parameters),
            "pixel_accuracy" => new OverlapMetric(name, ClassCount.Recall, parameters, isPooled: true),
            "precision" => new ClassCountMetric(name, ClassCount.Precision, parameters),
            "psnr" => new PeakSignalToNoiseRatio(parameters),
            "r2" => new RSquared(parameters),
            "recall" => new ClassCountMetric(name, ClassCount.Recall, parameters),
            "rmse" => parameters.OneOf("average", "samples", "samples", "pooled") == "pooled" ? new PooledRootMeanSquareError(parameters) : new RootMeanSquareError(parameters),
            "roc_auc" => new RocAuc(parameters),
            "sqnr" => new SignalToQuantizationNoise(parameters),
            "ssim" => new StructuralSimilarity(parameters),
            "token_f1" => new AnswerMetric(name, AnswerMetric.TokenF1, parameters),
            "wer" => new ErrorRate(name, new SequenceReader(name, byWords: true, "ctc", parameters)),
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
