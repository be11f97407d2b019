using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;

namespace QuantizeTasks.Tests;

/// <summary>What a run that was killed without warning leaves behind is enough to go on from, and changes no result.</summary>
[TestClass]
public sealed class KillTests
{
    private static readonly Lazy<Result> Undisturbed = new(() =>
    {
        using var folder = new Scratch();
        return Finish(folder);
    });

    [TestMethod]
    [DataRow(1)] // calibrated
    [DataRow(2)] // the float model is evaluated
    [DataRow(8)] // in the middle of ranking
    public void Run_KilledAndStartedAgain_UsesTheStoreAndGivesTheSameBytes(int entries)
    {
        using var folder = new Scratch();
        var killed = ToolProcess.KillWhen(() => Entries(folder.Of("cache")) >= entries, Arguments(folder));
        Assert.IsTrue(killed, "the run ended before it was killed");
        Assert.IsFalse(File.Exists(folder.Of("out/cifar10_resnet8.int8.onnx")), "nothing is published before its verdict");

        var (expected, actual) = (Undisturbed.Value, Finish(folder));
        Assert.AreEqual(expected with { Samples = 0 }, actual with { Samples = 0 });
        if (entries > 1)
            Assert.IsLessThan(expected.Samples, actual.Samples, "what was stored is not evaluated again");
    }

    /// <summary>
    /// Killed again and again, at moments drawn with a fixed seed over the length of a whole run, each time going on from what the one before left. The store never loses anything, and whoever
    /// comes to the end gets what an undisturbed run gets.
    /// </summary>
    [TestMethod]
    public void Run_KilledAtTwentyRandomMoments_ComesToTheSameEnd()
    {
        if (Environment.GetEnvironmentVariable("QUANTIZE_SLOW_TESTS") is null or "")
            Assert.Inconclusive("NOT TESTED: killing a run twenty times takes minutes. Set QUANTIZE_SLOW_TESTS=1 to run it.");
        using var undisturbed = new Scratch();
        var clock = Stopwatch.StartNew();
        var expected = Finish(undisturbed);
        var length = clock.Elapsed;
        var random = new Random(20);
        var kills = 0;
        var ends = 0;
        while (kills < 20)
        {
            using var folder = new Scratch();
            for (var known = 0; kills < 20; known = Entries(folder.Of("cache")))
            {
                var moment = random.NextDouble() * length;
                clock.Restart();
                if (!ToolProcess.KillWhen(() => clock.Elapsed >= moment, Arguments(folder)))
                    break;
                kills++;
                Assert.IsGreaterThanOrEqualTo(known, Entries(folder.Of("cache")), "what was stored is not lost");
            }
            Assert.AreEqual(expected with { Samples = 0 }, Finish(folder) with { Samples = 0 }, $"after {kills} kills");
            ends++;
        }
        Assert.IsGreaterThan(1, ends, "some runs came to their end between kills");
    }

    /// <summary>An impossible budget, so that there is a ranking and a search.</summary>
    private static string[] Arguments(Scratch folder) =>
        ["run", Cases.PathOf("cifar10_resnet8", "quantize.yaml"), "-o", folder.Of("out"), "--cache-directory", folder.Of("cache"), "--no-latency", "--lock-file", "none", "--maximal-drop", "-1", "--max-iter-num", "2", "--json"];

    private static Result Finish(Scratch folder)
    {
        var (exitCode, output, error) = ToolProcess.Run(Arguments(folder));
        Assert.AreEqual(4, exitCode, error);
        using var json = JsonDocument.Parse(output);
        var root = json.RootElement;
        return new Result(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(root.GetProperty("bestSoFar").GetString()!))),
            root.GetProperty("search").ToString(), root.GetProperty("evaluations").GetProperty("samples").GetInt64());
    }

    private static int Entries(string cache) =>
        Directory.Exists(cache) ? Directory.GetDirectories(cache, "??").Sum(folder => Directory.GetFiles(folder).Length) : 0;

    private sealed record Result(string BestSha256, string Walk, long Samples);

    private sealed class Scratch : IDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("kill-").FullName;

        public string Of(string name) => Path.Combine(_folder, name);

        public void Dispose() => Directory.Delete(_folder, recursive: true);
    }
}
