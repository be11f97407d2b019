using System.Diagnostics;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Tests;

namespace QuantizeTasks.Storage;

[TestClass]
public sealed class FileLockTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public void Acquire_ManyThreads_OneAtATime()
    {
        using var folder = new TemporaryFolder();
        var (inside, total) = (0, 0);
        Parallel.For(0, 6, new ParallelOptions { MaxDegreeOfParallelism = 6 }, _ =>
        {
            using (FileLock.Acquire(folder.File("sub", "lock"), TimeSpan.FromSeconds(60), TestContext.CancellationToken))
            {
                Assert.AreEqual(1, Interlocked.Increment(ref inside));
                Thread.Sleep(5);
                total++;
                Interlocked.Decrement(ref inside);
            }
        });
        Assert.AreEqual(6, total);
    }

    [TestMethod]
    public void Acquire_HeldTooLong_NamesTheLockFile()
    {
        using var folder = new TemporaryFolder();
        using var held = FileLock.Acquire(folder.File("lock"), TimeSpan.Zero, TestContext.CancellationToken);
        var error = Assert.ThrowsExactly<QuantizeException>(() => FileLock.Acquire(folder.File("lock"), TimeSpan.FromMilliseconds(120), TestContext.CancellationToken));
        Assert.AreEqual(DiagnosticCodes.LockTimeout, error.Diagnostics[0].Code);
        StringAssert.Contains(error.Message, folder.File("lock"));
    }

    [TestMethod]
    public void Acquire_Cancelled_EndsTheWait()
    {
        using var folder = new TemporaryFolder();
        using var held = FileLock.Acquire(folder.File("lock"), TimeSpan.Zero, TestContext.CancellationToken);
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        Assert.ThrowsExactly<OperationCanceledException>(() => FileLock.Acquire(folder.File("lock"), TimeSpan.FromMinutes(5), cancel.Token));
    }

    [TestMethod]
    public void Acquire_FolderThatCannotBeMade_IsAnErrorAtOnce()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("file"), "");
        var error = Assert.ThrowsExactly<QuantizeException>(() => FileLock.Acquire(folder.File("file", "lock"), TimeSpan.FromMinutes(5), TestContext.CancellationToken));
        Assert.AreEqual(DiagnosticCodes.OutputNotWritable, error.Diagnostics[0].Code);
    }

    [TestMethod]
    [Timeout(60_000)]
    public void Acquire_LockFileOnADiskThatBecameReadOnly_IsAnErrorAtOnce()
    {
        using var disk = QuantizeTasks.Tests.Faults.SmallDisk.Mount(100);
        FileLock.Acquire(Path.Combine(disk.Path, "lock"), TimeSpan.Zero, TestContext.CancellationToken).Dispose();
        disk.MakeReadOnly();
        var error = Assert.ThrowsExactly<QuantizeException>(() => FileLock.Acquire(Path.Combine(disk.Path, "lock"), TimeSpan.FromMinutes(5), TestContext.CancellationToken));
        Assert.AreEqual(DiagnosticCodes.OutputNotWritable, error.Diagnostics[0].Code);
    }

    [TestMethod]
    public void Acquire_AfterTheHolderWasKilled_Succeeds()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Inconclusive("Another process is made to hold the lock by Linux's flock(1), which takes the same kernel lock.");
        using var folder = new TemporaryFolder();
        var start = new ProcessStartInfo("bash") { RedirectStandardOutput = true, ArgumentList = { "-c", "exec 9>\"$0\"; flock 9; echo held; exec sleep 60", folder.File("lock") } };
        using var holder = Process.Start(start)!;
        try
        {
            Assert.AreEqual("held", holder.StandardOutput.ReadLine());
            Assert.ThrowsExactly<QuantizeException>(() => FileLock.Acquire(folder.File("lock"), TimeSpan.Zero, TestContext.CancellationToken));
        }
        finally
        {
            holder.Kill();
        }

        holder.WaitForExit();
        using var taken = FileLock.Acquire(folder.File("lock"), TimeSpan.FromSeconds(30), TestContext.CancellationToken);
    }
}
