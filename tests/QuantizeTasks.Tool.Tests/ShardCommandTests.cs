using System.Text.Json;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Tests;

[TestClass]
public sealed class ShardCommandTests
{
    [TestMethod]
    public void Run_Shard_EvaluatesOnlyThat()
    {
        using var tool = new ToolRun { Pipeline = (_, _, _) => throw new InvalidOperationException("a shard runs no whole run") };
        Assert.AreEqual(0, tool.Run("run", "quantize.yaml", "--shard", "2/3", "--cache-directory", "store"), tool.Error);
        Assert.AreEqual((new Shard(2, 3), tool.PathOf("store"), false), (tool.Shard, tool.Options!.CacheDirectory, tool.Options.ExpectsShards));
        Assert.AreEqual("Shard 2/3: its samples of the float and the int8 model; 80 samples run, 0 known.\n", tool.Out);
    }

    [TestMethod]
    public void Run_ShardJson_HasTheMembersThatAreDocumented()
    {
        using var tool = new ToolRun();
        Assert.AreEqual(0, tool.Run("run", "quantize.yaml", "--shard", "2/3", "--json"), tool.Error);
        using var json = JsonDocument.Parse(tool.Out);
        Assert.AreEqual((2, 3, "samples", 80L), (json.RootElement.GetProperty("shard").GetInt32(), json.RootElement.GetProperty("shards").GetInt32(), json.RootElement.GetProperty("round").GetString(), json.RootElement.GetProperty("samples").GetInt64()));
        var documentation = File.ReadAllText(Path.Combine(Repository.Root, "docs", "tool.md"));
        foreach (var member in json.RootElement.EnumerateObject().Select(p => p.Name))
            StringAssert.Contains(documentation, $"`{member}`");
    }

    [TestMethod]
    public void Run_Merge_TakesOverEverythingAndExpectsItToBeComplete()
    {
        using var tool = new ToolRun();
        Put(tool, "one", 'a');
        Put(tool, "two", 'b');
        Cache.Export(tool.PathOf("two"), tool.PathOf("two.qtzcache"));
        Assert.AreEqual(0, tool.Run("run", "quantize.yaml", "--cache-directory", "store", "--merge", "one", "two.qtzcache", "store"), tool.Error);
        Assert.IsTrue(tool.Options!.ExpectsShards);
        Assert.AreEqual(2, Cache.Describe(tool.PathOf("store")).Entries);
    }

    [TestMethod]
    public void Run_MergeOfSomethingDamaged_WarnsAndGoesOn()
    {
        using var tool = new ToolRun();
        Put(tool, "one", 'a');
        Cache.Export(tool.PathOf("one"), tool.PathOf("one.qtzcache"));
        var bytes = File.ReadAllBytes(tool.PathOf("one.qtzcache"));
        File.WriteAllBytes(tool.PathOf("one.qtzcache"), bytes[..^20]);
        Assert.AreEqual(0, tool.Run("run", "quantize.yaml", "--cache-directory", "store", "--merge", "one.qtzcache"), tool.Error);
        StringAssert.Contains(tool.Error, "warning QTZ6020: ");
    }

    [TestMethod]
    public void Run_MergeOfNothing_FailsBeforeAnythingRuns()
    {
        using var tool = new ToolRun();
        Assert.AreEqual(70, tool.Run("run", "quantize.yaml", "--cache-directory", "store", "--merge", "nowhere"));
        StringAssert.Contains(tool.Error, "error QTZ6020: There is no file or folder");
        Assert.IsNull(tool.Options);
    }

    [TestMethod]
    public void Run_MergeInASecondRound_ExpectsNothing()
    {
        using var tool = new ToolRun();
        Put(tool, "one", 'a');
        Assert.AreEqual(0, tool.Run("run", "quantize.yaml", "--shard", "1/2", "--cache-directory", "store", "--merge", "one"), tool.Error);
        Assert.IsFalse(tool.Options!.ExpectsShards);
        Assert.AreEqual(1, Cache.Describe(tool.PathOf("store")).Entries);
    }

    [TestMethod]
    [DataRow("2/3", "QUANTIZE_SHARD=2/3", DisplayName = "stated")]
    [DataRow("2/3", "QUANTIZE_SHARD=2/3 SLURM_ARRAY_TASK_ID=1 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=8 SLURM_ARRAY_TASK_COUNT=8", DisplayName = "stated wins")]
    [DataRow("3/4", "SYSTEM_JOBPOSITIONINPHASE=3 SYSTEM_TOTALJOBSINPHASE=4", DisplayName = "Azure Pipelines")]
    [DataRow("1/1", "SYSTEM_JOBPOSITIONINPHASE=1 SYSTEM_TOTALJOBSINPHASE=1", DisplayName = "Azure Pipelines, not divided")]
    [DataRow("2/5", "CI_NODE_INDEX=2 CI_NODE_TOTAL=5", DisplayName = "GitLab CI")]
    [DataRow("1/3", "SLURM_ARRAY_TASK_ID=0 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=2 SLURM_ARRAY_TASK_COUNT=3", DisplayName = "Slurm from 0")]
    [DataRow("8/8", "SLURM_ARRAY_TASK_ID=8 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=8 SLURM_ARRAY_TASK_COUNT=8", DisplayName = "Slurm from 1")]
    [DataRow("2/3", "SLURM_ARRAY_TASK_ID=14 SLURM_ARRAY_TASK_MIN=10 SLURM_ARRAY_TASK_MAX=18 SLURM_ARRAY_TASK_COUNT=3", DisplayName = "Slurm in steps of 4")]
    [DataRow("1/1", "SLURM_ARRAY_TASK_ID=7 SLURM_ARRAY_TASK_MIN=7 SLURM_ARRAY_TASK_MAX=7 SLURM_ARRAY_TASK_COUNT=1", DisplayName = "Slurm, one task")]
    [DataRow("1/4", "JOB_COMPLETION_INDEX=0 QUANTIZE_SHARD_TOTAL=4", DisplayName = "Kubernetes")]
    [DataRow("2/3", "SYSTEM_JOBPOSITIONINPHASE=1 SYSTEM_TOTALJOBSINPHASE=1 SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=3 SLURM_ARRAY_TASK_COUNT=3", DisplayName = "an undivided job that submitted an array")]
    [DataRow("2/3", "CI_NODE_TOTAL=1 SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=3 SLURM_ARRAY_TASK_COUNT=3", DisplayName = "the same in GitLab CI")]
    public void Run_ShardAuto_ReadsTheVariables(string expected, string variables)
    {
        using var tool = new ToolRun();
        Set(tool, variables);
        Assert.AreEqual(0, tool.Run("run", "quantize.yaml", "--shard", "auto"), tool.Error);
        Assert.AreEqual(Shard.Parse(expected), tool.Shard);
    }

