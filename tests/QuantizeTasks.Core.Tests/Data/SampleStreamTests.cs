using System.Collections.Concurrent;
using QuantizeTasks.Data;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Tests.Data;

[TestClass]
public class SampleStreamTests
{
    /// <summary>Counts what is loaded and how much of it at once; some samples take longer than others.</summary>
    private sealed class SlowLoader(int failing = -1) : IDataLoader
    {
        private int _running;

        public int Count => 200;

        public int MostAtOnce { get; private set; }

        public ConcurrentBag<int> Loaded { get; } = [];

        public Sample Load(int index)
        {
            var running = Interlocked.Increment(ref _running);
            lock (Loaded)
                MostAtOnce = Math.Max(MostAtOnce, running);
            Thread.Sleep(index % 7 == 0 ? 3 : 0);
            Loaded.Add(index);
            Interlocked.Decrement(ref _running);
            return index == failing ? throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"sample {index}") : new Sample($"{index}", new Dictionary<string, Tensor>());
        }
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(3)]
    [DataRow(0)]
    public void Read_AnyWorkers_KeepsTheOrderOfIndices(int workers)
    {
        var indices = Enumerable.Range(0, 200).Select(i => i * 77 % 200).ToArray();

        var names = SampleStream.Read(new SlowLoader(), indices, workers, CancellationToken.None).Select(sample => int.Parse(sample.Name, null)).ToArray();

        CollectionAssert.AreEqual(indices, names);
    }

    [TestMethod]
    public void Read_SlowConsumer_IsReadAheadOfByTwicePerWorkerAndNoMore()
    {
        var loader = new SlowLoader();
        var taken = 0;

        foreach (var _ in SampleStream.Read(loader, [.. Enumerable.Range(0, 60)], 3, CancellationToken.None))
        {
            taken++;
            Thread.Sleep(2);
            Assert.IsLessThanOrEqualTo(taken + 6, loader.Loaded.Count);
        }

        Assert.AreEqual(60, taken);
        Assert.IsLessThanOrEqualTo(3, loader.MostAtOnce);
    }

    /// <summary>Each load waits until another one is under way.</summary>
    private sealed class PairLoader : IDataLoader, IDisposable
    {
        private readonly Barrier _barrier = new(2);

        public int Count => 10;

        public Sample Load(int index) => _barrier.SignalAndWait(TimeSpan.FromSeconds(60)) ? new Sample($"{index}", new Dictionary<string, Tensor>()) : throw new TimeoutException("The loads do not overlap.");

        public void Dispose() => _barrier.Dispose();
    }

    [TestMethod]
    public void Read_TwoWorkers_LoadTwoAtOnce()
    {
        using var loader = new PairLoader();

        Assert.HasCount(10, SampleStream.Read(loader, [.. Enumerable.Range(0, 10)], 2, CancellationToken.None).ToList());
    }

    [TestMethod]
    public void Read_LoaderThrows_SurfacesAsItIsAfterTheSamplesBefore()
    {
        var taken = 0;

        var error = Assert.ThrowsExactly<QuantizeException>(() =>
        {
            foreach (var _ in SampleStream.Read(new SlowLoader(failing: 20), [.. Enumerable.Range(0, 60)], 4, CancellationToken.None))
                taken++;
        });

        Assert.AreEqual("sample 20", error.Diagnostics[0].Message);
        Assert.AreEqual(20, taken);
    }

    [TestMethod]
    public void Read_Cancelled_StopsLoading()
    {
        var loader = new SlowLoader();
        using var cancellation = new CancellationTokenSource();

        Assert.ThrowsExactly<OperationCanceledException>(() =>
        {
            foreach (var sample in SampleStream.Read(loader, [.. Enumerable.Range(0, 200)], 2, cancellation.Token))
            {
                if (sample.Name == "10")
                    cancellation.Cancel();
            }
        });

        var loaded = loader.Loaded.Count;
        Assert.IsLessThanOrEqualTo(16, loaded);
        Thread.Sleep(20);
        Assert.AreEqual(loaded, loader.Loaded.Count);
    }

    [TestMethod]
    public void Read_ConsumerStopsEarly_LeavesNothingRunning()
    {
        var loader = new SlowLoader(failing: 12);

        _ = SampleStream.Read(loader, [.. Enumerable.Range(0, 200)], 4, CancellationToken.None).Take(10).ToList();

        var loaded = loader.Loaded.Count;
        Thread.Sleep(20);
        Assert.AreEqual(loaded, loader.Loaded.Count);
        Assert.IsLessThanOrEqualTo(18, loaded);
    }

    [TestMethod]
    public void Read_Images_AreTheSameOnAnyNumberOfWorkers()
    {
        using var folder = new TemporaryFolder();
        foreach (var file in new[] { "rgb.png", "420.jpg", "gray16.png", "progressive.jpg", "palette.png" })
            File.Copy(Fixture.PathOf(file), folder.File(file));
        var loader = DataSource.Open(Sources.Images(folder.Path, null, new ResizeStep(Sources.Here, 16, null, null, ResizeMethod.Bilinear, true)));
        int[] indices = [.. Enumerable.Range(0, 100).Select(i => i % 5)];

        var one = SampleStream.Read(loader, indices, 1, CancellationToken.None).Select(s => s.Inputs[""].As<float>()).ToList();
        var eight = SampleStream.Read(loader, indices, 8, CancellationToken.None).Select(s => s.Inputs[""].As<float>()).ToList();

        for (var i = 0; i < indices.Length; i++)
            CollectionAssert.AreEqual(one[i], eight[i]);
    }
}
