using System.Diagnostics;
using QuantizeTasks.Reporting;
using QuantizeTasks.Storage;
using QuantizeTasks.Tests.Pipeline;

namespace QuantizeTasks.Tests.Faults;

/// <summary>What may happen to a store, before a run and while it goes on: the result is always that of an untouched one.</summary>
[TestClass]
public sealed class StoreFaultTests : IDisposable
{
    private readonly PipelineProject _project = new(samples: 24);

    public void Dispose() => _project.Dispose();

    [TestMethod]
    [DataRow("truncated")]
    [DataRow("emptied")]
    [DataRow("a bit flipped")]
    [DataRow("deleted")]
    [DataRow("a folder")]
    [DataRow("a folder with files")]
    [DataRow("unreadable")]
    [DataRow("a pipe")]
    [DataRow("another entry")]
    [DataRow("their folder a file")]
    public void Run_EveryEntryDamaged_GivesTheSameModel(string fault)
    {
        var expected = _project.Run(_project.Manifest(maximalDrop: 0));
        var entries = Entries();
        foreach (var entry in entries)
            Damage(entry, fault, entries);
        var actual = _project.Run(_project.Manifest(maximalDrop: 0));
        Assert.AreEqual((expected.Output!.Sha256, RunStatus.WithinBudget), (actual.Output!.Sha256, actual.Status));
        Assert.AreEqual(expected.Evaluations.Samples, actual.Evaluations.Samples);
        Assert.AreEqual(0, _project.Run(_project.Manifest(maximalDrop: 0)).Evaluations.Samples, "the store has healed");
        Assert.AreEqual(0, Cache.Describe(_project.StorePath).Damaged);
    }

    [TestMethod]
    public void Run_EachEntryDamagedAlone_GivesTheSameModel()
    {
        var expected = _project.Run(_project.Manifest(maximalDrop: 0)).Output!.Sha256;
        string[] faults = ["truncated", "a bit flipped", "deleted", "a folder"];
        var entries = Entries();
        for (var i = 0; i < entries.Length; i++)
        {
            Damage(entries[i], faults[i % faults.Length], entries);
            Assert.AreEqual(expected, _project.Run(_project.Manifest(maximalDrop: 0)).Output!.Sha256);
        }
    }

    [TestMethod]
    public void Run_EntriesVanishAndAreDamagedMeanwhile_GivesTheSameModel()
    {
        var expected = _project.Run(_project.Manifest(maximalDrop: 0)).Output!.Sha256;
        using var stop = new CancellationTokenSource();
        var faults = 0;
        var vandal = new Thread(() =>
        {
            var random = new Random(1);
            while (!stop.IsCancellationRequested)
            {
                var entries = Entries();
                if (entries.Length > 0)
                {
                    Damage(entries[random.Next(entries.Length)], random.Next(3) switch { 0 => "deleted", 1 => "a bit flipped", _ => "truncated" }, entries);
                    faults++;
                }
                Thread.Sleep(1);
            }
        });
        vandal.Start();
        try
        {
            for (var i = 0; i < 3; i++)
                Assert.AreEqual(expected, _project.Run(_project.Manifest(maximalDrop: 0)).Output!.Sha256);
        }
        finally
        {
            stop.Cancel();
            vandal.Join();
        }
        Assert.IsGreaterThan(10, faults);
    }

    [TestMethod]
    public void Run_StoreRemovedMeanwhile_GivesTheSameModel()
    {
        var expected = _project.Run(_project.Manifest(maximalDrop: 0)).Output!.Sha256;
        var removed = 0;
        var actual = _project.Run(_project.Manifest(maximalDrop: 0), onEvent: e =>
        {
            if (e is StageStarted { Stage: "calibrate" or "evaluate" or "publish" })
            {
                foreach (var folder in Directory.GetDirectories(_project.StorePath).Where(f => Path.GetFileName(f) != "locks"))
                    Directory.Delete(folder, recursive: true);
                removed++;
            }
        });
        Assert.AreEqual((expected, 3), (actual.Output!.Sha256, removed));
    }

    [TestMethod]
    public void Run_StoreSmallerThanWhatTheRunNeeds_GivesTheSameModel()
    {
        var expected = _project.Run(_project.Manifest(maximalDrop: 0)).Output!.Sha256;
        Directory.Delete(_project.StorePath, recursive: true);
        var report = QuantizationPipeline.Run(_project.Manifest(maximalDrop: 0), _project.Options() with { CacheLimit = 2000 }, new Progress<RunEvent>(), default);
        Assert.AreEqual(expected, report.Output!.Sha256);
        Assert.IsLessThanOrEqualTo(2000, Cache.Describe(_project.StorePath).Bytes);
    }