    [TestMethod]
    [DataRow("", "QUANTIZE_SHARD", DisplayName = "nothing")]
    [DataRow("CI=true GITHUB_ACTIONS=true", "QUANTIZE_SHARD", DisplayName = "GitHub Actions without")]
    [DataRow("QUANTIZE_SHARD=4/3", "'4/3'", DisplayName = "beyond the last")]
    [DataRow("QUANTIZE_SHARD=auto", "'auto'", DisplayName = "auto twice")]
    [DataRow("SYSTEM_JOBPOSITIONINPHASE=3", "SYSTEM_TOTALJOBSINPHASE is not set", DisplayName = "no total")]
    [DataRow("SYSTEM_TOTALJOBSINPHASE=3", "SYSTEM_JOBPOSITIONINPHASE is not set", DisplayName = "no index")]
    [DataRow("SYSTEM_JOBPOSITIONINPHASE=5 SYSTEM_TOTALJOBSINPHASE=4", "shard 5 of 4", DisplayName = "index beyond total")]
    [DataRow("CI_NODE_INDEX=0 CI_NODE_TOTAL=4", "shard 0 of 4", DisplayName = "index 0 where one counts from 1")]
    [DataRow("CI_NODE_TOTAL=4", "CI_NODE_INDEX is not set", DisplayName = "GitLab without index")]
    [DataRow("CI_NODE_INDEX=x CI_NODE_TOTAL=4", "'x', which is no number", DisplayName = "no number")]
    [DataRow("SLURM_ARRAY_TASK_ID=2", "SLURM_ARRAY_TASK_MIN is not set", DisplayName = "Slurm without the rest")]
    [DataRow("SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=5 SLURM_ARRAY_TASK_COUNT=3", "not evenly spaced", DisplayName = "Slurm 1,2,5")]
    [DataRow("SLURM_ARRAY_TASK_ID=9 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=8 SLURM_ARRAY_TASK_COUNT=8", "shard 9 of 8", DisplayName = "Slurm beyond the last")]
    [DataRow("JOB_COMPLETION_INDEX=1", "QUANTIZE_SHARD_TOTAL", DisplayName = "Kubernetes without total")]
    [DataRow("CI_NODE_INDEX=1 CI_NODE_TOTAL=2 JOB_COMPLETION_INDEX=1 QUANTIZE_SHARD_TOTAL=2", "1/2 of GitLab CI and 2/2 of Kubernetes", DisplayName = "contradiction")]
    public void Run_ShardAutoWithoutSense_IsAUsageError(string variables, string message)
    {
        using var tool = new ToolRun();
        Set(tool, variables);
        Assert.AreEqual(1, tool.Run("run", "quantize.yaml", "--shard", "auto"));
        StringAssert.Contains(tool.Error, "error QTZ7139: ");
        StringAssert.Contains(tool.Error, message);
        Assert.IsNull(tool.Shard);
    }

    [TestMethod]
    [DataRow("0/3")]
    [DataRow("3")]
    [DataRow("AUTO")]
    [DataRow("")]
    public void Run_ShardThatIsNone_IsAUsageError(string shard)
    {
        using var tool = new ToolRun();
        Assert.AreEqual(1, tool.Run("run", "quantize.yaml", "--shard", shard));
        StringAssert.Contains(tool.Error, "--shard");
        Assert.IsNull(tool.Shard);
    }

    [TestMethod]
    [DataRow("--shard", "1/2")]
    [DataRow("--merge", "store")]
    public void Run_JobWithShards_IsAUsageError(string option, string value)
    {
        using var tool = new ToolRun();
        Assert.AreEqual(1, tool.Run("run", "--job", "job.json", option, value));
        StringAssert.Contains(tool.Error, $"{option} cannot be combined with --job");
    }

    private static void Set(ToolRun tool, string variables)
    {
        foreach (var variable in variables.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            tool.Variables[variable.Split('=')[0]] = variable.Split('=')[1];
    }

    private static void Put(ToolRun tool, string store, char key) => new ContentStore(tool.PathOf(store)).Put(new string(key, 64), "one/1", [1, 2, 3]);
}
