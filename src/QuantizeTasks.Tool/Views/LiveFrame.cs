using System.Globalization;
using QuantizeTasks.Reporting;
using Spectre.Console;

namespace QuantizeTasks.Tool.Views;

/// <summary>One picture of a run on a terminal: the stages, the current one's progress, what is evaluated, and how the drop nears the budget.</summary>
internal static class LiveFrame
{
    /// <summary>Below this many columns texts and bars are shorter.</summary>
    private const int Narrow = 70;
    private const int Wide = 100;
    private const int MostSteps = 8;

    private static readonly Style Soft = new(Color.Grey);
    private static readonly Style Good = new(Color.Green);
    private static readonly Style Bad = new(Color.Red);
    private static readonly Style Strong = new(decoration: Decoration.Bold);

    /// <summary>The picture, no line longer than the terminal is wide and no more lines than it has; one column and one row stay free.</summary>
    public static IReadOnlyList<StyledLine> Lines(RunProgress run, TimeSpan now, int width, int height)
    {
        var lines = new List<StyledLine>();
        if (!run.Finished.IsEmpty)
            lines.Add(Finished(run, width));
        if (run.Stage is { } stage)
            lines.Add(new StyledLine().Add("\u25b8 ", Good).Add(stage.Stage, Strong).Add("  " + stage.Description));
        lines.Add(Progress(run, now, width));
        if (run.Evaluating is { } configuration && run.Stage is not null)
            lines.Add(new StyledLine().Add("  now     ", Soft).Add(configuration));
        if (!run.Ranked.IsEmpty && run.Stage?.Stage is "rank" or "search" or "trim")
            lines.Add(new StyledLine().Add("  ranked  ", Soft).Add(List(run.Ranked, width - 11)));
        if (run.Judged.IsEmpty)
            lines.AddRange(run.Baselines.Select(b => new StyledLine().Add($"  {b.Model,-8}", Soft).Add($"{b.Metric} {MetricFormat.ValueOf(b.Metric, b.Value)}")));
        else
        {
            var metrics = run.Judged[^1].Metrics.Count;
            // A blank line and a heading for each metric, and perhaps a line about what is not shown.
            var steps = Math.Clamp(((height - 1 - lines.Count) / metrics) - 3, 1, MostSteps);
            for (var metric = 0; metric < metrics; metric++)
                lines.AddRange(DropChart(run.Judged, metric, steps, width));
        }
        return [.. lines.Take(Math.Max(1, height - 1))];
    }

    /// <summary>The stages that are done; the earliest are put together when there is no room for all.</summary>
    private static StyledLine Finished(RunProgress run, int width)
    {
        for (var together = 0; ; together++)
        {
            var earlier = run.Finished.Take(together + 1).ToArray();
            var texts = run.Finished.Skip(together == 0 ? 0 : together + 1).Select(s => $"\u2713 {s.Stage} {Duration(TimeSpan.FromSeconds(s.Seconds))}");
            if (together > 0)
                texts = texts.Prepend($"\u2713 {earlier.Length.ToString(CultureInfo.InvariantCulture)} stages {Duration(TimeSpan.FromSeconds(earlier.Sum(s => s.Seconds)))}");
            var line = new StyledLine().Add("  " + string.Join("  ", texts), Soft);
            if (line.Length < width || together >= run.Finished.Length - 1)
                return line;
        }
    }

    private static StyledLine Progress(RunProgress run, TimeSpan now, int width)
    {
        var texts = new List<string>();
        if (run.Total > 0)
            texts.Add(string.Create(CultureInfo.InvariantCulture, $"{run.Done} of {run.Total}"));
        texts.Add($"{Duration(now - run.Began)} so far");
        // An estimate that is used up says nothing any more.
        if (run.TimeLeft(now) is { TotalSeconds: >= 1 } left)
            texts.Add(run.SearchEnds is not null || width < Narrow ? $"{Duration(left)} left" : $"about {Duration(left)} left in this stage");
        var text = string.Join(", ", texts);
        var line = new StyledLine().Add("  ");
        if (run.Total > 0 && BarWidth(width) is var bar && width - text.Length - 6 is var room && room >= 8)
        {
            bar = Math.Min(bar, room);
            var filled = (int)Math.Round(Math.Clamp((double)run.Done / run.Total, 0, 1) * bar);
            line.Add(new string('\u2501', filled), Good).Add(new string('\u2500', bar - filled), Soft).Add("  ");
        }
        return line.Add(text, Soft);
    }

