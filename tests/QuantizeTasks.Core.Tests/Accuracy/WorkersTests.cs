using QuantizeTasks.Accuracy;

namespace QuantizeTasks.Tests.Accuracy;

[TestClass]
public sealed class WorkersTests
{
    [TestMethod]
    [DataRow(0, 4)]
    [DataRow(1, 4)]
    [DataRow(1000, 1)]
    [DataRow(1000, 7)]
    public void For_AnyCounts_CallsEachIndexOnce(int count, int workers)
    {
        var calls = new int[count];
        Workers.For(count, workers, i => Interlocked.Increment(ref calls[i]), default);
        Assert.IsTrue(calls.All(c => c == 1));
    }

    [TestMethod]
    public void For_SeveralFailures_ThrowsThatOfTheSmallestIndex()
    {
        for (var round = 0; round < 50; round++)
        {
            var e = Assert.ThrowsExactly<InvalidOperationException>(() => Workers.For(100, 8, i =>
            {
                if (i == 20)
                    Thread.Sleep(1); // the later failures come first
                if (i >= 20)
                    throw new InvalidOperationException($"{i}");
            }, default));
            Assert.AreEqual("20", e.Message);
        }
    }

    [TestMethod]
    public void For_Cancelled_StopsAndThrows()
    {
        using var source = new CancellationTokenSource();
        var calls = 0;
        Assert.ThrowsExactly<OperationCanceledException>(() => Workers.For(1000, 2, _ =>
        {
            if (Interlocked.Increment(ref calls) == 10)
                source.Cancel();
        }, source.Token));
        Assert.IsLessThan(1000, calls);
    }
}
