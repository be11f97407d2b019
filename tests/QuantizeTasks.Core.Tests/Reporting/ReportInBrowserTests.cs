using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using QuantizeTasks.Reporting;
using QuantizeTasks.Reporting.Html;

namespace QuantizeTasks.Tests.Reporting;

[TestClass]
public sealed partial class ReportInBrowserTests
{
    [TestMethod]
    public void Report_InABrowser_DrawsSortsAndFilters()
    {
        var found = Look(SampleReports.WithinBudget(), """
            const rows = () => [...document.querySelectorAll('#layer-table tbody tr')].filter(r => !r.hidden);
            const column = i => rows().map(r => r.cells[i].firstChild?.textContent ?? '');
            const click = name => [...document.querySelectorAll('#layer-table thead button')].find(b => b.textContent === name).click();
            const set = (id, value) => { const e = document.getElementById(id); e.value = value; e.dispatchEvent(new Event(e.tagName === 'SELECT' ? 'change' : 'input')); };
            const found = { controls: !document.querySelector('.controls').hidden, shown: document.getElementById('shown').textContent };
            click('Rank'); found.ascending = column(3);
            click('Rank'); found.descending = column(3);
            click('Layer'); found.names = column(0);
            found.sorted = document.querySelector('#layer-table th[aria-sort]').textContent;
            set('filter', 'CONV.2 float'); found.filtered = column(0);
            set('filter', ''); set('decision', 'skipped'); found.skipped = column(0);
            const chart = document.querySelector('svg.chart:not(.budget-figure):not(.frontier)').getBoundingClientRect();
            found.chart = [chart.width, chart.height];
            found.circles = [...document.querySelectorAll('svg.chart:not(.budget-figure):not(.frontier) circle')].filter(c => c.getBoundingClientRect().width > 4).length;
            found.budget = getComputedStyle(document.querySelector('svg.chart:not(.budget-figure):not(.frontier) .budget')).strokeDasharray;
            found.overflow = document.documentElement.scrollWidth > document.documentElement.clientWidth;
            """);

        Assert.IsTrue(found.GetProperty("controls").GetBoolean(), "the policy lets the page's own script run");
        Assert.AreEqual("56 of 56 shown", found.GetProperty("shown").GetString());
        string[] ranks = [.. Enumerable.Range(1, 24).Select(r => $"{r}")];
        CollectionAssert.AreEqual(ranks, Texts(found, "ascending").Take(24).ToArray());
        CollectionAssert.AreEqual(ranks.Reverse().ToArray(), Texts(found, "descending").Take(24).ToArray());
        Assert.IsTrue(Texts(found, "ascending").Concat(Texts(found, "descending")).Where((_, i) => i % 56 >= 24).All(text => text.Length == 0), "what has no rank comes last either way");
        CollectionAssert.AreEqual(new[] { "classifier.1", "features.0.0", "features.1.conv.0" }, Texts(found, "names").Take(3).ToArray());
        Assert.IsTrue(Texts(found, "names").ToList().IndexOf("features.2.conv.0") < Texts(found, "names").ToList().IndexOf("features.10.conv.0"), "numbers inside names count as numbers");
        Assert.AreEqual("Layer", found.GetProperty("sorted").GetString());
        CollectionAssert.AreEqual(new[] { "features.1.conv.2" }, Texts(found, "filtered"));
        CollectionAssert.AreEqual(new[] { "head/flatten", "head/softmax" }, Texts(found, "skipped"));
        Assert.IsTrue(found.GetProperty("chart")[0].GetDouble() > 500 && found.GetProperty("chart")[1].GetDouble() > 150, "the chart shows");
        Assert.AreEqual(11, found.GetProperty("circles").GetInt32());
        Assert.AreNotEqual("none", found.GetProperty("budget").GetString(), "the policy lets the page's own style apply");
        Assert.IsFalse(found.GetProperty("overflow").GetBoolean(), "the page does not scroll sideways");
    }

    [TestMethod]
    public void Report_HostileNamesInABrowser_RunNothing()
    {
        var found = Look(SampleReports.Hostile(), """
            document.querySelectorAll('#layer-table thead button').forEach(b => b.click());
            const found = { images: document.images.length, scripts: document.scripts.length, name: document.querySelector('#layer-table tbody .name').textContent };
            """);
        Assert.AreEqual(0, found.GetProperty("images").GetInt32());
        Assert.AreEqual(3, found.GetProperty("scripts").GetInt32(), "the page's own and the test's two");
        StringAssert.StartsWith(found.GetProperty("name").GetString(), "<script>alert(1)</script>");
    }

