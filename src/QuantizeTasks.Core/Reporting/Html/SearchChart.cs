using System.Collections.Immutable;

namespace QuantizeTasks.Reporting.Html;

/// <summary>One metric's way through the search: its drop at every judged configuration, against the budget, as SVG.</summary>
internal static class SearchChart
{
    private const double Width = 760;
    private const double Height = 280;
    private const double Left = 64;
    private const double Right = 20;
    private const double Top = 26;
    private const double Bottom = 44;
    private const int MostLabels = 12;

    public static void Render(HtmlBuilder html, ImmutableArray<IterationRecord> search, MetricRecord metric, int metricIndex)
    {
        var format = new MetricFormat(metric);
        var points = search.Where(i => metricIndex < i.Drops.Length && double.IsFinite(i.Drops[metricIndex]))
            .Select((iteration, order) => new Point(order, iteration, iteration.Drops[metricIndex] * format.DropScale)).ToArray();
        if (points.Length == 0)
            return;
        var budget = metric.Budget * format.DropScale;
        var axis = new DropAxis([.. points.Select(p => p.Drop)], budget);

        html.Line($"<figure><figcaption>{metric.Name}: drop in {format.DropAxis}{(axis.IsFolded ? "; the scale is logarithmic beyond the budget" : "")}</figcaption>")
            .Line($"<div class=\"scroll\"><svg class=\"chart\" viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Description(points, metric, format)}\">");
        Grid(html, axis, points);
        if (budget is { } limit)
            BudgetLine(html, Y(axis, limit), format.BudgetWithUnit(metric.Budget!.Value));
        Curve(html, axis, points, budget, format);
        html.Line($"</svg></div></figure>");
    }

    private static void Grid(HtmlBuilder html, DropAxis axis, Point[] points)
    {
        foreach (var tick in axis.Ticks)
            html.Add($"<line class=\"{(tick == 0 ? "zero" : "grid")}\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(axis, tick):F1}\" y2=\"{Y(axis, tick):F1}\"/>")
                .Line($"<text class=\"tick\" x=\"{Left - 8}\" y=\"{Y(axis, tick) + 4:F1}\" text-anchor=\"end\">{DropAxis.Label(tick)}</text>");
        var every = (points.Length + MostLabels - 1) / MostLabels;
        foreach (var point in points.Where(p => p.Order % every == 0))
            html.Line($"<text class=\"tick\" x=\"{X(point, points.Length):F1}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{point.Iteration.Index}</text>");
        html.Line($"<text class=\"axis\" x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 6}\" text-anchor=\"middle\">configuration, 0 = all int8</text>");
    }

    private static void BudgetLine(HtmlBuilder html, double y, string text) =>
        html.Add($"<rect class=\"within\" x=\"{Left}\" y=\"{y:F1}\" width=\"{Width - Left - Right}\" height=\"{Height - Bottom - y:F1}\"/>")
            .Add($"<line class=\"budget\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{y:F1}\" y2=\"{y:F1}\"/>")
            .Line($"<text class=\"budget-label\" x=\"{Left + 6}\" y=\"{y + 15:F1}\">budget {text}</text>");

    private static void Curve(HtmlBuilder html, DropAxis axis, Point[] points, double? budget, MetricFormat format)
    {
        html.Add($"<polyline class=\"path\" points=\"");
        foreach (var point in points.Where(p => p.Iteration.Kept))
            html.Add($"{X(point, points.Length):F1},{Y(axis, point.Drop):F1} ");
        html.Line($"\"/>");
        foreach (var point in points)
        {
            var kind = (point.Iteration.Kept ? "kept" : "undone") + (budget is { } limit && point.Drop > limit ? " over" : "");
            html.Add($"<circle class=\"{kind}\" cx=\"{X(point, points.Length):F1}\" cy=\"{Y(axis, point.Drop):F1}\" r=\"4.5\">")
                .Line($"<title>{point.Iteration.Index}: {point.Iteration.Action}: {format.Drop(point.Drop / format.DropScale)}{(point.Iteration.Kept ? "" : ", taken back")}</title></circle>");
        }
    }

    private static string Description(Point[] points, MetricRecord metric, MetricFormat format)
    {
        var first = format.Drop(points[0].Drop / format.DropScale);
        var last = format.Drop(points[^1].Drop / format.DropScale);
        var budget = metric.Budget is { } b ? $", budget {format.BudgetWithUnit(b)}" : "";
        return $"{metric.Name}: drop from {first} at the first to {last} at the last of {Units.Plural(points.Length, "configuration")}{budget}. The table below has every step.";
    }

    private static double X(Point point, int count) =>
        count == 1 ? (Left + Width - Right) / 2 : Left + 14 + (point.Order * (Width - Left - Right - 28) / (count - 1));

    private static double Y(DropAxis axis, double drop) => Height - Bottom - (axis.Height(drop) * (Height - Top - Bottom));

    private sealed record Point(int Order, IterationRecord Iteration, double Drop);
}
