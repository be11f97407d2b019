using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Metrics;

/// <summary>Turns the outputs of a detector into what it found, in pixels of the image. <c>docs/metrics.md</c> has every kind of output with its formulas.</summary>
internal sealed class BoxDecoder
{
    private readonly IBoxOutputs _outputs;
    private readonly double _threshold;
    private readonly Suppression? _suppression;
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
        _threshold = parameters.Share("score_threshold") ?? kind switch { "yolo" or "yolo_grid" => 0.001, "anchors" => 0.05, _ => 0 };
        _suppression = Suppression.Read(parameters, isRaw ? 0.5 : null);
        _candidates = parameters.Integer("pre_nms_top_k", 1, 1 << 20) ?? 5000;
        KeepTopK = parameters.Integer("keep_top_k", 1, 1000) ?? keepTopK;
        _clips = parameters.OneOf("clip", "false", "false", "true") == "true";
        Definition = FormattableString.Invariant($"{kind}({_outputs.Definition}) threshold={_threshold:R} nms={_suppression} candidates={_candidates} keep={KeepTopK} clip={_clips}");
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
        var best = found.OrderByDescending(d => d.Score).Take(_suppression is null ? KeepTopK : _candidates).Select(d => OnImage(d, frame));
        if (_suppression is not null)
            best = _suppression.Keep(best).Take(KeepTopK);
        return [.. _clips ? best.Select(d => Clip(d, frame)) : best];
    }

    private static Detection OnImage(Detection d, DetectionLabel frame) => d with
    {
        X1 = (d.X1 - frame.OffsetX) / frame.ScaleX, Y1 = (d.Y1 - frame.OffsetY) / frame.ScaleY, X2 = (d.X2 - frame.OffsetX) / frame.ScaleX, Y2 = (d.Y2 - frame.OffsetY) / frame.ScaleY,
    };

    private static Detection Clip(Detection d, DetectionLabel frame) => d with
    {
        X1 = Math.Clamp(d.X1, 0, frame.ImageWidth), Y1 = Math.Clamp(d.Y1, 0, frame.ImageHeight), X2 = Math.Clamp(d.X2, 0, frame.ImageWidth), Y2 = Math.Clamp(d.Y2, 0, frame.ImageHeight),
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
