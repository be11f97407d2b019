using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Tests;

namespace QuantizeTasks.Storage;

[TestClass]
public sealed class CacheTests
{
    [TestMethod]
    public void Describe_NoSuchFolder_IsEmptyAndStaysAway()
    {
        using var folder = new TemporaryFolder();
        var description = Cache.Describe(folder.File("none"));
        Assert.AreEqual((0, 0L, 0, null), (description.Entries, description.Bytes, description.Damaged, description.Oldest));
        Assert.IsFalse(Directory.Exists(folder.File("none")));
    }

    [TestMethod]
    public void Describe_Entries_CountsThemByKind()
    {
        using var folder = new TemporaryFolder();
        Fill(folder.Path, ("a", "one/1", 10), ("b", "one/1", 20), ("c", "two/3", 0));
        var old = DateTime.UtcNow - TimeSpan.FromDays(3);
        File.SetLastWriteTimeUtc(EntryPath(folder.Path, "b"), old);
        File.WriteAllText(Path.Combine(Path.GetDirectoryName(EntryPath(folder.Path, "a"))!, Key("a")[..2] + new string('0', 62)), "no entry");
        File.WriteAllText(folder.File("README"), "somebody's");
        var description = Cache.Describe(folder.Path);
        CollectionAssert.AreEqual(new[] { new CacheKind("one/1", 2, 30 + (2 * EntryFormat.HeaderSize)), new CacheKind("two/3", 1, EntryFormat.HeaderSize) }, description.Kinds.ToArray());
        Assert.AreEqual((1, old), (description.Damaged, description.Oldest!.Value.UtcDateTime));
        Assert.AreEqual(Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories).Where(f => Path.GetFileName(f).Length == 64).Sum(f => new FileInfo(f).Length), description.Bytes + "no entry".Length);
    }

    [TestMethod]
    public void Clear_OlderThan_RemovesOnlyThat()
    {
        using var folder = new TemporaryFolder();
        Fill(folder.Path, ("a", "one/1", 10), ("b", "one/1", 20));
        File.SetLastWriteTimeUtc(EntryPath(folder.Path, "b"), DateTime.UtcNow - TimeSpan.FromDays(3));
        Assert.AreEqual((1, 20L + EntryFormat.HeaderSize), Cache.Clear(folder.Path, TimeSpan.FromDays(2)));
        Assert.IsTrue(new ContentStore(folder.Path).TryGet(Key("a"), out _));
        File.WriteAllText(folder.File("README"), "somebody's");
        Assert.AreEqual((1, 10L + EntryFormat.HeaderSize), Cache.Clear(folder.Path, null));
        Assert.AreEqual((0, 0L), Cache.Clear(folder.Path, null));
        Assert.IsTrue(File.Exists(folder.File("README")), "what is no entry is none of our business");
        Assert.AreEqual((0, 0L), Cache.Clear(folder.File("none"), null));
    }

    [TestMethod]
    [DataRow("work.qtzcache")]
    [DataRow("work/")]
    public void ExportAndImport_EveryEntry_Arrives(string target)
    {
        using var folder = new TemporaryFolder();
        Fill(folder.File("from"), ("a", "one/1", 10), ("b", "two/1", 0), ("c", "one/1", 70_000));
        Assert.AreEqual(3, Cache.Export(folder.File("from"), folder.File(target)));
        Assert.AreEqual(target.EndsWith('/'), Directory.Exists(folder.File(target)));
        var import = Cache.Import(folder.File("to"), folder.File(target));
        Assert.AreEqual((3, 0, 0, 0), (import.Added, import.Merged, import.Known, import.Refused.Length));
        foreach (var (name, length) in new[] { ("a", 10), ("b", 0), ("c", 70_000) })
        {
            Assert.IsTrue(new ContentStore(folder.File("to")).TryGet(Key(name), out var value));
            CollectionAssert.AreEqual(Value(name, length), value);
        }
        Assert.AreEqual(3, Cache.Import(folder.File("to"), folder.File(target)).Known);
        CollectionAssert.AreEqual(Cache.Describe(folder.File("from")).Kinds.ToArray(), Cache.Describe(folder.File("to")).Kinds.ToArray());
    }

    [TestMethod]
    public void Export_DamagedEntry_IsLeftOut()
    {
        using var folder = new TemporaryFolder();
        Fill(folder.File("from"), ("a", "one/1", 10), ("b", "one/1", 10));
        var bytes = File.ReadAllBytes(EntryPath(folder.File("from"), "a"));
        bytes[^1] ^= 1;
        File.WriteAllBytes(EntryPath(folder.File("from"), "a"), bytes);
        Assert.AreEqual(1, Cache.Export(folder.File("from"), folder.File("archive")));
        var import = Cache.Import(folder.File("to"), folder.File("from"));
        Assert.AreEqual((1, 1), (import.Added, import.Refused.Length));
        StringAssert.Contains(import.Refused[0], "checksum");
    }

    [TestMethod]
    public void Import_ArchiveCutOffAnywhere_TakesWholeEntriesAndSaysSo()
    {
        using var folder = new TemporaryFolder();
        Fill(folder.File("from"), ("a", "one/1", 10), ("b", "one/1", 20));
        Cache.Export(folder.File("from"), folder.File("archive"));
        var whole = File.ReadAllBytes(folder.File("archive"));
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(folder.File("cut"), whole[..length]);
            var to = folder.File($"to{length}");
            var import = Cache.Import(to, folder.File("cut"));
            Assert.IsGreaterThanOrEqualTo(1, import.Refused.Length, $"{length}");
            Assert.AreEqual(import.Added, Cache.Describe(to).Entries);
            Assert.AreEqual(0, Cache.Describe(to).Damaged);
        }
    }

    [TestMethod]
    public void Import_ArchiveWithAnyByteChanged_TakesNoWrongEntry()
    {
        using var folder = new TemporaryFolder();
        Fill(folder.File("from"), ("a", "one/1", 10), ("b", "one/1", 20));
        Cache.Export(folder.File("from"), folder.File("archive"));
        var whole = File.ReadAllBytes(folder.File("archive"));
        var (refused, compared) = (0, 0);
        for (var i = 0; i < whole.Length; i++)
        {
            var changed = (byte[])whole.Clone();
            changed[i] ^= 0x41;
            File.WriteAllBytes(folder.File("changed"), changed);
            var to = folder.File($"to{i}");
            var import = Cache.Import(to, folder.File("changed"));
            // The key is outside the checksum: a changed one is another name for a whole value, which nobody asks for.
            if (import.Refused.IsEmpty)
                Assert.AreNotEqual(Keys(folder.File("from")), Keys(to), $"byte {i}");
            else
                refused++;
            foreach (var (name, length) in new[] { ("a", 10), ("b", 20) })
                if (new ContentStore(to).TryGet(Key(name), out var value))
                {
                    CollectionAssert.AreEqual(Value(name, length), value);
                    compared++;
                }
        }
        Assert.IsGreaterThan(whole.Length / 3, refused);
        Assert.IsGreaterThan(whole.Length / 3, compared, "the entry beside the damaged one is taken");
    }

    [TestMethod]
    public void Import_EntryThatClaimsToBeHuge_IsRefusedWithoutMemoryForIt()
    {
        using var folder = new TemporaryFolder();
        Fill(folder.File("from"), ("a", "one/1", 10));
        Cache.Export(folder.File("from"), folder.File("archive"));
        var bytes = File.ReadAllBytes(folder.File("archive"));
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(9 + 72), 2_000_000_000);
        File.WriteAllBytes(folder.File("archive"), bytes);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.HasCount(1, Cache.Import(folder.File("to"), folder.File("archive")).Refused);
        Assert.IsLessThan(1_000_000L, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    [DataRow("archive")]
    [DataRow("from")]
    public void Import_EntryLargerThanTheCacheMayBe_IsRefusedAndTheOthersArrive(string source)
    {
        using var folder = new TemporaryFolder();
        Fill(folder.File("from"), ("a", "one/1", 5000), ("b", "one/1", 20));
        Cache.Export(folder.File("from"), folder.File("archive"));
        var import = Cache.Import(folder.File("to"), folder.File(source), limit: 4000);
        Assert.AreEqual((1, 1), (import.Added, import.Refused.Length));
        StringAssert.Contains(import.Refused[0], "4000");
    }

    [TestMethod]
    public void Import_FolderWithNamesThatLeadElsewhere_TakesNothingFromThere()
    {
        using var folder = new TemporaryFolder();
        Fill(folder.File("secret"), ("a", "one/1", 10));
        // A folder whose files are no entries, links out of it, and an entry under another key's name.
        Directory.CreateDirectory(folder.File("from", Key("b")[..2]));
        File.Copy(EntryPath(folder.File("secret"), "a"), folder.File("from", Key("b")[..2], Key("b")));
        File.Copy(EntryPath(folder.File("secret"), "a"), folder.File("from", Key("b")[..2], "..data"));
        if (!OperatingSystem.IsWindows())
            File.CreateSymbolicLink(folder.File("from", Key("b")[..2], Key("b")[..2] + new string('1', 62)), "/etc/passwd");
        var import = Cache.Import(folder.File("to"), folder.File("from"));
        Assert.AreEqual(0, import.Added);
        Assert.AreEqual(0, Cache.Describe(folder.File("to")).Entries);
        Assert.IsEmpty(Directory.EnumerateFiles(folder.File("to"), "*", SearchOption.AllDirectories));
    }

    [TestMethod]
    public void Import_ObservationsThatBothSidesHave_ArePutTogether()
    {
        using var folder = new TemporaryFolder();
        var (first, second, third) = (Observations((0, 1), (2, 0)), Observations((1, 0.5), (2, 0)), Observations((0, 0.25), (3, 1)));
        new ContentStore(folder.File("to")).Put(Key("a"), ObservationStore.Kind, first);
        new ContentStore(folder.File("from")).Put(Key("a"), ObservationStore.Kind, second);
        Assert.AreEqual(1, Cache.Import(folder.File("to"), folder.File("from")).Merged);
        CollectionAssert.AreEqual(Observations((0, 1), (1, 0.5), (2, 0)), Get(folder.File("to"), "a"));

        new ContentStore(folder.File("from")).Put(Key("a"), ObservationStore.Kind, third);
        Cache.Import(folder.File("to"), folder.File("from"));
        CollectionAssert.AreEqual(Observations((1, 0.5), (2, 0), (3, 1)), Get(folder.File("to"), "a"), "of two that contradict each other neither is believed");
    }

    [TestMethod]
    public void Import_ObservationsThatAreNone_AreNotBelieved()
    {
        using var folder = new TemporaryFolder();
        var good = Observations((0, 1));
        new ContentStore(folder.File("to")).Put(Key("a"), ObservationStore.Kind, good);
        new ContentStore(folder.File("from")).Put(Key("a"), ObservationStore.Kind, [1, 2, 3]);
        Cache.Import(folder.File("to"), folder.File("from"));
        CollectionAssert.AreEqual(good, Get(folder.File("to"), "a"));
    }

    [TestMethod]
    public void Import_NothingThere_IsAClearError()
    {
        using var folder = new TemporaryFolder();
        Assert.AreEqual(DiagnosticCodes.CacheNotImported, Assert.ThrowsExactly<QuantizeException>(() => Cache.Import(folder.File("to"), folder.File("none"))).Diagnostics[0].Code);
        Directory.CreateDirectory(folder.File("to"));
        Assert.AreEqual(DiagnosticCodes.CacheNotImported, Assert.ThrowsExactly<QuantizeException>(() => Cache.Import(folder.File("to"), folder.File("to") + "/")).Diagnostics[0].Code);
        Assert.AreEqual(DiagnosticCodes.CacheNotImported, Assert.ThrowsExactly<QuantizeException>(() => Cache.Export(folder.File("to"), folder.File("to"))).Diagnostics[0].Code);
        File.WriteAllText(folder.File("text"), "no archive, but long enough to look at");
        Assert.HasCount(1, Cache.Import(folder.File("to"), folder.File("text")).Refused);
    }

    [TestMethod]
    public void Import_FolderThatIsNoCache_SaysWhatItIs()
    {
        using var folder = new TemporaryFolder();
        string Error(string from)
        {
            var error = Assert.ThrowsExactly<QuantizeException>(() => Cache.Import(folder.File("to"), folder.File(from))).Diagnostics.Single();
            Assert.AreEqual(DiagnosticCodes.CacheNotImported, error.Code);
            Assert.IsFalse(Directory.Exists(folder.File("to")), "nothing is begun");
            return error.Message.Replace(folder.Path, "", StringComparison.Ordinal).Replace('\\', '/');
        }

        Directory.CreateDirectory(folder.File("artifacts"));
        Assert.AreEqual("The folder '/artifacts' is no cache: it is empty. Name a cache's folder, or a file that `cache export` wrote.", Error("artifacts"));
        foreach (var name in (string[])["b.txt", "a.txt", "c.txt", "d.txt"])
            File.WriteAllText(folder.File("artifacts", name), "");
        Assert.AreEqual("The folder '/artifacts' is no cache: it holds 'a.txt', 'b.txt', 'c.txt' and more. Name a cache's folder, or a file that `cache export` wrote.", Error("artifacts"));
        Fill(folder.File("artifacts", "shard2"), ("a", "one/1", 10));
        StringAssert.EndsWith(Error("artifacts"), "Is '/artifacts/shard2' meant?");
        Fill(folder.File("exported"), ("a", "one/1", 10));
        Cache.Export(folder.File("exported"), folder.File("shards", "round1.qtzcache"));
        StringAssert.EndsWith(Error("shards"), "Is '/shards/round1.qtzcache' meant?");
    }

    [TestMethod]
    public void Import_CacheWithoutEntries_IsFine()
    {
        using var folder = new TemporaryFolder();
        Fill(folder.File("from"), ("a", "one/1", 10));
        Cache.Clear(folder.File("from"), null);
        Assert.AreEqual(0, Cache.Import(folder.File("to"), folder.File("from")).Added);
        // What a build server keeps of folders are their files.
        Fill(folder.File("kept"), ("a", "one/1", 10));
        Directory.Delete(folder.File("kept", "incoming"));
        Assert.AreEqual(1, Cache.Import(folder.File("to"), folder.File("kept")).Added);
    }

    private static void Fill(string store, params (string Name, string Kind, int Length)[] entries)
    {
        foreach (var (name, kind, length) in entries)
            new ContentStore(store).Put(Key(name), kind, Value(name, length));
    }

    private static byte[] Get(string store, string name) => new ContentStore(store).TryGet(Key(name), out var value) ? value : [];

    /// <summary>Count, then for each sample its index, the number of values and the values: what the store of observations writes, put together by hand.</summary>
    private static byte[] Observations(params (int Sample, double Value)[] samples) =>
        [.. BitConverter.GetBytes(samples.Length), .. samples.SelectMany(s => (byte[])[.. BitConverter.GetBytes(s.Sample), .. BitConverter.GetBytes(1), .. BitConverter.GetBytes(s.Value)])];

    private static string Keys(string store) =>
        string.Join(' ', Directory.EnumerateFiles(store, "*", SearchOption.AllDirectories).Select(f => Path.GetFileName(f)!).Where(f => f.Length == 64).Order(StringComparer.Ordinal));

    private static string Key(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string EntryPath(string store, string name) => Path.Combine(store, Key(name)[..2], Key(name));

    private static byte[] Value(string name, int length)
    {
        var value = new byte[length];
        new Random(name[0]).NextBytes(value);
        return value;
    }
}
