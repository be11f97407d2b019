namespace QuantizeTasks.Metrics;

/// <summary>
/// Greedy non-maximum suppression: a box goes when it overlaps a better one that stays by more than <c>nms</c>; of the same class, or of any with <c>nms_classes: together</c>. The overlap is intersection over union, for
/// <c>nms_method: diou</c> less (d² / c²)^0.6 with the distance d of the centres and the diagonal c of the box around both (Zheng et al. 2020, section 3.4; the power is that of Darknet's and the Accuracy Checker's).
/// </summary>
internal sealed record Suppression(double Limit, bool TogetherClasses, bool IsDistance, bool WithBoundaries)
{
    private const double DistancePower = 0.6;

    /// <summary>Reads the parameters; null when nothing is suppressed.</summary>
    /// <param name="parameters">The metric's.</param>
    /// <param name="missing">The limit when none is given; null for no suppression.</param>
    public static Suppression? Read(MetricParameters parameters, double? missing)
    {
        var limit = parameters.Share("nms") ?? missing;
        var together = parameters.OneOf("nms_classes", "apart", "apart", "together") == "together";
        var isDistance = parameters.OneOf("nms_method", "iou", "iou", "diou") == "diou";
        var withBoundaries = parameters.OneOf("nms_boundaries", "false", "false", "true") == "true";
        if (limit is null && (together || isDistance || withBoundaries))
            throw parameters.Missing("nms");
        return limit is { } given ? new Suppression(given, together, isDistance, withBoundaries) : null;
    }

    /// <summary>The boxes that stay, of candidates in pixels of the image, best first.</summary>
    public IEnumerable<Detection> Keep(IEnumerable<Detection> candidates)
    {
        var kept = new Dictionary<int, List<Detection>>();
        foreach (var candidate in candidates)
        {
            var group = TogetherClasses ? 0 : candidate.Class;
            if (!kept.TryGetValue(group, out var better))
                kept[group] = better = [];
            if (better.Exists(b => Between(b, candidate) > Limit))
                continue;
            better.Add(candidate);
            yield return candidate;
        }
    }

    public override string ToString() =>
        FormattableString.Invariant($"{Limit:R}{(TogetherClasses ? ",together" : "")}{(IsDistance ? ",diou" : "")}{(WithBoundaries ? ",boundaries" : "")}");

    private double Between(Detection a, Detection b)
    {
        var overlap = Overlap.OfUnion(a, b, WithBoundaries);
        if (!IsDistance)
            return overlap;
        var (dx, dy) = ((b.X1 + b.X2 - a.X1 - a.X2) / 2, (b.Y1 + b.Y2 - a.Y1 - a.Y2) / 2);
        var (cx, cy) = (Math.Max(a.X2, b.X2) - Math.Min(a.X1, b.X1), Math.Max(a.Y2, b.Y2) - Math.Min(a.Y1, b.Y1));
        var diagonal = (cx * cx) + (cy * cy);
        return diagonal <= 0 ? overlap : overlap - Math.Pow(((dx * dx) + (dy * dy)) / diagonal, DistancePower);
    }
}
