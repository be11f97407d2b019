using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Tests;

namespace QuantizeTasks.Storage;

[TestClass]
public sealed class ContentStoreTests
{
    [TestMethod]
    [DataRow(0)]
    [DataRow(1)]
    [DataRow(70_000)]
    public void TryGet_AfterPut_GivesTheSameBytes(int length)
    {
        using var folder = new TemporaryFolder();
        var value = Value(length, seed: 1);
        new ContentStore(folder.Path).Put(Key("a"), "test/1", value);
        Assert.IsTrue(new ContentStore(folder.Path).TryGet(Key("a"), out var found));
        CollectionAssert.AreEqual(value, found);
        Assert.IsFalse(new ContentStore(folder.Path).TryGet(Key("b"), out _));
    }

    [TestMethod]
    public void Put_AnExistingKey_Replaces()
    {
        using var folder = new TemporaryFolder();
        var store = new ContentStore(folder.Path);
        store.Put(Key("a"), "test/1", [1]);
        store.Put(Key("a"), "test/1", [2, 3]);
        Assert.IsTrue(store.TryGet(Key("a"), out var found));
        CollectionAssert.AreEqual(new byte[] { 2, 3 }, found);
    }

    [TestMethod]
    public void TryGet_AnyOneByteFlipped_IsAMissAndTheEntryIsRemoved()
    {
        using var folder = new TemporaryFolder();
        var store = new ContentStore(folder.Path);
        store.Put(Key("a"), "test/1", Value(40, seed: 2));
        var path = EntryPath(folder, Key("a"));
        var intact = File.ReadAllBytes(path);
        for (var i = 0; i < intact.Length; i++)
        {
            foreach (var mask in new byte[] { 0x01, 0x80, 0xFF })
            {
                var damaged = (byte[])intact.Clone();
                damaged[i] ^= mask;
                File.WriteAllBytes(path, damaged);
                Assert.IsFalse(store.TryGet(Key("a"), out _), string.Create(CultureInfo.InvariantCulture, $"byte {i} ^ {mask}"));
                Assert.IsFalse(File.Exists(path));
            }
        }

        File.WriteAllBytes(path, intact);
        Assert.IsTrue(store.TryGet(Key("a"), out _), "the intact entry");
    }

    [TestMethod]
    public void TryGet_TruncatedOrExtendedEntry_IsAMissAndTheEntryIsRemoved()
    {
        using var folder = new TemporaryFolder();
        var store = new ContentStore(folder.Path);
        store.Put(Key("a"), "test/1", Value(40, seed: 3));
        var path = EntryPath(folder, Key("a"));
        var intact = File.ReadAllBytes(path);
        for (var length = 0; length <= intact.Length + 9; length++)
        {
            if (length == intact.Length)
                continue;
            var damaged = new byte[length];
            intact.AsSpan(0, Math.Min(length, intact.Length)).CopyTo(damaged);
            File.WriteAllBytes(path, damaged);
            Assert.IsFalse(store.TryGet(Key("a"), out _), string.Create(CultureInfo.InvariantCulture, $"length {length}"));
            Assert.IsFalse(File.Exists(path));
        }
    }

    [TestMethod]
    public void TryGet_EntryOfAnotherKey_IsAMiss()
    {
        using var folder = new TemporaryFolder();
        var store = new ContentStore(folder.Path);
        store.Put(Key("a"), "test/1", [1]);
        Directory.CreateDirectory(Path.GetDirectoryName(EntryPath(folder, Key("b")))!);
        File.Copy(EntryPath(folder, Key("a")), EntryPath(folder, Key("b")));
        Assert.IsFalse(store.TryGet(Key("b"), out _));
        Assert.IsTrue(store.TryGet(Key("a"), out _));
    }

