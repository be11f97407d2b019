using System.Collections.Immutable;
using System.Text.RegularExpressions;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Reporting;
using QuantizeTasks.Reporting.Html;

namespace QuantizeTasks.Tests.Reporting;

[TestClass]
public sealed partial class ReportPageTests
{
    [TestMethod]
    public void Render_HostileNames_NeverBecomeMarkup()
    {
        var hostile = Tags(ReportPage.Render(SampleReports.Hostile()));
        var harmless = Tags(ReportPage.Render(Harmless()));
        // The elements and attributes are the same whatever the names are; only the text differs.
        CollectionAssert.AreEqual(harmless, hostile);
    }

    [TestMethod]
    public void Render_HostileNames_AreShownAsTheyAre() =>
        StringAssert.Contains(ReportPage.Render(SampleReports.Hostile()), "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&gt;&lt;img src=x onerror=alert(2)&gt;&amp;amp;");

    [TestMethod]
    public void Render_Backticks_AreCode()
    {
        var report = SampleReports.WithinBudget();
        const string text = "Keep `a<b` in float with `ignored.scope`, or ` not.";
        const string expected = "Keep <code>a&lt;b</code> in float with <code>ignored.scope</code>, or ` not.";
        var html = ReportPage.Render(report with
        {
            Warnings = [new Diagnostic("QTZ4007", DiagnosticSeverity.Warning, text)],
            Layers = report.Layers with { Details = [report.Layers.Details[0] with { Reason = text }], ErrorSamples = 0, NoErrors = text },
            SearchDetails = report.SearchDetails! with { NextSteps = [text], Changed = [report.SearchDetails.Changed[0] with { Why = text }] },
        });
        Assert.AreEqual(5, html.Split(expected).Length - 1, "warning, reason, why errors are missing, next step, why a group was changed");
        Assert.IsFalse(html.Contains("`ignored.scope`", StringComparison.Ordinal));
    }

    [TestMethod]
    public void Render_AnyReport_RefersToNothingOutside()
    {
        var html = ReportPage.Render(SampleReports.WithinBudget());
        Assert.DoesNotContain("://", html);
        Assert.IsFalse(Reference().IsMatch(html), "an src, href, url() or @import");
        StringAssert.Contains(html, "default-src 'none'");
        Assert.IsFalse(InlineStyleOrHandler().IsMatch(html), "the content security policy would block it");
    }

    [TestMethod]
    public void Render_EveryStatus_PutsTheVerdictFirst()
    {
        Assert.AreEqual("Within budget", Heading(SampleReports.WithinBudget()));
        Assert.AreEqual("Budget exceeded", Heading(SampleReports.BudgetExceeded()));
        Assert.AreEqual("Nothing proven", Heading(SampleReports.WithinBudget() with { Status = RunStatus.NotGated }));
    }

    [TestMethod]
    public void Render_NothingButTheNecessary_StillRenders()
    {
        var report = SampleReports.BudgetExceeded();
        var html = ReportPage.Render(report with { Metrics = [], Layers = new LayerRecord(0, 0, [], []), Timings = [], Search = [], Tensors = [], Network = [], Ranges = null, BestSoFar = null, Report = null });
        Assert.DoesNotContain("<table", html.Split("<style>")[0] + html.Split("</style>")[1].Split("<script>")[0]);
        StringAssert.Contains(html, "Budget exceeded");
    }

    [TestMethod]
    public void Render_NotFiniteNumbers_LeavesNoNaNInTheChart()
    {
        var report = SampleReports.WithinBudget();
        ImmutableArray<IterationRecord> search = [new(0, "", [], [double.NaN], true), new(1, "", [], [double.PositiveInfinity], true), new(2, "", [], [0.1], true)];
        var html = ReportPage.Render(report with { Search = search, Metrics = [report.Metrics[0] with { Drop = double.NaN, Quantized = double.NaN }] });
        Assert.IsFalse(NotANumberAttribute().IsMatch(html));
        Assert.HasCount(1, Regex.Matches(html, "<circle class=\"(?:kept|undone)[^>]*>\\s*<title>"));
    }

