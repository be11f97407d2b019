using System.Globalization;
using QuantizeTasks.Reporting;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace QuantizeTasks.Tool.Views;

/// <summary>One picture of a run on a terminal: the stages, the current one's progress, and how the drop nears the budget.</summary>
internal static class LiveFrame
{
    private const int BarWidth = 32;
    private const int ShownSteps = 8;

    private static readonly Style Soft = new(Color.Grey);
    private static readonly Style Good = new(Color.Green);
    private static readonly Style Bad = new(Color.Red);
    private static readonly Style Strong = new(decoration: Decoration.Bold);

    public static IRenderable Render(RunProgress run, TimeSpan now, int width)
    {
        var lines = new List<Line>();
        if (!run.Finished.IsEmpty)
            lines.Add(new Line().Add("  " + string.Join("  ", run.Finished.Select(s => $"\u2713 {s.Stage} {Duration(TimeSpan.FromSeconds(s.Seconds))}")), Soft));
        if (run.Stage is { } stage)
            lines.Add(new Line().Add("\u25b8 ", Good).Add(stage.Stage, Strong).Add("  " + stage.Description));
        lines.Add(ProgressLine(run, now));
        if (!run.Judged.IsEmpty)
        {
            for (var metric = 0; metric < run.Judged[^1].Metrics.Count; metric++)
                lines.AddRange(DropChart(run.Judged, metric));
        }
        return new Rows(lines.Select(line => line.Fit(width - 1)));
    }

    private static Line ProgressLine(RunProgress run, TimeSpan now)
    {
        var line = new Line().Add("  ");
        if (run.Total > 0)
        {
            var share = Math.Clamp((double)run.Done / run.Total, 0, 1);
            var filled = (int)Math.Round(share * BarWidth);
            line.Add(new string('\u2501', filled), Good).Add(new string('\u2500', BarWidth - filled), Soft)
                .Add(string.Create(CultureInfo.InvariantCulture, $"  {run.Done} of {run.Total}"));
        }
        line.Add($"{(run.Total > 0 ? "  " : "")}{Duration(now - run.Began)} so far", Soft);
        return run.TimeLeft(now) is { } left ? line.Add($", about {Duration(left)} left{(run.SearchEnds is null ? " in this stage" : "")}", Soft) : line;
    }

    /// <summary>A bar for each of the last judged configurations; the tick is the budget. Bars are cut at four budgets, so that the last steps can be told apart.</summary>
    private static IEnumerable<Line> DropChart(IReadOnlyList<ConfigurationJudged> judged, int index)
    {
        var newest = judged[^1].Metrics[index];
        var format = new MetricFormat(newest);
        yield return new Line().Add(" ");
        var heading = new Line().Add("  " + newest.Name, Strong).Add($"  float {format.Value(newest.Baseline)}, now {format.Value(newest.Quantized)}");
        yield return newest.Budget is { } stated ? heading.Add($", budget {format.BudgetWithUnit(stated)}") : heading;

        var shown = judged.TakeLast(ShownSteps).ToArray();
        var most = shown.Max(j => Finite(j.Metrics[index].Drop));
        if (newest.Budget is > 0 and { } budget)
            most = Math.Clamp(most, 1.25 * budget, 4 * budget);
        foreach (var step in shown)
            yield return Step(step, step.Metrics[index], most, format);
        if (judged.Count > shown.Length)
            yield return new Line().Add(string.Create(CultureInfo.InvariantCulture, $"  and {judged.Count - shown.Length} before"), Soft);
    }

    private static Line Step(ConfigurationJudged step, MetricRecord metric, double most, MetricFormat format)
    {
        var cells = most > 0 ? (int)Math.Round(Math.Clamp(Finite(metric.Drop) / most, 0, 1) * BarWidth) : 0;
        var tick = metric.Budget is { } budget && most > 0 ? Math.Clamp((int)Math.Round(budget / most * BarWidth), 0, BarWidth - 1) : -1;
        var line = new Line().Add(step.Iteration.Index.ToString(CultureInfo.InvariantCulture).PadLeft(5) + " ", Soft);
        for (var cell = 0; cell < BarWidth; cell++)
        {
            var isBar = cell < cells;
            line.Add(cell == tick ? isBar ? "\u254b" : "\u2502" : isBar ? "\u2501" : " ", cell == tick ? Good : metric.WithinBudget ? Good : Bad);
        }
        var outcome = step.Iteration.Kept ? "" : ", taken back";
        return line.Add(format.Drop(metric.Drop).PadLeft(13)).Add($"  {step.Iteration.Action}{outcome}", Soft);
    }

    private static double Finite(double drop) => double.IsFinite(drop) ? drop : double.MaxValue;

    internal static string Duration(TimeSpan time) => time.TotalSeconds switch
    {
        < 60 => time.TotalSeconds.ToString(time.TotalSeconds < 10 ? "F1" : "F0", CultureInfo.InvariantCulture) + " s",
        < 3600 => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes} min {time.Seconds:D2} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours} h {time.Minutes:D2} min"),
    };

    /// <summary>A line of styled text that is cut rather than wrapped, and through which no control character of a foreign name gets to the terminal.</summary>
    private sealed class Line
    {
        private readonly List<(string Text, Style Style)> _parts = [];

        public Line Add(string text, Style? style = null)
        {
            _parts.Add((string.Concat(text.Select(c => char.IsControl(c) ? '\uFFFD' : c)), style ?? Style.Plain));
            return this;
        }

        public Paragraph Fit(int width)
        {
            var paragraph = new Paragraph();
            var isCut = _parts.Sum(part => part.Text.Length) > width;
            var left = isCut ? width - 1 : width;
            foreach (var (text, style) in _parts)
            {
                paragraph.Append(text[..Math.Clamp(left, 0, text.Length)], style);
                left -= text.Length;
            }
            return isCut ? paragraph.Append("\u2026") : paragraph;
        }
    }
}
