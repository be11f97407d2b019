using QuantizeTasks.Diagnostics;
using QuantizeTasks.Reporting;
using QuantizeTasks.Tests.Pipeline;

namespace QuantizeTasks.Tests.Faults;

/// <summary>Disks that are full or cannot be written, at whatever moment that is noticed: the right model or a clear error, and nothing half-written.</summary>
[TestClass]
public sealed class DiskFullTests : IDisposable
{
    private readonly PipelineProject _project = new(samples: 24);

    public void Dispose() => _project.Dispose();

    [TestMethod]
    [DataRow("store", 4)]
    [DataRow("store", 16)]
    [DataRow("store", 48)]
    [DataRow("store", 4000)]
    [DataRow("output", 4)]
    [DataRow("output", 20)]
    [DataRow("output", 4000)]
    [DataRow("report", 4)]
    [DataRow("report", 20)]
    [DataRow("report", 48)]
    [DataRow("report", 4000)]
    public void Run_SmallDisk_GivesTheRightModelOrAClearError(string folder, int kilobytes)
    {
        using var disk = SmallDisk.Mount(kilobytes);
        var expected = _project.Run(_project.Manifest(maximalDrop: 0)).Output!.Sha256;
        var options = _project.Options();
        options = folder switch
        {
            "store" => options with { CacheDirectory = disk.Path },
            "output" => options with { OutputDirectory = disk.Path },
            _ => options with { ReportDirectory = disk.Path },
        };
        AssertRightOrClear(options, expected, folder == "store" ? DiagnosticCodes.StoreUnusable : DiagnosticCodes.OutputNotWritable, mustSucceed: kilobytes == 4000);
        AssertNothingHalfWritten(disk.Path);

        // With room again, everything is as if nothing had been.
        var report = _project.Run(_project.Manifest(maximalDrop: 0));
        Assert.AreEqual(expected, report.Output!.Sha256);
    }

    [TestMethod]
    [DataRow("store", DiagnosticCodes.StoreUnusable)]
    [DataRow("output", DiagnosticCodes.OutputNotWritable)]
    [DataRow("report", DiagnosticCodes.OutputNotWritable)]
    public void Run_ReadOnlyDisk_IsAClearError(string folder, string code)
    {
        using var disk = SmallDisk.Mount(4000);
        disk.MakeReadOnly();
        var options = _project.Options();
        options = folder switch
        {
            "store" => options with { CacheDirectory = disk.Path },
            "output" => options with { OutputDirectory = disk.Path },
            _ => options with { ReportDirectory = disk.Path },
        };
        var error = Assert.ThrowsExactly<QuantizeException>(() => QuantizationPipeline.Run(_project.Manifest(), options, new Progress<RunEvent>(), default));
        Assert.AreEqual(code, error.Diagnostics[0].Code);
        StringAssert.Contains(error.Message, disk.Path);
        Assert.IsFalse(File.Exists(_project.OutputPath), "nothing is published by a run that fails");
    }

    [TestMethod]
    public void Run_ReadOnlyStoreThatKnowsEverything_IsAClearError()
    {
        using var disk = SmallDisk.Mount(4000);
        var options = _project.Options() with { CacheDirectory = disk.Path };
        QuantizationPipeline.Run(_project.Manifest(), options, new Progress<RunEvent>(), default);
        disk.MakeReadOnly();
        Assert.AreEqual(DiagnosticCodes.OutputNotWritable, Assert.ThrowsExactly<QuantizeException>(() => QuantizationPipeline.Run(_project.Manifest(), options, new Progress<RunEvent>(), default)).Diagnostics[0].Code);
    }

    [TestMethod]
    [DataRow(4)]
    [DataRow(20)]
    public void Run_OutputOfAnEarlierRunOnADiskThatFillsUp_IsTheRightOneOrGone(int free)
    {
        using var disk = SmallDisk.Mount(200);
        var options = _project.Options() with { OutputDirectory = disk.Path };
        var first = QuantizationPipeline.Run(_project.Manifest(), options, new Progress<RunEvent>(), default).Output!;
        var used = Directory.EnumerateFiles(disk.Path, "*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length + 4096);
        File.WriteAllBytes(Path.Combine(disk.Path, "ballast"), new byte[Math.Max(0, (200 * 1024) - used - (free * 1024))]);
        AssertRightOrClear(options, first.Sha256, DiagnosticCodes.OutputNotWritable, mustSucceed: false, maximalDrop: 0.5);
        AssertNothingHalfWritten(disk.Path);
    }

    [TestMethod]
    public void Export_SmallDisk_IsAClearErrorAndLeavesNoFile()
    {
        using var disk = SmallDisk.Mount(kilobytes: 4);
        _project.Run(_project.Manifest());
        foreach (var target in (string[])["work.qtzcache", "work/"])
        {
            var error = Assert.ThrowsExactly<QuantizeException>(() => Cache.Export(_project.StorePath, Path.Combine(disk.Path, target)));
            StringAssert.Contains(error.Message, disk.Path);
        }
        Assert.IsFalse(File.Exists(Path.Combine(disk.Path, "work.qtzcache")));
        AssertNothingHalfWritten(disk.Path);
        Assert.AreEqual(0, Cache.Describe(Path.Combine(disk.Path, "work")).Damaged);
    }

    private void AssertRightOrClear(RunOptions options, string expected, string code, bool mustSucceed, double maximalDrop = 0)
    {
        var output = Path.Combine(options.OutputDirectory, "models", "model.int8.onnx");
        try
        {
            var report = QuantizationPipeline.Run(_project.Manifest(maximalDrop), options, new Progress<RunEvent>(), default);
            Assert.AreEqual(expected, report.Output!.Sha256);
            Assert.AreEqual(expected, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(output))));
        }
        catch (QuantizeException e)
        {
            Assert.IsFalse(mustSucceed, e.Message);
            Assert.IsTrue(e.Diagnostics[0].Code == code || e.Diagnostics[0].Code == DiagnosticCodes.OutputNotWritable, e.Message);
            Assert.IsFalse(File.Exists(output), "a run that fails leaves no model");
        }
    }

    private static void AssertNothingHalfWritten(string folder) =>
        Assert.IsEmpty(Directory.EnumerateFiles(folder, "*.tmp", SearchOption.AllDirectories));
}
