using System.Security.Cryptography;

namespace QuantizeTasks.Tests;

/// <summary>A run that is killed around its publication: there is a proven model or none, and the next run comes to the same end.</summary>
[TestClass]
public sealed class PublicationKillTests
{
    private const string Output = "cifar10_resnet8.int8.onnx";

    [TestMethod]
    [DataRow("best model written")]
    [DataRow("staged")]
    [DataRow("published")]
    [DataRow("published over an earlier one")]
    public void Run_KilledAroundItsPublication_LeavesAProvenModelOrNone(string moment)
    {
        var folder = Directory.CreateTempSubdirectory("publication-").FullName;
        string Of(string name) => Path.Combine(folder, name);
        string[] Arguments(string cache) => ["run", Cases.PathOf("cifar10_resnet8", "quantize.yaml"), "-o", Of("out"), "--cache-directory", Of(cache), "--report-directory", Of("report"), "--stat-subset-size", "20", "--no-latency", "--lock-file", "none"];
        try
        {
            var (exitCode, _, error) = ToolProcess.Run(Arguments("undisturbed"));
            Assert.AreEqual(0, exitCode, error);
            var expected = Sha256(Of("out/" + Output));
            if (moment != "published over an earlier one")
                Directory.Delete(Of("out"), recursive: true);
            Directory.Delete(Of("report"), recursive: true);

            Assert.IsTrue(ToolProcess.KillWhen(() => moment switch
            {
                "best model written" => File.Exists(Of("report/best.int8.onnx")),
                "published" => File.Exists(Of("out/" + Output)),
                _ => Directory.Exists(Of("out")) && Directory.EnumerateFiles(Of("out"), ".*.tmp").Any(),
            }, Arguments("cache")), "the run ended before it was killed");
            if (File.Exists(Of("out/" + Output)))
                Assert.AreEqual(expected, Sha256(Of("out/" + Output)), "what is under the model's name is whole and proven");
            else
                Assert.AreNotEqual("published", moment);

            (exitCode, _, error) = ToolProcess.Run(Arguments("cache"));
            Assert.AreEqual((0, expected), (exitCode, Sha256(Of("out/" + Output))), error);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Sha256(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));
}
