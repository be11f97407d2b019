using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace QuantizeTasks.Benchmarks;

/// <summary>
/// The table of searches in docs/benchmarks.md: the fast search beside POT's loop with exhaustive ranking, each in a process of its own with an empty store. The budget of a case is half of what
/// plain int8 loses; where it loses nothing, weights get one scale per tensor, so that there is something to search. A manifest with a name of its own runs as it stands.
/// </summary>
internal static partial class SearchTable
{
    private const int Runs = 3;

    public static int Print(string folder, string[] names, TextWriter output)
    {
        output.WriteLine("| case | budget | search | groups in float | samples | sessions | sum against greedy | floor | seconds of search | against greedy | seconds in all |");
        output.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|");
        var manifests = Directory.EnumerateFiles(folder, "quantize*.yaml", SearchOption.AllDirectories)
            .Where(path => names.Length == 0 || names.Any(name => path.Contains(name, StringComparison.Ordinal))).Order(StringComparer.Ordinal);
        var failed = 0;
        foreach (var manifest in manifests)
            failed += Compare(manifest, output) ? 0 : 1;
        return failed;
    }

    private static bool Compare(string manifest, TextWriter output)
    {
        var name = Path.GetFileName(Path.GetDirectoryName(manifest))!;
        if (Path.GetFileName(manifest) != "quantize.yaml")
            return Compare(name + ", weights per tensor, its own budget", manifest, [], output);
        if (HalfOfTheDrop(manifest) is { } budget)
            return Compare(name, manifest, ["--maximal-drop", budget], output);
        output.WriteLine($"| {name} | 0 | neither: int8 loses nothing | 0 | 0 | 0 | | | | | |");
        var variant = Path.Combine(Directory.CreateTempSubdirectory("quantize-bench-").FullName, "quantize.yaml");
        try
        {
            File.WriteAllText(variant, PerTensor(File.ReadAllText(manifest), Path.GetDirectoryName(Path.GetFullPath(manifest))!));
            if (HalfOfTheDrop(variant) is { } other)
                return Compare(name + ", weights per tensor", variant, ["--maximal-drop", other], output);
            return true;
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(variant)!, recursive: true);
        }
    }

    /// <summary>Half of what plain int8 loses, as a manifest would have it; null when it loses nothing.</summary>
    private static string? HalfOfTheDrop(string manifest)
    {
        var run = ToolRun.Start(manifest, "--no-latency", "--maximal-drop", "1e9");
        var drop = (run.Report ?? throw new InvalidOperationException($"{manifest} gave no report.")).GetProperty("metrics")[0].GetProperty("drop").GetDouble();
        return drop > 0 ? (drop / 2).ToString("R", CultureInfo.InvariantCulture) : null;
    }

    private static bool Compare(string name, string manifest, string[] budget, TextWriter output)
    {
        ToolRun[] Run(params string[] options) => [.. Enumerable.Range(0, Runs).Select(_ => ToolRun.Start(manifest, ["--no-latency", .. budget, .. options]))];
        var greedy = Run("--search", "greedy", "--ranking", "exhaustive");
        var fast = Run("--search", "fast");
        output.WriteLine(Row(name, "greedy, exhaustive", greedy, greedy));
        var least = (1 + fast[0].Report!.Value.GetProperty("metrics")[0].GetProperty("samples").GetDouble()) / Evaluations(greedy[0]);
        output.WriteLine(Row("", "fast", fast, greedy, least));
        output.Flush();
        return fast.All(r => r.ExitCode == 0) && Groups(fast[0]) <= Groups(greedy[0]);
    }

    /// <param name="floor">The least that a search can do, against what the exhaustive loop did: one session and one sample forward for each validation sample of the model that it accepts.</param>
    private static string Row(string name, string strategy, ToolRun[] runs, ToolRun[] greedy, double? floor = null)
    {
        var (samples, sessions) = (Effort(runs[0], "samples"), Effort(runs[0], "sessions"));
        var seconds = runs.Select(r => Effort(r, "seconds")).ToArray();
        var sum = Evaluations(runs[0]) / Evaluations(greedy[0]);
        var time = Median(seconds) / Median([.. greedy.Select(r => Effort(r, "seconds"))]);
        var metric = runs[0].Report!.Value.GetProperty("metrics")[0];
        return $"| {name} | {Number(metric.GetProperty("budget").GetDouble(), "0.#####")} {metric.GetProperty("name")} | {strategy}{(runs[0].ExitCode == 0 ? "" : " (missed)")} | {Groups(runs[0])} | {samples} | {sessions} "
            + $"| {Number(sum, "F2")} | {(floor is { } least ? Number(least, "F2") : "")} | {Spread(seconds)} | {Number(time, "F2")} | {Spread([.. runs.Select(r => r.Seconds)])} |";
    }

    private static double Evaluations(ToolRun run) => Effort(run, "samples") + Effort(run, "sessions");

    private static double Effort(ToolRun run, string property) => run.Report!.Value.GetProperty("searchDetails").GetProperty("effort").GetProperty(property).GetDouble();

    private static int Groups(ToolRun run) => run.Report!.Value.GetProperty("searchDetails").GetProperty("changed").EnumerateArray().Count(c => c.GetProperty("state").GetString() == "float");

    private static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);

    private static string Spread(double[] values) => $"{Number(Median(values), "F1")} ({Number(values.Min(), "F1")}-{Number(values.Max(), "F1")})";

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>The manifest with one scale for all weights of a tensor, and with absolute paths so that it can lie elsewhere.</summary>
    private static string PerTensor(string text, string folder) =>
        Relative().Replace(text, m => $"{m.Groups["key"].Value}{Path.Combine(folder, m.Groups["path"].Value)}").Replace("preset: performance", "preset: performance\n        weights: { granularity: pertensor }", StringComparison.Ordinal);

    [GeneratedRegex(@"^(?<key> *(model|images|labels|input): )(?<path>\S+)", RegexOptions.Multiline)]
    private static partial Regex Relative();
}
