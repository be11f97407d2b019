using System.Globalization;

namespace QuantizeTasks.Reporting.Html;

/// <summary>A metric before and after on one line: the float value, where the budget ends, everything in int8, and the result.</summary>
internal static class BudgetFigure
{
    private const double Width = 760;
    private const double Height = 96;
    private const double Side = 44;
    private const double Middle = 52;

    /// <summary>Values further from the float value than this many budgets are drawn at the border, with an arrow.</summary>
    private const double Far = 4;

    public static void Render(HtmlBuilder html, MetricRecord metric, string baseline)
    {
        if (metric.Budget is not { } budget || !(budget >= 0) || !double.IsFinite(metric.Baseline) || !double.IsFinite(metric.Quantized))
            return;
        var format = new MetricFormat(metric);
        var worse = metric.HigherIsBetter ? -1 : 1;
        var allowed = metric.DropType == "relative" ? budget * Math.Abs(metric.Baseline) : budget;
        var axis = new Axis(metric, worse, allowed);
        html.Line($"<figure><figcaption>{metric.Name}: what the budget allows is shaded</figcaption>")
            .Line($"<div class=\"scroll\"><svg class=\"chart budget-figure\" viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Description(metric, format, baseline)}\">");
        var (from, to) = (axis.X(-double.MaxValue), axis.X(allowed));
        html.Add($"<rect class=\"within\" x=\"{Math.Min(from, to):F1}\" y=\"{Middle - 14}\" width=\"{Math.Abs(to - from):F1}\" height=\"28\"/>")
            .Add($"<line class=\"zero\" x1=\"{Side}\" x2=\"{Width - Side}\" y1=\"{Middle}\" y2=\"{Middle}\"/>")
            .Add($"<line class=\"budget\" x1=\"{to:F1}\" x2=\"{to:F1}\" y1=\"{Middle - 20}\" y2=\"{Middle + 20}\"/>");
        Text(html, to, Middle + 34, "budget-label", $"limit {format.Value(metric.Baseline + (worse * allowed))}");
        if (metric.FullyQuantized != metric.Quantized && double.IsFinite(metric.FullyQuantized))
            Point(html, axis, metric.FullyQuantized, "undone", $"all int8 {format.Value(metric.FullyQuantized)}", Middle - 22);
        Point(html, axis, metric.Baseline, "float", $"{baseline} {format.Value(metric.Baseline)}", Middle + 34);
        Point(html, axis, metric.Quantized, metric.WithinBudget ? "kept" : "kept over", $"{format.Value(metric.Quantized)}", Middle - 22);
        html.Line($"</svg></div></figure>");
    }

    private static void Point(HtmlBuilder html, Axis axis, double value, string kind, string label, double y)
    {
        var x = axis.X(axis.Drop(value));
        html.Add($"<circle class=\"{kind}\" cx=\"{x:F1}\" cy=\"{Middle}\" r=\"6\"/>");
        Text(html, x, y, "value-label", axis.IsFar(value) ? label + " (beyond)" : label);
    }

    private static void Text(HtmlBuilder html, double x, double y, string kind, string text)
    {
        var anchor = x < 120 ? "start" : x > Width - 120 ? "end" : "middle";
        html.Line($"<text class=\"{kind}\" x=\"{(anchor == "start" ? Math.Max(6, x - 8) : anchor == "end" ? Math.Min(Width - 6, x + 8) : x):F1}\" y=\"{y}\" text-anchor=\"{anchor}\">{text}</text>");
    }

    private static string Description(MetricRecord metric, MetricFormat format, string baseline) => string.Create(CultureInfo.InvariantCulture,
        $"{metric.Name}: {baseline} {format.Value(metric.Baseline)}, result {format.Value(metric.Quantized)}, all int8 {format.Value(metric.FullyQuantized)}, budget {format.BudgetWithUnit(metric.Budget!.Value)}. The table has the same figures.");

    /// <summary>Left is better where higher is better, so that time and loss both run to the right.</summary>
    private sealed class Axis
    {
        private readonly MetricRecord _metric;
        private readonly int _worse;
        private readonly double _low;
        private readonly double _high;

        public Axis(MetricRecord metric, int worse, double allowed)
        {
            (_metric, _worse) = (metric, worse);
            double[] drops = [0, allowed, Drop(metric.Quantized), double.IsFinite(metric.FullyQuantized) ? Drop(metric.FullyQuantized) : 0];
            var most = Far * (allowed > 0 ? allowed : Math.Max(Math.Abs(drops[2]), 1e-9));
            var (low, high) = (Math.Max(drops.Min(), -most), Math.Min(drops.Max(), most));
            var margin = 0.15 * Math.Max(high - low, 1e-12);
            (_low, _high) = (low - margin, high + margin);
        }

        public double Drop(double value) => _worse * (value - _metric.Baseline);

        public bool IsFar(double value) => Drop(value) > _high || Drop(value) < _low;

        public double X(double drop) => Side + (Math.Clamp((drop - _low) / (_high - _low), 0, 1) * (Width - (2 * Side)));
    }
}
