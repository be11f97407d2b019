using System.Text.RegularExpressions;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Tests.Reporting;

[TestClass]
public sealed partial class MarkdownSummaryTests
{
    [TestMethod]
    public void Render_WithinBudget_BeginsWithTheVerdictAndTheFigures()
    {
        var text = MarkdownSummary.Render(SampleReports.WithinBudget(), []);
        Assert.AreEqual("### \u2705 <code>mobilenet&#46;onnx</code> is within its budget", text.Split('\n')[0]);
        StringAssert.Contains(text, "| <code>accuracy&#64;top1</code> | 71.9% | 28.8% | **71.5%** | 0.35 points | 0.5 points | 1,000 | within budget |");
        StringAssert.Contains(text, "50 of 54 layers in int8, 3.4x smaller (14.0 MB to 4.11 MB), 2.2x faster (7.91 ms to 3.64 ms), took 1 min 34 s.");
        StringAssert.Contains(text, "<details><summary>4 groups not in plain int8</summary>");
        Assert.DoesNotContain("error", text);
    }

    [TestMethod]
    public void Render_BudgetExceeded_HasTheErrorAtItsPlace()
    {
        var report = SampleReports.BudgetExceeded();
        var text = MarkdownSummary.Render(report, Summary.BudgetErrors(report, new SourcePosition("/repo/quantize.yaml", 14, 19), 30));
        StringAssert.StartsWith(text, "### \u274c ");
        StringAssert.Contains(text, "**exceeded**");
        StringAssert.Contains(text, "- **error QTZ2001** <code>quantize&#46;yaml&#58;14</code>: accuracy");
    }

    [TestMethod]
    public void Render_NoReport_SaysWhy()
    {
        var text = MarkdownSummary.Render(null, [new Diagnostic("QTZ1003", DiagnosticSeverity.Error, "Unknown key 'modle'.", new SourcePosition("q.yaml", 1, 1))]);
        Assert.AreEqual("### \u274c Quantization failed\n\n- **error QTZ1003** <code>q&#46;yaml&#58;1</code>: Unknown key &#39;modle&#39;&#46;\n", text);
    }

    [TestMethod]
    public void Render_Backticks_AreCode() => StringAssert.EndsWith(
        MarkdownSummary.Render(null, [new Diagnostic("QTZ1003", DiagnosticSeverity.Error, "Say `data: certify` or `a*b`, `.")]),
        "Say <code>data&#58; certify</code> or <code>a&#42;b</code>, &#96;&#46;\n");

    [TestMethod]
    public void Render_HostileNames_AreNeitherMarkupNorMentionsNorRows()
    {
        const string evil = "@somebody #1 | a\n\n# heading [x](http://e) ![y](z) `code` **b** <img src=x onerror=alert(1)> https://e www.e.com";
        var report = SampleReports.Hostile();
        report = report with
        {
            Model = report.Model with { Path = "/m/" + evil.Replace('/', '_') },
            Metrics = [report.Metrics[0] with { Name = evil }],
            SearchDetails = report.SearchDetails! with { NextSteps = [evil], Changed = [new ChangedGroupRecord(evil, [evil], evil, 1, false, 1, 1, evil)] },
        };
        var text = MarkdownSummary.Render(report, [new Diagnostic("QTZ2001", DiagnosticSeverity.Error, evil, new SourcePosition(evil, 1, 1))]);
        foreach (var markup in new[] { "@", "<img", "<script", "](", "`", "http:", "www.", "\n# heading", "**b**" })
            Assert.DoesNotContain(markup, text);
        var tags = Tag().Matches(text).Select(m => m.Value).Distinct().Except(["<code>", "</code>", "<details>", "</details>", "<summary>", "</summary>", "<sub>", "</sub>"]);
        Assert.IsEmpty(tags);
        var rows = text.Split('\n').Where(line => line.StartsWith("| <code>", StringComparison.Ordinal)).ToArray();
        Assert.IsNotEmpty(rows);
        foreach (var row in rows)
            Assert.IsTrue(row.Count(c => c == '|') is 4 or 9, row);
    }

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tag();
}
