namespace QuantizeTasks.Tests;

/// <summary>The built tool as shards that end as processes end, and where they run.</summary>
[TestClass]
public sealed class ShardProcessTests
{
    [TestMethod]
    public void Run_ShardIsKilled_MergeSaysWhatIsMissingAndGivesWhatOneMachineGives()
    {
        var folder = Directory.CreateTempSubdirectory("shards-").FullName;
        string Of(string name) => Path.Combine(folder, name);
        try
        {
            SlurmTests.Manifest(Of("quantize.yaml"), samples: 500);
            string[] run = ["run", Of("quantize.yaml"), "-o", Of("out"), "--no-latency", "--lock-file", "none", "--workers", "1", "--json", "--cache-directory"];
            var alone = SlurmTests.Record(ToolProcess.Run([.. run, Of("alone")]), Of("out"));

            Assert.IsTrue(ToolProcess.KillWhen(() => Cache.Describe(Of("one")).Kinds.Any(k => k.Name.StartsWith("observations", StringComparison.Ordinal)), [.. run, Of("one"), "--shard", "1/2"]), "it was at the int8 model");
            Assert.AreEqual(0, ToolProcess.Run([.. run, Of("two"), "--shard", "2/2"]).ExitCode);
            var merge = ToolProcess.Run([.. run, Of("merged"), "--merge", Of("one"), Of("two")]);
            StringAssert.Contains(merge.Error, "warning QTZ6021: 250 of 500 samples of the int8 model were evaluated by no shard");
            Assert.AreEqual(alone.Text, SlurmTests.Record(merge, Of("out")).Text);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [TestMethod]
    [DataRow("DOTNET_EnableAVX512")]
    [DataRow("DOTNET_EnableAVX2")]
    [DataRow("DOTNET_EnableHWIntrinsic")]
    public void Version_SettingThatBindsDotnetAlone_NamesNoInstructionSetThatIsNotTheRuntimes(string variable)
    {
        var usual = Isa(ToolProcess.Run("version"));
        var isa = Isa(ToolProcess.Run((variable, "0"), ["version"]));
        Assert.IsTrue(isa == usual || isa == "x64-unknown", $"{isa} where the library runs as on {usual}");
    }

    private static string Isa((int ExitCode, string Out, string Error) version)
    {
        Assert.AreEqual(0, version.ExitCode, version.Error);
        return version.Out.Split('\n').Single(l => l.Contains("OnnxRuntime", StringComparison.Ordinal)).Trim().Split(' ')[^1];
    }
}
