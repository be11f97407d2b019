using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Metrics;

/// <summary>Turns the outputs of a detector into what it found, in pixels of the image. <c>docs/metrics.md</c> has every kind of output with its formulas.</summary>
internal sealed class BoxDecoder
{
    private readonly IBoxOutputs _outputs;
    private readonly double _threshold;
    private readonly double? _overlap;
    private readonly int _candidates;
    private readonly bool _clips;

    public BoxDecoder(MetricParameters parameters, int keepTopK)
    {
        var kind = parameters.OneOf("decoding", "ssd", "ssd", "boxes", "yolo", "yolo_grid", "anchors");
        _outputs = kind switch
        {
            "ssd" => new SsdOutput(parameters),
            "boxes" => new BoxOutputs(parameters),
            "yolo" => new YoloOutput(parameters),
            "yolo_grid" => new YoloGrids(parameters),
            _ => new AnchorOutputs(parameters),
        };
        var isRaw = kind is "yolo" or "yolo_grid" or "anchors";
        _threshold = Share(parameters, "score_threshold") ?? kind switch { "yolo" or "yolo_grid" => 0.001, "anchors" => 0.05, _ => 0 };
        _overlap = Share(parameters, "nms") ?? (isRaw ? 0.5 : null);
        _candidates = parameters.Integer("pre_nms_top_k", 1, 1 << 20) ?? 5000;
        KeepTopK = parameters.Integer("keep_top_k", 1, 1000) ?? keepTopK;
        _clips = parameters.OneOf("clip", "false", "false", "true") == "true";
        Definition = FormattableString.Invariant($"{kind}({_outputs.Definition}) threshold={_threshold:R} nms={_overlap:R} candidates={_candidates} keep={KeepTopK} clip={_clips}");
    }

    /// <summary>The most detections of one image.</summary>
    public int KeepTopK { get; }

    /// <summary>Everything that changes the result.</summary>
    public string Definition { get; }

    /// <summary>What was found, best first; null when an output is NaN or infinite.</summary>
    public IReadOnlyList<Detection>? Decode(in MetricInput input, DetectionLabel frame)
    {
        var found = new List<Detection>();
        foreach (var candidate in _outputs.Read(input, frame))
        {
            if (candidate.HasNaN)
                return null;
            // A negative class is how some models fill up a list of fixed length.
            if (candidate.Score <= _threshold || candidate.Class < 0)
                continue;
            if (!candidate.IsFinite)
                return null;
            found.Add(candidate);
        }
        // Stable: of equal scores the one that the model gives first.
        IEnumerable<Detection> best = found.OrderByDescending(d => d.Score).Take(_overlap is null ? KeepTopK : _candidates);
        if (_overlap is { } overlap)
            best = Suppress([.. best], overlap).Take(KeepTopK);
        return [.. best.Select(d => OnImage(d, frame))];
    }

    /// <summary>Greedy non-maximum suppression within each class: a box goes when it overlaps a better one that stays by more than the limit.</summary>
    private static IEnumerable<Detection> Suppress(Detection[] candidates, double limit)
    {
        var kept = new Dictionary<int, List<Detection>>();
        foreach (var candidate in candidates)
        {
            if (!kept.TryGetValue(candidate.Class, out var better))
                kept[candidate.Class] = better = [];
            if (better.Exists(b => Overlap.OfUnion(b, candidate) > limit))
                continue;
            better.Add(candidate);
            yield return candidate;
        }
    }

    private Detection OnImage(Detection d, DetectionLabel frame)
    {
        var (x1, y1, x2, y2) = ((d.X1 - frame.OffsetX) / frame.ScaleX, (d.Y1 - frame.OffsetY) / frame.ScaleY, (d.X2 - frame.OffsetX) / frame.ScaleX, (d.Y2 - frame.OffsetY) / frame.ScaleY);
        return _clips
            ? d with { X1 = Math.Clamp(x1, 0, frame.ImageWidth), Y1 = Math.Clamp(y1, 0, frame.ImageHeight), X2 = Math.Clamp(x2, 0, frame.ImageWidth), Y2 = Math.Clamp(y2, 0, frame.ImageHeight) }
            : d with { X1 = x1, Y1 = y1, X2 = x2, Y2 = y2 };
    }

    private static double? Share(MetricParameters parameters, string name) => parameters.Number(name) switch
    {
        null => null,
        >= 0 and <= 1 and var share => share,
        _ => throw parameters.OutOfRange(name, "must be from 0 to 1"),
    };
}

/// <summary>One kind of detector's outputs.</summary>
internal interface IBoxOutputs
{
    /// <summary>Everything that changes the result.</summary>
    string Definition { get; }

    /// <summary>Every candidate, in pixels of the model's input.</summary>
    /// <exception cref="QuantizeException">An output does not have the form that it must have.</exception>
    IEnumerable<Detection> Read(MetricInput input, DetectionLabel frame);
}