    /// <summary>A bar for each of the last judged configurations; the tick is the budget. Bars are cut at four budgets, so that the last steps can be told apart.</summary>
    private static IEnumerable<StyledLine> DropChart(IReadOnlyList<ConfigurationJudged> judged, int index, int steps, int width)
    {
        var newest = judged[^1].Metrics[index];
        var format = new MetricFormat(newest);
        yield return new StyledLine().Add(" ");
        // A bound is what is still possible at best, not what somebody has.
        var best = judged.Where(j => !j.Iteration.IsBound && !j.Iteration.IsForecast).Select(j => j.Metrics[index]).DefaultIfEmpty(newest).MinBy(m => m.Drop)!;
        var heading = new StyledLine().Add("  " + newest.Name, Strong)
            .Add(width < Narrow ? $"  {format.Value(newest.Baseline)} \u2192 {format.Value(best.Quantized)}" : $"  float {format.Value(newest.Baseline)}, best {format.Value(best.Quantized)}");
        yield return newest.Budget is { } stated ? heading.Add(", budget ").Add("\u2502", Good).Add(" " + (width < Narrow ? format.Budget(stated) : format.BudgetWithUnit(stated))) : heading;

        var shown = judged.TakeLast(steps).ToArray();
        var most = shown.Max(j => Finite(j.Metrics[index].Drop));
        if (newest.Budget is > 0 and { } budget)
            most = Math.Clamp(most, 1.25 * budget, 4 * budget);
        foreach (var step in shown)
            yield return Step(step, step.Metrics[index], most, format, BarWidth(width));
        if (judged.Count > shown.Length)
            yield return new StyledLine().Add(string.Create(CultureInfo.InvariantCulture, $"  and {judged.Count - shown.Length} before"), Soft);
    }

    private static StyledLine Step(ConfigurationJudged step, MetricRecord metric, double most, MetricFormat format, int width)
    {
        var cells = most > 0 ? (int)Math.Round(Math.Clamp(Finite(metric.Drop) / most, 0, 1) * width) : 0;
        var tick = metric.Budget is { } budget && most > 0 ? Math.Clamp((int)Math.Round(budget / most * width), 0, width - 1) : -1;
        var line = new StyledLine().Add(step.Iteration.Index.ToString(CultureInfo.InvariantCulture).PadLeft(4) + " ", Soft);
        for (var cell = 0; cell < width; cell++)
        {
            var isBar = cell < cells;
            line.Add(cell == tick ? isBar ? "\u254b" : "\u2502" : isBar ? "\u2501" : " ", cell == tick ? Good : metric.WithinBudget ? Good : Bad);
        }
        var drop = (step.Iteration.IsBound ? "\u2265 " : step.Iteration.IsForecast ? "\u2248 " : "") + format.Drop(metric.Drop);
        return line.Add(drop.PadLeft(14)).Add($"  {step.Iteration.Action}{(step.Iteration.Kept ? "" : ", taken back")}", Soft);
    }

    private static int BarWidth(int width) => width < Narrow ? 12 : width < Wide ? 24 : 32;

    /// <summary>As many names as fit, and how many more there are.</summary>
    private static string List(IReadOnlyList<string> names, int width)
    {
        for (var count = names.Count; count > 1; count--)
            if (Text(count) is var text && text.Length <= width)
                return text;
        return Text(1);

        string Text(int count) => string.Join(", ", names.Take(count)) + (count < names.Count ? $" and {(names.Count - count).ToString(CultureInfo.InvariantCulture)} more" : "");
    }

    private static double Finite(double drop) => double.IsFinite(drop) ? drop : double.MaxValue;

    internal static string Duration(TimeSpan time) => time.TotalSeconds switch
    {
        < 60 => time.TotalSeconds.ToString(time.TotalSeconds < 10 ? "F1" : "F0", CultureInfo.InvariantCulture) + " s",
        < 3600 => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalMinutes} min {time.Seconds:D2} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours} h {time.Minutes:D2} min"),
    };
}