    [TestMethod]
    public void TryGet_EntryThatClaimsAHugePayload_AllocatesNothingForIt()
    {
        using var folder = new TemporaryFolder();
        var store = new ContentStore(folder.Path);
        store.Put(Key("a"), "test/1", [1]);
        var path = EntryPath(folder, Key("a"));
        var bytes = File.ReadAllBytes(path);
        BitConverter.TryWriteBytes(bytes.AsSpan(72), 2_000_000_000L);
        File.WriteAllBytes(path, bytes);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.IsFalse(store.TryGet(Key("a"), out _));
        Assert.IsLessThan(1_000_000L, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    public void Put_LargeValue_IsNotCopiedInMemory()
    {
        using var folder = new TemporaryFolder();
        var store = new ContentStore(folder.Path);
        var value = new byte[32 << 20];
        var before = GC.GetAllocatedBytesForCurrentThread();
        store.Put(Key("a"), "test/1", value);
        Assert.IsLessThan(1_000_000L, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    public void PutAndTryGet_ManyThreadsAndStores_NeverGiveAWrongValueAndLeaveNoTemporaryFile()
    {
        using var folder = new TemporaryFolder();
        var values = Enumerable.Range(0, 4).Select(i => Value(5000 + i, seed: i)).ToArray();
        var hits = 0;
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, worker =>
        {
            var store = new ContentStore(folder.Path);
            var random = new Random(worker);
            for (var i = 0; i < 200; i++)
            {
                var which = random.Next(values.Length);
                var key = Key(which.ToString(CultureInfo.InvariantCulture));
                if (random.Next(2) == 0)
                    store.Put(key, "test/1", values[which]);
                else if (store.TryGet(key, out var found))
                {
                    Interlocked.Increment(ref hits);
                    Assert.IsTrue(found.AsSpan().SequenceEqual(values[which]));
                }
            }
        });
        Assert.IsGreaterThan(0, hits);
        for (var i = 0; i < values.Length; i++)
            Assert.IsTrue(new ContentStore(folder.Path).TryGet(Key(i.ToString(CultureInfo.InvariantCulture)), out _), "no writer's entry may be lost");
        Assert.IsEmpty(Directory.GetFiles(folder.Path, "*.tmp", SearchOption.AllDirectories));
    }

    [TestMethod]
    public void Constructor_TemporaryFilesOfADeadRun_AreRemovedButYoungOnesStay()
    {
        using var folder = new TemporaryFolder();
        var incoming = Directory.CreateDirectory(folder.File("incoming")).FullName;
        var (old, young) = (Path.Combine(incoming, "old.tmp"), Path.Combine(incoming, "young.tmp"));
        File.WriteAllText(old, "half");
        File.WriteAllText(young, "half");
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow - TimeSpan.FromHours(2));
        _ = new ContentStore(folder.Path);
        Assert.IsFalse(File.Exists(old));
        Assert.IsTrue(File.Exists(young), "it may be another process's that is still at work");
    }

    [TestMethod]
    public void Constructor_PathOfAFile_IsAClearError()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("file"), "");
        var error = Assert.ThrowsExactly<QuantizeException>(() => new ContentStore(folder.File("file", "store")));
        Assert.AreEqual(DiagnosticCodes.StoreUnusable, error.Diagnostics[0].Code);
        StringAssert.Contains(error.Message, folder.File("file", "store"));
    }

    [TestMethod]
    public void Put_StoreThatBecameUnwritable_IsAClearError()
    {
        using var folder = new TemporaryFolder();
        var store = new ContentStore(folder.File("store"));
        Directory.Delete(folder.File("store"), recursive: true);
        File.WriteAllText(folder.File("store"), "");
        var error = Assert.ThrowsExactly<QuantizeException>(() => store.Put(Key("a"), "test/1", [1]));
        Assert.AreEqual(DiagnosticCodes.StoreUnusable, error.Diagnostics[0].Code);
        Assert.IsFalse(store.TryGet(Key("a"), out _));
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("../../etc/passwd")]
    [DataRow("ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef0123456789")]
    [DataRow("abcdef0123456789abcdef0123456789abcdef0123456789abcdef012345678")]
    public void TryGet_KeyThatIsNoFingerprint_IsRefused(string key)
    {
        using var folder = new TemporaryFolder();
        var store = new ContentStore(folder.Path);
        Assert.ThrowsExactly<ArgumentException>(() => store.TryGet(key, out _));
        Assert.ThrowsExactly<ArgumentException>(() => store.Put(key, "test/1", []));
    }

    [TestMethod]
    public void TryGet_EntryThatIsAFolder_IsAMissAndIsReplaced()
    {
        using var folder = new TemporaryFolder();
        var store = new ContentStore(folder.Path);
        Directory.CreateDirectory(Path.Combine(EntryPath(folder, Key("a")), "something"));
        Assert.IsFalse(store.TryGet(Key("a"), out _));
        store.Put(Key("a"), "test/1", [7]);
        Assert.IsTrue(store.TryGet(Key("a"), out var value));
        CollectionAssert.AreEqual(new byte[] { 7 }, value);
    }

    [TestMethod]
    public void Put_FolderOfEntriesThatIsAFile_IsReplaced()
    {
        using var folder = new TemporaryFolder();
        var store = new ContentStore(folder.Path);
        File.WriteAllText(folder.File(Key("a")[..2]), "");
        Assert.IsFalse(store.TryGet(Key("a"), out _));
        store.Put(Key("a"), "test/1", [7]);
        Assert.IsTrue(store.TryGet(Key("a"), out _));
    }

