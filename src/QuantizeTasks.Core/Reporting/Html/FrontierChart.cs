using System.Collections.Immutable;

namespace QuantizeTasks.Reporting.Html;

/// <summary>What accuracy costs in speed: the configurations that no other beats in both, as SVG.</summary>
internal static class FrontierChart
{
    private const double Width = 760;
    private const double Height = 240;
    private const double Left = 64;
    private const double Right = 40;
    private const double Top = 26;
    private const double Bottom = 44;
    private const double LabelWidth = 90;

    public static void Render(HtmlBuilder html, ImmutableArray<FrontierRecord> frontier, MetricRecord metric, int metricIndex)
    {
        var format = new MetricFormat(metric);
        FrontierRecord[] points = [.. frontier.Where(p => metricIndex < p.Drops.Length && double.IsFinite(p.Drops[metricIndex]) && double.IsFinite(p.SpeedKept)).OrderBy(p => p.SpeedKept)];
        if (points.Length < 2)
            return;
        double Drop(FrontierRecord point) => point.Drops[metricIndex] * format.DropScale;
        var budget = metric.Budget * format.DropScale;
        var axis = new DropAxis([.. points.Select(Drop)], budget);
        double[] shares = [.. Enumerable.Range(0, 5).Select(quarter => quarter / 4.0)];
        // From the quarter in which the slowest lies.
        var (low, high) = (Math.Min(points[0].SpeedKept, shares.Take(4).Last(s => s <= Math.Max(points[0].SpeedKept, 0))), Math.Max(1, points[^1].SpeedKept));
        double X(double kept) => Left + 14 + ((kept - low) / (high - low) * (Width - Left - Right - 28));
        double Y(double drop) => Height - Bottom - (axis.Height(drop) * (Height - Top - Bottom));

        html.Line($"<figure><figcaption>{metric.Name}: drop in {format.DropAxis} against how much of int8's predicted savings is kept; a filled point is within the budget{(axis.IsFolded ? "; the scale is logarithmic beyond the budget" : "")}</figcaption>")
            .Line($"<div class=\"scroll\"><svg class=\"chart frontier\" viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{metric.Name}: {Units.Plural(points.Length, "configuration")} that no other beats in accuracy and speed. The table below has them.\">");
        foreach (var tick in axis.Ticks)
            html.Add($"<line class=\"{(tick == 0 ? "zero" : "grid")}\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(tick):F1}\" y2=\"{Y(tick):F1}\"/>")
                .Line($"<text class=\"tick\" x=\"{Left - 8}\" y=\"{Y(tick) + 4:F1}\" text-anchor=\"end\">{DropAxis.Label(tick)}</text>");
        if (budget is { } limit)
            html.Add($"<rect class=\"within\" x=\"{Left}\" y=\"{Y(limit):F1}\" width=\"{Width - Left - Right}\" height=\"{Height - Bottom - Y(limit):F1}\"/>")
                .Line($"<line class=\"budget\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(limit):F1}\" y2=\"{Y(limit):F1}\"/>");
        foreach (var share in shares.Where(s => s >= low))
            html.Line($"<text class=\"tick\" x=\"{X(share):F1}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{share * 100:F0}%</text>");
        html.Line($"<text class=\"axis\" x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 6}\" text-anchor=\"middle\">of int8's predicted savings</text>").Add($"<polyline class=\"path\" points=\"");
        foreach (var point in points)
            html.Add($"{X(point.SpeedKept):F1},{Y(Drop(point)):F1} ");
        html.Line($"\"/>");
        var free = double.NegativeInfinity;
        foreach (var point in points)
        {
            var (x, y) = (X(point.SpeedKept), Y(Drop(point)));
            var isWithin = budget is not { } most || Drop(point) <= most;
            html.Line($"<circle class=\"{(isWithin ? "point" : "point beyond")}\" cx=\"{x:F1}\" cy=\"{y:F1}\" r=\"4.5\"><title>{point.Step}: {Units.Plural(point.LayersInFloat, "layer")} in float: {format.Drop(point.Drops[metricIndex])}</title></circle>");
            // Where points crowd, the first of them is labelled.
            if (x < free)
                continue;
            html.Line($"<text class=\"point-label\" x=\"{x:F1}\" y=\"{y - 10:F1}\" text-anchor=\"middle\">{point.LayersInFloat} in float</text>");
            free = x + LabelWidth;
        }
        html.Line($"</svg></div></figure>");
    }
}
