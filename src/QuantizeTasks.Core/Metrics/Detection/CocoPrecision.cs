
namespace QuantizeTasks.Metrics;

/// <summary>
/// <c>coco_precision</c>: average precision as COCO defines it (cocodataset.org/#detection-eval and its reference implementation): the mean over overlaps 0.5, 0.55, ... 0.95 and over classes of precision at 101 values of
/// recall, with at most <c>max_detections</c> of a class in an image. Crowds may be matched any number of times and never count. <c>@50</c> and <c>@75</c> have that overlap alone; <c>@small</c>, <c>@medium</c> and <c>@large</c> only objects up to 32²,
/// up to 96² and beyond square pixels.
/// </summary>
internal sealed class CocoPrecision : DetectionMetric
{
    public const string Prefix = "coco_precision";

    private const int KeepTopK = 100;
    private const int RecallPoints = 101;
    private const double Everything = 1e10;

    private readonly double[] _overlaps;
    private readonly double _least;
    private readonly double _most;

    /// <param name="variant">What follows <c>@</c>; null without.</param>
    /// <param name="parameters">The parameters.</param>
    public CocoPrecision(string? variant, MetricParameters parameters)
        : base(variant is null ? Prefix : $"{Prefix}@{variant}", new BoxDecoder(parameters, KeepTopK))
    {
        // As numpy's linspace makes them.
        _overlaps = variant switch { "50" => [0.5], "75" => [0.75], _ => [.. Enumerable.Range(0, 9).Select(i => (i * ((0.95 - 0.5) / 9)) + 0.5), 0.95] };
        (_least, _most) = variant switch { "small" => (0, 32 * 32), "medium" => (32 * 32, 96 * 96), "large" => (96 * 96, Everything), _ => (0, Everything) };
        MostDetections = parameters.Integer("max_detections", 1, 1000) ?? 100;
        Definition = FormattableString.Invariant($"{Name}/1 max={MostDetections} {Decoding}");
    }

    /// <summary>What may follow <c>@</c>.</summary>
    public static IReadOnlyList<string> Variants { get; } = ["50", "75", "small", "medium", "large"];

    public override string Definition { get; }

    protected override int Overlaps => _overlaps.Length;

    protected override int MostDetections { get; }

    protected override bool Counts(LabelledBox box) => !box.IsIgnored && IsInRange(box.Area);

    protected override Outcome[,] Match(Detection[] detections, IReadOnlyList<LabelledBox> boxes)
    {
        // Boxes that count come first: a detection takes another one only when none of them is left for it.
        LabelledBox[] ordered = [.. boxes.Where(Counts), .. boxes.Where(b => !Counts(b))];
        var counted = boxes.Count(Counts);
        var outcomes = new Outcome[Overlaps, detections.Length];
        for (var t = 0; t < Overlaps; t++)
        {
            var isFound = new bool[ordered.Length];
            for (var i = 0; i < detections.Length; i++)
            {
                var match = Match(detections[i], ordered, counted, isFound, Math.Min(_overlaps[t], 1 - 1e-10));
                if (match >= 0)
                    isFound[match] = true;
                outcomes[t, i] = match < 0 ? IsInRange(detections[i].Area) ? Outcome.Wrong : Outcome.Uncounted : match < counted ? Outcome.Right : Outcome.Uncounted;
            }
        }
        return outcomes;
    }

    protected override double AveragePrecision(ReadOnlySpan<double> recall, ReadOnlySpan<double> precision)
    {
        var envelope = precision.ToArray();
        for (var i = envelope.Length - 2; i >= 0; i--)
            envelope[i] = Math.Max(envelope[i], envelope[i + 1]);
        var (sum, at) = (0.0, 0);
        for (var point = 0; point < RecallPoints; point++)
        {
            while (at < envelope.Length && recall[at] < point * 0.01)
                at++;
            sum += at < envelope.Length ? envelope[at] : 0;
        }
        return sum / RecallPoints;
    }

    private static int Match(Detection detection, LabelledBox[] boxes, int counted, bool[] isFound, double overlap)
    {
        var match = -1;
        for (var b = 0; b < boxes.Length; b++)
        {
            if (isFound[b] && !boxes[b].IsIgnored)
                continue;
            if (match >= 0 && match < counted && b >= counted)
                break;
            var own = boxes[b].IsIgnored ? Overlap.OfDetection(detection, boxes[b]) : Overlap.OfUnion(detection, boxes[b], withBoundaries: false);
            if (own < overlap)
                continue;
            (match, overlap) = (b, own);
        }
        return match;
    }

    private bool IsInRange(double area) => area >= _least && area <= _most;
}