    [TestMethod]
    public void TryGet_EntryThatCannotBeOpened_IsAMissThatLeavesIt()
    {
        if (OperatingSystem.IsWindows())
            Assert.Inconclusive("NOT TESTED: links need a privilege on Windows.");
        using var folder = new TemporaryFolder();
        var store = new ContentStore(folder.Path);
        // A link to itself: even root cannot open it.
        Directory.CreateDirectory(Path.GetDirectoryName(EntryPath(folder, Key("a")))!);
        File.CreateSymbolicLink(EntryPath(folder, Key("a")), EntryPath(folder, Key("a")));
        Assert.IsFalse(store.TryGet(Key("a"), out _));
        store.Put(Key("a"), "test/1", [7]);
        Assert.IsTrue(store.TryGet(Key("a"), out _));
    }

    [TestMethod]
    [Timeout(20_000)]
    public void TryGet_EntryThatIsAPipe_DoesNotWait()
    {
        if (OperatingSystem.IsWindows())
            Assert.Inconclusive("NOT TESTED: Windows has no named pipes in folders.");
        using var folder = new TemporaryFolder();
        var store = new ContentStore(folder.Path);
        Directory.CreateDirectory(Path.GetDirectoryName(EntryPath(folder, Key("a")))!);
        using (var make = System.Diagnostics.Process.Start("mkfifo", [EntryPath(folder, Key("a"))]))
            make.WaitForExit();
        Assert.IsFalse(store.TryGet(Key("a"), out _));
    }

    [TestMethod]
    public void Update_ManyThreadsAndStores_LosesNoChange()
    {
        using var folder = new TemporaryFolder();
        Parallel.For(0, 40, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
            new ContentStore(folder.Path).Update(Key("a"), "test/1", present => [.. present ?? [], (byte)i]));
        Assert.IsTrue(new ContentStore(folder.Path).TryGet(Key("a"), out var value));
        CollectionAssert.AreEquivalent(Enumerable.Range(0, 40).Select(i => (byte)i).ToArray(), value);
    }

    [TestMethod]
    public void Put_BeyondTheLimit_RemovesWhatWasUsedLongestAgo()
    {
        using var folder = new TemporaryFolder();
        var store = new ContentStore(folder.Path, limit: 10_000);
        for (var i = 0; i < 8; i++)
        {
            store.Put(Key($"{i}"), "test/1", Value(1000, seed: i));
            File.SetLastWriteTimeUtc(EntryPath(folder, Key($"{i}")), DateTime.UtcNow - TimeSpan.FromDays(10 - i));
        }
        Assert.IsTrue(store.TryGet(Key("0"), out _), "the oldest one is used, and so no longer the oldest");
        store.Put(Key("8"), "test/1", Value(1000, seed: 8));
        store.Put(Key("9"), "test/1", Value(1000, seed: 9));
        var kept = Enumerable.Range(0, 10).Where(i => File.Exists(EntryPath(folder, Key($"{i}")))).ToArray();
        CollectionAssert.AreEqual(new[] { 0, 3, 4, 5, 6, 7, 8, 9 }, kept, $"kept: {string.Join(' ', kept)}");
        Assert.IsLessThanOrEqualTo(10_000L, kept.Sum(i => new FileInfo(EntryPath(folder, Key($"{i}"))).Length));
    }

    [TestMethod]
    public void Put_EntryLargerThanTheLimit_IsNoError()
    {
        using var folder = new TemporaryFolder();
        var store = new ContentStore(folder.Path, limit: 1000);
        store.Put(Key("a"), "test/1", Value(5000, seed: 1));
        Assert.IsFalse(store.TryGet(Key("a"), out _));
    }

    [TestMethod]
    public void TryGet_AgainWithinAnHour_DoesNotWriteTheTimeOfUse()
    {
        using var folder = new TemporaryFolder();
        var store = new ContentStore(folder.Path);
        store.Put(Key("a"), "test/1", [1]);
        var recent = DateTime.UtcNow - TimeSpan.FromMinutes(50);
        File.SetLastWriteTimeUtc(EntryPath(folder, Key("a")), recent);
        store.TryGet(Key("a"), out _);
        Assert.AreEqual(recent, File.GetLastWriteTimeUtc(EntryPath(folder, Key("a"))));
        File.SetLastWriteTimeUtc(EntryPath(folder, Key("a")), recent - TimeSpan.FromMinutes(20));
        store.TryGet(Key("a"), out _);
        Assert.IsGreaterThan(recent, File.GetLastWriteTimeUtc(EntryPath(folder, Key("a"))));
    }

    private static string Key(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string EntryPath(TemporaryFolder folder, string key) => folder.File(key[..2], key);

    private static byte[] Value(int length, int seed)
    {
        var value = new byte[length];
        new Random(seed).NextBytes(value);
        return value;
    }
}