    [TestMethod]
    public void Render_Search_HasAPointForEveryStepAndTheBudgetLine()
    {
        var html = ReportPage.Render(SampleReports.WithinBudget());
        Assert.HasCount(11, Regex.Matches(html, "<circle class=\"(?:kept|undone)[^>]*>\\s*<title>"));
        Assert.HasCount(2, Regex.Matches(html, "<circle class=\"undone[^>]*>\\s*<title>"));
        StringAssert.Contains(html, ">budget 0.5 points</text>");
    }

    [TestMethod]
    public void DropAxis_AnyDrops_KeepsOrderAndStaysInside()
    {
        var random = new Random(4);
        for (var round = 0; round < 300; round++)
        {
            double? budget = random.Next(3) == 0 ? null : Math.Pow(10, (random.NextDouble() * 4) - 3);
            double[] drops = [.. Enumerable.Range(0, random.Next(1, 20)).Select(_ => (random.NextDouble() - 0.3) * Math.Pow(10, random.Next(-3, 3)))];
            var axis = new DropAxis(drops, budget);
            var sorted = drops.Concat(axis.Ticks).Order().ToArray();
            var heights = sorted.Select(axis.Height).ToArray();
            Assert.IsTrue(heights.All(h => h is >= 0 and <= 1), "inside");
            CollectionAssert.AreEqual(heights.Order().ToArray(), heights);
            Assert.IsTrue(axis.Ticks.Count is >= 1 and < 20, $"{axis.Ticks.Count} ticks");
            CollectionAssert.AreEqual(axis.Ticks.Order().Distinct().ToArray(), axis.Ticks.ToArray());
        }
    }

    private static RunReport Harmless()
    {
        var hostile = SampleReports.Hostile();
        return hostile with
        {
            Manifest = "/repo/m.yaml",
            Model = hostile.Model with { Path = "/repo/m.onnx", Sha256 = "0" },
            Output = hostile.Output! with { Path = "/repo/m.int8.onnx", Sha256 = "0" },
            Metrics = [hostile.Metrics[0] with { Name = "custom", DropType = "absolute" }],
            Layers = new LayerRecord(2, 1, ["a"], [new LayerDetail("a", "Conv", "x", "group", 1, 0.5, "r"), hostile.Layers.Details[1]]),
            Runtime = new RuntimeRecord("p", "v", "i"),
            Timings = [new("stage", 1)],
            Search = [.. hostile.Search.Select(s => s with { Action = "a", Reverted = ["a"] })],
            BestSoFar = "best",
        };
    }

    /// <summary>Every tag with its attributes' names, scripts and styles left out.</summary>
    private static string[] Tags(string html) =>
        [.. Tag().Matches(StyleOrScript().Replace(html, "")).Select(tag => QuotedValue().Replace(tag.Value, "\"\""))];

    private static string Heading(RunReport report) => HeadingText().Match(ReportPage.Render(report)).Groups[1].Value.Trim();

    [GeneratedRegex("<h1>.*?</span>(.*?)</h1>")]
    private static partial Regex HeadingText();

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tag();

    [GeneratedRegex("\"[^\"]*\"")]
    private static partial Regex QuotedValue();

    [GeneratedRegex("(?s)<style>.*?</style>|<script>.*?</script>")]
    private static partial Regex StyleOrScript();

    [GeneratedRegex(@"<[^>]*\s(src|srcset|data)=|<[^>]*\shref=""(?!#)|url\(|@import")]
    private static partial Regex Reference();

    [GeneratedRegex("<[^>]*\\s(style|on[a-z]+)=\"")]
    private static partial Regex InlineStyleOrHandler();

    [GeneratedRegex("=\"[^\"]*(NaN|Infinity|\u221E)[^\"]*\"")]
    private static partial Regex NotANumberAttribute();
}
