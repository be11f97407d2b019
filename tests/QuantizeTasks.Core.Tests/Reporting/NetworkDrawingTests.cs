using System.Collections.Immutable;
using System.Text.RegularExpressions;
using QuantizeTasks.Reporting;
using QuantizeTasks.Reporting.Html;
using QuantizeTasks.Reporting.Html.Network;

namespace QuantizeTasks.Tests.Reporting;

[TestClass]
public sealed class NetworkDrawingTests
{
    private static readonly string[] States = ["int8", "int8", "int8", "float", "passes", "skipped"];

    /// <summary>A random graph in topological order: mostly a chain, with branches and long edges.</summary>
    private static ImmutableArray<NetworkNode> Random(int operators, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, operators).Select(i => new NetworkNode($"n{i}", random.Next(3) == 0 ? "Add" : "Conv", States[random.Next(States.Length)],
            i == 0 || random.Next(20) == 0 ? [] : [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Math.Max(0, i - 1 - (random.Next(4) == 0 ? random.Next(i) : 0))).Distinct().Order()]))];
    }

    private static ImmutableArray<NetworkNode> Chain(int operators, Func<int, string> state) =>
        [.. Enumerable.Range(0, operators).Select(i => new NetworkNode($"n{i}", "Conv", state(i), i == 0 ? [] : [i - 1]))];

    [TestMethod]
    [DataRow(1)]
    [DataRow(7)]
    [DataRow(NetworkBlocks.MostBlocks)]
    [DataRow(NetworkBlocks.MostBlocks + 1)]
    [DataRow(5000)]
    public void Blocks_AnyNetwork_HoldEveryOperatorOnceAndStayFew(int operators)
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var network = Random(operators, seed);
            var blocks = NetworkBlocks.Of(network).Blocks;
            Assert.IsLessThanOrEqualTo(NetworkBlocks.MostBlocks, blocks.Length);
            Assert.AreEqual(operators, blocks.Sum(b => b.Operators));
            Assert.AreEqual(network.Count(NetworkBlocks.IsInt8), blocks.Sum(b => b.Int8));
            Assert.AreEqual(network.Count(n => n.State == "float"), blocks.Sum(b => b.Returned));
            for (var i = 0; i < blocks.Length; i++)
                Assert.IsTrue(blocks[i].Inputs.All(input => input < i), "no cycles");
        }
    }

    [TestMethod]
    public void Blocks_LongChain_JoinsWhatIsAlike()
    {
        var drawn = NetworkBlocks.Of(Chain(600, i => i is 100 or 101 or 300 ? "float" : "int8"));
        Assert.AreEqual(NetworkBlocks.Collapse.Chains, drawn.Kind);
        CollectionAssert.AreEqual(new[] { (100, 0), (2, 2), (198, 0), (1, 1), (299, 0) }, drawn.Blocks.Select(b => (b.Operators, b.Returned)).ToArray());
    }

    [TestMethod]
    public void Layout_AnyNetwork_BoxesLieApartAndInsideAndBelowWhatTheyRead()
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var blocks = NetworkBlocks.Of(Random(5 + (seed * 13), seed)).Blocks;
            var layout = NetworkLayout.Of(blocks);
            for (var i = 0; i < blocks.Length; i++)
            {
                var place = layout.Places[i];
                Assert.IsTrue(place.X >= 0 && place.Y >= 0 && place.X + NetworkLayout.BoxWidth <= layout.Width && place.Y + NetworkLayout.BoxHeight <= layout.Height, "inside");
                Assert.IsTrue(blocks[i].Inputs.All(input => layout.Places[input].Rank < place.Rank), "below what it reads");
                for (var k = 0; k < i; k++)
                    Assert.IsTrue(Math.Abs(layout.Places[k].X - place.X) >= NetworkLayout.BoxWidth || Math.Abs(layout.Places[k].Y - place.Y) >= NetworkLayout.BoxHeight, $"boxes {k} and {i} overlap");
            }
        }
    }

    [TestMethod]
    public void Layout_DeepChain_RunsInColumnsThatFitAPage()
    {
        var layout = NetworkLayout.Of(NetworkBlocks.Of(Chain(200, _ => "int8")).Blocks);
        Assert.IsLessThan(1300, layout.Width);
        Assert.IsLessThan(1200, layout.Height);
    }

    [TestMethod]
    public void Render_ThousandsOfOperators_StaysSmallAndSaysSo()
    {
        var html = ReportPage.Render(SampleReports.WithinBudget() with { Network = Random(20_000, 1) });
        Assert.IsLessThan(600_000, html.Length);
        StringAssert.Contains(html, "20,000 operators are too many to draw");
        Assert.IsLessThanOrEqualTo(NetworkBlocks.MostBlocks, Regex.Count(html, "<g class=\"box\""));
    }

    [TestMethod]
    public void Render_ThousandsOfTensors_ShowsTheMostClippedAndSaysSo()
    {
        var report = SampleReports.WithinBudget();
        ImmutableArray<TensorRecord> many = [.. Enumerable.Range(0, 3000).Select(i => report.Tensors[0] with { Name = $"tensor{i}", Values = report.Tensors[0].Values! with { Clipped = i / 3000.0 } })];
        var html = ReportPage.Render(report with { Tensors = many });
        StringAssert.Contains(html, ">tensor2999<");
        Assert.DoesNotContain(">tensor100<", html);
        StringAssert.Contains(html, "report.json</code> has all 3,000");
    }
}
