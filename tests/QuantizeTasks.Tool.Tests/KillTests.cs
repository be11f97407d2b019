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

    /// <summary>An impossible budget, so that there is a ranking and a search.</summary>
    private static string[] Arguments(Scratch folder) =>
        ["run", Cases.PathOf("cifar10_resnet8", "quantize.yaml"), "-o", folder.Of("out"), "--cache-directory", folder.Of("cache"), "--no-latency", "--maximal-drop", "-1", "--max-iter-num", "2", "--json"];

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
