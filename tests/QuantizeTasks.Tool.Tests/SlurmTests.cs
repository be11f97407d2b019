using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace QuantizeTasks.Tests;

/// <summary>The built tool as tasks of a job array of a real scheduler, which share a cache folder and know of each other only by the scheduler's variables.</summary>
[TestClass]
public sealed partial class SlurmTests
{
    [TestMethod]
    public void Run_ArrayJobUntilNothingIsLeft_GivesWhatOneMachineGives()
    {
        var folder = Directory.CreateTempSubdirectory("slurm-").FullName;
        string Of(string name) => Path.Combine(folder, name);
        try
        {
            using var cluster = SlurmCluster.Start(Of("cluster"));
            Manifest(Of("quantize.yaml"));
            string[] run = ["run", Of("quantize.yaml"), "-o", Of("out"), "--no-latency", "--json", "--cache-directory"];
            var alone = Record(ToolProcess.Run([.. run, Of("alone")]), Of("out"));

            File.WriteAllText(Of("job.sh"), $"""
                #!/bin/sh
                exec '{Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet"}' exec '{Path.Combine(AppContext.BaseDirectory, "dotnet-quantize.dll")}' run '{Of("quantize.yaml")}' --shard auto --workers 1 --json --cache-directory '{Of("shared")}' > '{Of("result")}'-$SLURM_ARRAY_TASK_ID

                """);
            // Numbers that neither begin at 1 nor follow each other.
            var rounds = new List<string>();
            do
            {
                var (exitCode, error) = cluster.Submit(Of("job.sh"), "10-14:2");
                Assert.AreEqual(0, exitCode, error);
                var shards = new[] { 10, 12, 14 }.Select(id => JsonNode.Parse(File.ReadAllText($"{Of("result")}-{id}"))!).ToArray();
                CollectionAssert.AreEqual(new[] { 1, 2, 3 }, shards.Select(s => (int)s["shard"]!).ToArray());
                rounds.Add(shards.Select(s => (string)s["round"]!).Distinct().Single());
                Assert.IsTrue(shards.All(s => (int)s["shards"]! == 3 && (long)s["samples"]! > 0 == (rounds[^1] != "nothing")), string.Concat(shards.Select(s => s.ToJsonString())));
            }
            while (rounds[^1] != "nothing");
            Assert.AreEqual("samples", rounds[0]);
            Assert.IsTrue(rounds.Count is > 2 and < 10 && rounds[1..^1].All(r => r == "search"), string.Join(", ", rounds));

            var merged = Record(ToolProcess.Run([.. run, Of("shared"), "--merge", Of("shared")]), Of("out"));
            Assert.AreEqual(alone.Text, merged.Text);
            Assert.AreEqual(0, merged.Samples, "all was evaluated by the array");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [TestMethod]
    public void ToolDocument_LinesForACluster_RunUntilAllIsKnown()
    {
        var folder = Directory.CreateTempSubdirectory("slurm-").FullName;
        try
        {
            using var cluster = SlurmCluster.Start(Path.Combine(folder, "cluster"));
            Manifest(Path.Combine(folder, "quantize.yaml"), samples: 40);
            var lines = Cluster().Match(File.ReadAllText(Path.Combine(Repository.Root, "docs/tool.md")).ReplaceLineEndings("\n")).Groups["lines"].Value;
            Assert.Contains("--array=1-8", lines);
            var (exitCode, text) = cluster.Shell(lines.Replace("/shared/quantize", Path.Combine(folder, "shared")).Replace("--array=1-8", "--array=1-3"), folder);
            Assert.AreEqual(4, exitCode, text);
            Assert.IsGreaterThan(1, SubmittedJob().Count(text), "one round and the one that found nothing to do at least");
            StringAssert.Contains(text, "error QTZ2001");
            Assert.DoesNotContain("QTZ6021", text, "nothing is left for the machine that merges");
            StringAssert.Contains(File.ReadAllText(Path.Combine(folder, "round-1.log")), "all is known");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A budget that nothing meets, so that there is a ranking and two steps of a search.</summary>
    internal static void Manifest(string path, int samples = 90)
    {
        var root = Path.GetDirectoryName(Cases.PathOf("cifar10_resnet8", "quantize.yaml"))!;
        File.WriteAllText(path, $$"""
            model: {{root}}/model.onnx
            data:
              validation:
                images: {{root}}/val
                labels: {{root}}/val.csv
                subset: { size: {{samples}}, seed: 1 }
                preprocess: [{ color: rgb }, { layout: nchw }]
              calibration:
                images: {{root}}/calib
                preprocess: [{ color: rgb }, { layout: nchw }]
            metrics:
              - name: accuracy@top1
            compression:
              target_device: CPU
              algorithms:
                - name: AccuracyAwareQuantization
                  params: { stat_subset_size: 20, maximal_drop: -1, max_iter_num: 2, ranking_subset_size: 20, search: greedy }
            """);
    }

    /// <summary>What a run says, but for what the work cost, and the bytes of its best model.</summary>
    internal static (string Text, long Samples) Record((int ExitCode, string Out, string Error) run, string output)
    {
        Assert.AreEqual(4, run.ExitCode, run.Error);
        var json = JsonNode.Parse(run.Out)!.AsObject();
        var samples = (long)json["evaluations"]!["samples"]!;
        Assert.IsTrue(json.Remove("timings") && json.Remove("evaluations"));
        json["searchDetails"]?.AsObject().Remove("effort");
        // A merge warns of what shards have not done.
        json.Remove("warnings");
        var best = (string)json["bestSoFar"]!;
        StringAssert.StartsWith(best, output);
        return (json.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(best))), samples);
    }

    [GeneratedRegex(@"```sh\n(?<lines>(?:(?!```).)*sbatch.*?)```", RegexOptions.Singleline)]
    private static partial Regex Cluster();

    [GeneratedRegex(@"^Submitted batch job \d+", RegexOptions.Multiline)]
    private static partial Regex SubmittedJob();
}
