using QuantizeTasks.Quantization.Placement;

namespace QuantizeTasks.Tests.Quantization.Placement;

[TestClass]
public sealed class MinimumCutTests
{
    [TestMethod]
    public void Solve_RandomGraphs_CostsWhatTheBestOfAllLabellingsCosts()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var count = random.Next(1, 9);
            var cut = new MinimumCut();
            var nodes = Enumerable.Range(0, count).Select(_ => cut.AddNode()).ToArray();
            var costs = new List<(int From, int To, long Cost)>();
            foreach (var node in nodes)
            {
                costs.Add((MinimumCut.Source, node, random.Next(20)));
                costs.Add((node, MinimumCut.Sink, random.Next(20)));
                foreach (var other in nodes)
                    if (random.Next(3) == 0)
                        costs.Add((node, other, random.Next(10)));
            }
            foreach (var (from, to, cost) in costs)
                cut.AddCost(from, to, cost);

            var isFirst = cut.Solve();

            long Cost(Func<int, bool> first) => costs.Where(c => c.From != c.To && first(c.From) && !first(c.To)).Sum(c => c.Cost);
            var best = Enumerable.Range(0, 1 << count).Min(labels => Cost(n => n == MinimumCut.Source || (n != MinimumCut.Sink && (labels >> (n - 2) & 1) == 1)));
            Assert.AreEqual(best, Cost(n => isFirst[n]), $"seed {seed}");
            Assert.IsTrue(isFirst[MinimumCut.Source] && !isFirst[MinimumCut.Sink]);
        }
    }

    [TestMethod]
    public void Solve_ChainOfAHundredThousand_DoesNotOverflowTheStack()
    {
        var cut = new MinimumCut();
        var previous = MinimumCut.Source;
        for (var i = 0; i < 100_000; i++)
        {
            var node = cut.AddNode();
            cut.AddCost(previous, node, i == 50_000 ? 1 : 5);
            previous = node;
        }
        cut.AddCost(previous, MinimumCut.Sink, 5);

        Assert.AreEqual(50_000, cut.Solve().Count(first => first) - 1);
    }
}