    [TestMethod]
    public void Report_OnAPhone_KeepsWideThingsInsideTheirOwnScrollbars()
    {
        var found = Look(SampleReports.WithinBudget(), """
            document.querySelectorAll('details').forEach(d => d.open = true);
            const beyond = [...document.querySelectorAll('body *')].filter(e => !e.closest('.scroll') && !e.closest('pre') && !e.closest('.visually-hidden') && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 60));
            const box = [...document.querySelectorAll('svg.network .box')].find(b => b.dataset.row === 'l2');
            document.getElementById('filter').value = 'nothing has this name';
            document.getElementById('filter').dispatchEvent(new Event('input'));
            box.dispatchEvent(new MouseEvent('click', { bubbles: true }));
            const found = { width: innerWidth, overflow: document.documentElement.scrollWidth > innerWidth, beyond,
              boxes: document.querySelectorAll('svg.network .box').length, int8: getComputedStyle(document.querySelector('svg.network rect.int8')).fill, float: getComputedStyle(document.querySelector('svg.network rect.returned')).fill,
              row: document.querySelector('tr.found th').textContent, hidden: document.querySelector('tr.found').hidden,
              histograms: [...document.querySelectorAll('svg.histogram .values')].filter(p => p.getBBox().height > 10).length,
              broken: [...document.querySelectorAll('a[href^="#"]')].filter(a => !document.getElementById(a.hash.slice(1))).length };
            """, 380);
        Assert.AreEqual(380, found.GetProperty("width").GetInt32());
        CollectionAssert.AreEqual(Array.Empty<string>(), Texts(found, "beyond"));
        Assert.IsFalse(found.GetProperty("overflow").GetBoolean());
        Assert.AreEqual(SampleReports.WithinBudget().Network.Length, found.GetProperty("boxes").GetInt32());
        Assert.AreNotEqual(found.GetProperty("int8").GetString(), found.GetProperty("float").GetString(), "two colours");
        Assert.AreEqual(("features.1.conv.1", false), (found.GetProperty("row").GetString(), found.GetProperty("hidden").GetBoolean()), "a box leads to its row, even to one that the filter hid");
        Assert.AreEqual(54, found.GetProperty("histograms").GetInt32());
        Assert.AreEqual(0, found.GetProperty("broken").GetInt32(), "links on the page");
    }

    /// <summary>Contrast of text as WCAG 2.2 computes it (success criterion 1.4.3: at least 4.5 to 1), in both themes and at all widths, of what passes and what fails.</summary>
    [TestMethod]
    [DataRow(380, false)]
    [DataRow(380, true)]
    [DataRow(1400, false)]
    [DataRow(1400, true)]
    public void Report_InBothThemes_HasReadableTextAndNamedParts(int width, bool isDark)
    {
        foreach (var report in (RunReport[])[SampleReports.WithinBudget(), SampleReports.BudgetExceeded()])
        {
            var found = Look(report, """
                document.querySelectorAll('details').forEach(d => d.open = true);
                const parts = c => c.match(/[\d.]+/g).map(Number);
                const luminance = c => parts(c).slice(0, 3).map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
                const ratio = (a, b) => { const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
                const behind = e => {
                  const box = e.closest('svg.network .box');
                  if (box) return getComputedStyle(box.querySelector('rect')).fill;
                  for (let p = e; p; p = p.parentElement) {
                    const c = getComputedStyle(p).backgroundColor;
                    if (parts(c).length < 4 || parts(c)[3] > 0) return c;
                  }
                };
                const texts = [...document.querySelectorAll('body *')].filter(e => !['SCRIPT', 'script', 'STYLE', 'OPTION', 'title'].includes(e.tagName) && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()));
                const colour = e => e instanceof SVGElement ? getComputedStyle(e).fill : getComputedStyle(e).color;
                const faint = texts.filter(e => ratio(colour(e), behind(e)) < 4.5).map(e => `${e.outerHTML.slice(0, 80)} ${ratio(colour(e), behind(e)).toFixed(2)}`);
                const found = { faint, count: texts.length, isDark: luminance(getComputedStyle(document.body).backgroundColor) < 0.2,
                  unnamed: [...document.querySelectorAll('section, nav, svg[role=img], input, select')].filter(e => !(e.ariaLabel || e.getAttribute('aria-labelledby') || e.closest('label'))).map(e => e.outerHTML.slice(0, 60)),
                  unscoped: document.querySelectorAll('th:not([scope])').length, mains: document.querySelectorAll('main').length, headings: document.querySelectorAll('h1').length,
                  overflow: document.documentElement.scrollWidth > innerWidth };
                """, width, isDark);
            Assert.IsGreaterThan(100, found.GetProperty("count").GetInt32());
            Assert.AreEqual(isDark, found.GetProperty("isDark").GetBoolean());
            CollectionAssert.AreEqual(Array.Empty<string>(), Texts(found, "faint"), string.Join("\n", Texts(found, "faint")));
            CollectionAssert.AreEqual(Array.Empty<string>(), Texts(found, "unnamed"), string.Join("\n", Texts(found, "unnamed")));
            Assert.AreEqual((0, 1, 1), (found.GetProperty("unscoped").GetInt32(), found.GetProperty("mains").GetInt32(), found.GetProperty("headings").GetInt32()));
            Assert.IsFalse(found.GetProperty("overflow").GetBoolean());
        }
    }

    private static JsonElement Look(RunReport report, string script, int width = 1100, bool isDark = false)
    {
        var document = Browser.Open(ReportPage.Render(report), $"{{ {script} found.problems = problems; document.body.dataset.found = JSON.stringify(found); }}", width, isDark);
        var match = Found().Match(document);
        Assert.IsTrue(match.Success, "the script did not come to its end");
        var found = JsonDocument.Parse(WebUtility.HtmlDecode(match.Groups[1].Value)).RootElement;
        CollectionAssert.AreEqual(Array.Empty<string>(), Texts(found, "problems"));
        return found;
    }

    private static string[] Texts(JsonElement found, string name) => [.. found.GetProperty(name).EnumerateArray().Select(item => item.GetString()!)];

    [GeneratedRegex("<body[^>]* data-found=\"([^\"]*)\"")]
    private static partial Regex Found();
}