    [TestMethod]
    public void Run_TwoWritersThatDoNotKnowOfEachOther_GiveTheSameModel()
    {
        var expected = _project.Run(_project.Manifest(maximalDrop: 0)).Output!.Sha256;
        Directory.Delete(_project.StorePath, recursive: true);
        var reports = new RunReport[3];
        // Manifests of different names take no turns.
        Parallel.For(0, reports.Length, i => reports[i] = QuantizationPipeline.Run(_project.Manifest(maximalDrop: 0, edit: m => m with { Path = _project.File($"{i}.yaml") }),
            _project.Options() with { OutputDirectory = _project.File($"out{i}"), ReportDirectory = _project.File($"report{i}") }, new Progress<RunEvent>(), default));
        Assert.IsTrue(reports.All(r => r.Output!.Sha256 == expected));
        Assert.AreEqual(0, _project.Run(_project.Manifest(maximalDrop: 0)).Evaluations.Samples, "what one of them evaluated was not lost to the others");
    }

    [TestMethod]
    public void Run_LeftoversOfKilledRuns_AreRemovedWhenTheyAreOld()
    {
        _project.Run(_project.Manifest());
        var old = DateTime.UtcNow - TimeSpan.FromHours(3);
        string[] leftovers =
        [
            Path.Combine(_project.StorePath, "incoming", new string('a', 64) + ".0123456789abcdef0123456789abcdef.tmp"),
            Path.Combine(Path.GetDirectoryName(_project.OutputPath)!, ".model.int8.onnx.0123456789abcdef0123456789abcdef.tmp"),
            _project.File("report", ".report.json.0123456789abcdef0123456789abcdef.tmp"),
        ];
        foreach (var file in leftovers)
        {
            File.WriteAllText(file, "half");
            File.SetLastWriteTimeUtc(file, old);
        }
        _project.Run(_project.Manifest());
        Assert.IsEmpty(leftovers.Where(File.Exists).ToArray());
    }

    private string[] Entries()
    {
        try
        {
            return [.. new StoreLayout(_project.StorePath).Entries().Select(f => f.FullName)];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    private void Damage(string entry, string fault, string[] entries)
    {
        try
        {
            var bytes = File.Exists(entry) ? File.ReadAllBytes(entry) : [];
            switch (fault)
            {
                case "truncated":
                    File.WriteAllBytes(entry, bytes[..(bytes.Length / 2)]);
                    break;
                case "emptied":
                    File.WriteAllBytes(entry, []);
                    break;
                case "a bit flipped" when bytes.Length > 0:
                    bytes[bytes.Length - 1 - (entry[^1] % 100)] ^= 4;
                    File.WriteAllBytes(entry, bytes);
                    break;
                case "another entry":
                    var other = entries[(Array.IndexOf(entries, entry) + 1) % entries.Length];
                    File.Delete(entry);
                    File.Copy(Directory.Exists(other) || !File.Exists(other) ? _project.ModelPath : other, entry);
                    break;
                case "their folder a file":
                    if (Directory.Exists(Path.GetDirectoryName(entry)))
                        Directory.Delete(Path.GetDirectoryName(entry)!, recursive: true);
                    File.WriteAllText(Path.GetDirectoryName(entry)!, "");
                    break;
                default:
                    File.Delete(entry);
                    Replace(entry, fault);
                    break;
            }
        }
        catch (IOException)
        {
            // The run had it, or has just replaced it.
        }
    }

    private static void Replace(string entry, string fault)
    {
        if (fault is "unreadable" or "a pipe" && OperatingSystem.IsWindows())
            Assert.Inconclusive("NOT TESTED: Windows has neither links that nobody may open nor pipes in folders.");
        if (fault.StartsWith("a folder", StringComparison.Ordinal))
            Directory.CreateDirectory(entry);
        if (fault == "a folder with files")
            File.WriteAllText(Path.Combine(entry, "file"), "");
        // A link to itself: not even root can open it.
        if (fault == "unreadable")
            File.CreateSymbolicLink(entry, entry);
        if (fault == "a pipe")
            using (var make = Process.Start("mkfifo", [entry]))
                make.WaitForExit();
    }
}
