using System.Text.Json;
using System.Text.Json.Nodes;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Reporting;
using QuantizeTasks.Tool.Jobs;

namespace QuantizeTasks.Tests;

[TestClass]
public sealed class JobTests
{
    [TestMethod]
    public void Run_Job_RoundTrips()
    {
        using var tool = new ToolRun();
        Job(tool);
        Assert.AreEqual(0, Run(tool), tool.Out);

        Assert.AreEqual(new RunOptions
        {
            OutputDirectory = tool.PathOf("obj/out"), ReportDirectory = tool.PathOf("obj/report"), CacheDirectory = tool.PathOf("cache"), CacheLimit = 50_000_000, Workers = 2,
            LockFile = tool.PathOf("quantize.lock.json"), LockFileTime = File.GetLastWriteTimeUtc(tool.PathOf("job.json")),
        }, tool.Options);
        Assert.AreEqual(0.02, tool.Manifest!.Compression.Accuracy.MaximalDrop!.Value);
        Assert.AreEqual(tool.PathOf("obj/out/models/mobilenet.int8.onnx") + "|models/mobilenet.int8.onnx\n", File.ReadAllText(tool.PathOf("obj/outputs.txt")));
        Assert.AreEqual($"{tool.PathOf("quantize.yaml")}\n{tool.PathOf("models/mobilenet.onnx")}\n{tool.PathOf("val/*")}\n{tool.PathOf("quantize.lock.json")}\n", File.ReadAllText(tool.PathOf("obj/inputs.txt")));
        Assert.IsTrue(File.Exists(tool.PathOf("obj/stamp")));
        var message = Lines(tool).Single();
        Assert.AreEqual("message", message.GetProperty("kind").GetString());
        Assert.AreEqual("high", message.GetProperty("importance").GetString());
        Assert.AreEqual(Summary.Line(SampleReports.WithinBudget()), message.GetProperty("text").GetString());
    }

    [TestMethod]
    public void Run_JobWithModel_OverridesTheManifests()
    {
        using var tool = new ToolRun();
        var other = tool.Write("other.onnx", "");
        Job(tool, job => job["model"] = other);
        Assert.AreEqual(0, Run(tool), tool.Out);
        Assert.AreEqual(other, tool.Manifest!.Model.Value);
    }

    [TestMethod]
    public void Run_JobWithoutCache_UsesTheDefault()
    {
        using var tool = new ToolRun();
        tool.Variables["QUANTIZE_CACHE_DIRECTORY"] = tool.PathOf("elsewhere");
        Job(tool, job => job["cacheDirectory"] = null);
        Run(tool);
        Assert.AreEqual(tool.PathOf("elsewhere"), tool.Options!.CacheDirectory);
    }

    [TestMethod]
    public void Run_JobThatWarns_LeavesAStampThatSaysSo()
    {
        using var tool = new ToolRun
        {
            Pipeline = (manifest, options, events) =>
            {
                events.Report(new DiagnosticRaised(new Diagnostic("QTZ4006", DiagnosticSeverity.Warning, "Nothing is left in int8.", new SourcePosition("/m.yaml", 2, 3))));
                return ToolRun.Publish(manifest, options);
            },
        };
        Job(tool);
        Assert.AreEqual(0, Run(tool));
        Assert.AreEqual(tool.Out.Split('\n')[0] + "\n", File.ReadAllText(tool.PathOf("obj/stamp")), "the next build repeats it");
        Assert.IsTrue(File.Exists(tool.PathOf("obj/outputs.txt")));
        Assert.AreEqual("""{"kind":"diagnostic","severity":"warning","code":"QTZ4006","message":"Nothing is left in int8.","file":"/m.yaml","line":2,"column":3}""", tool.Out.Split('\n')[0]);
    }

    [TestMethod]
    public void Run_JobThatMissesItsBudget_RemovesWhatAnEarlierRunLeft()
    {
        using var tool = new ToolRun();
        Job(tool);
        Assert.AreEqual(0, Run(tool));
        tool.Pipeline = ToolRun.Miss;
        Assert.AreEqual(4, Run(tool));
        AssertNothingLeft(tool);
        var error = Lines(tool).Last();
        Assert.AreEqual("QTZ2001", error.GetProperty("code").GetString());
        StringAssert.Contains(error.GetProperty("message").GetString(), "budget 0.5 (property QuantizeMaximalDrop)");
        Assert.AreEqual(tool.PathOf("App.csproj"), error.GetProperty("file").GetString(), "the property decides the budget, so the error is there");
    }

    [TestMethod]
    public void Run_JobThatFails_RemovesWhatAnEarlierRunLeft()
    {
        using var tool = new ToolRun();
        Job(tool);
        Run(tool);
        tool.Pipeline = (_, _, _) => throw ToolRun.Failure(DiagnosticCodes.RuntimeRejectedModel);
        Assert.AreEqual(5, Run(tool));
        AssertNothingLeft(tool);
    }

    [TestMethod]
    public void Run_JobWhoseManifestIsGone_RemovesWhatAnEarlierRunLeft()
    {
        using var tool = new ToolRun();
        Job(tool);
        Run(tool);
        File.Delete(tool.PathOf("quantize.yaml"));
        Assert.AreEqual(2, Run(tool));
        AssertNothingLeft(tool);
    }

    [TestMethod]
    public void Run_JobCancelled_LeavesTheModelButNoStamp()
    {
        using var tool = new ToolRun();
        Job(tool);
        Run(tool);
        tool.Cancel();
        Assert.AreEqual(130, Run(tool));
        Assert.IsFalse(File.Exists(tool.PathOf("obj/stamp")));
        Assert.IsTrue(File.Exists(tool.PathOf("obj/out/models/mobilenet.int8.onnx")), "nothing was judged, so nothing is taken back");
    }

    [TestMethod]
    public void Run_JobWithForeignOutputsList_DeletesNothingOutside()
    {
        using var tool = new ToolRun { Pipeline = ToolRun.Miss };
        Job(tool);
        var precious = tool.Write("precious.txt", "mine");
        tool.Write("obj/outputs.txt", $"{precious}|precious.txt\n{tool.PathOf("obj/out/../../precious.txt")}|x\nprecious.txt|precious.txt\nno bar\n");
        Assert.AreEqual(4, Run(tool));
        Assert.IsTrue(File.Exists(precious));
    }

    [TestMethod]
    [DataRow("not json", DisplayName = "no JSON")]
    [DataRow("[]", DisplayName = "no object")]
    [DataRow("{}", DisplayName = "empty")]
    public void Run_JobOfNoKind_Exits1WithACode(string text)
    {
        using var tool = new ToolRun();
        tool.Write("job.json", text);
        Assert.AreEqual(1, Run(tool));
        Assert.AreEqual("QTZ7101", Lines(tool).Single().GetProperty("code").GetString());
    }

    [TestMethod]
    [DataRow("schemaVersion", "2", DisplayName = "a later version")]
    [DataRow("workers", "-1", DisplayName = "negative workers")]
    [DataRow("workers", "1.5", DisplayName = "half a worker")]
    [DataRow("manifest", "\"quantize.yaml\"", DisplayName = "relative path")]
    [DataRow("manifest", "3", DisplayName = "path that is a number")]
    [DataRow("stamp", "null", DisplayName = "no stamp")]
    [DataRow("overrides", "[]", DisplayName = "overrides as a list")]
    [DataRow("overrides", """{"maximal_drop":{"value":1,"source":"s"}}""", DisplayName = "value that is no text")]
    [DataRow("overrides", """{"maximal_drop":{"value":"1","source":"s","line":3}}""", DisplayName = "unknown member of an override")]
    [DataRow("unknown", "1", DisplayName = "unknown member")]
    public void Run_JobWithAWrongMember_NamesIt(string member, string value)
    {
        using var tool = new ToolRun();
        Job(tool, job => job[member] = JsonNode.Parse(value));
        Assert.AreEqual(1, Run(tool));
        StringAssert.Contains(Lines(tool).Single().GetProperty("message").GetString(), member);
        Assert.IsNull(tool.Options, "nothing ran");
    }

    [TestMethod]
    public void Run_JobWithAnUnknownOverride_IsAManifestError()
    {
        using var tool = new ToolRun();
        Job(tool, job => job["overrides"] = JsonNode.Parse("""{"maximal_dorp":{"value":"1","source":"property QuantizeMaximalDorp","file":null}}"""));
        Assert.AreEqual(2, Run(tool));
        StringAssert.Contains(tool.Out, "maximal_dorp");
    }

    [TestMethod]
    public void Run_JobOfAProject_ItsAssemblyIsWhatProjectStandsFor()
    {
        using var tool = new ToolRun();
        File.AppendAllText(tool.PathOf("quantize.yaml"), "\nplugins: project\npost_processing: { type: Boxes }\n");
        Job(tool, job => (job["pluginAssembly"], job["pluginReferences"]) = (tool.PathOf("obj/App.dll"), tool.PathOf("obj/references.txt")));
        Assert.AreEqual(0, Run(tool), tool.Out);
        var plugin = tool.Manifest!.PostProcessing!.Assemblies.All.Single();
        Assert.AreEqual((tool.PathOf("obj/App.dll"), tool.PathOf("obj/references.txt")), (plugin.Path, plugin.ReferencesFile));
    }

    [TestMethod]
    [DataRow("run")]
    [DataRow("evaluate", "models/mobilenet.onnx")]
    public void Plugins_OfTheCommandLine_AreWhatProjectStandsFor(params string[] command)
    {
        using var tool = new ToolRun { Evaluation = (_, m) => throw new QuantizeException(DiagnosticCodes.PluginFailed, m.PostProcessing!.Assemblies.All.Single().Path!) };
        tool.Pipeline = (m, _, _) => throw new QuantizeException(DiagnosticCodes.PluginFailed, m.PostProcessing!.Assemblies.All.Single().Path!);
        File.AppendAllText(tool.PathOf("quantize.yaml"), "\nplugins: project\npost_processing: { type: Boxes }\n");
        Assert.AreEqual(6, tool.Run([.. command, "quantize.yaml", "--plugins", "bin/App.dll"]), tool.Error);
        StringAssert.Contains(tool.Error, tool.PathOf("bin/App.dll"));
    }

    [TestMethod]
    public void Run_JobWithOptions_AreThoseOfTheCommandLine()
    {
        using var tool = new ToolRun();
        var lockFile = tool.PathOf("locks/a.json");
        Job(tool, job =>
        {
            foreach (var (name, value) in new[] { ("locked_mode", "True"), ("verify", "always"), ("variant", "net10.0"), ("emulate_isa", "avx2"), ("no_latency", "true"), ("lock_file", lockFile) })
                job["options"]![name] = new JsonObject { ["value"] = value, ["source"] = "a property" };
        });
        Assert.AreEqual(0, Run(tool), tool.Out);
        var fromJob = tool.Options! with { LockFileTime = null, OutputDirectory = "", ReportDirectory = "", CacheDirectory = "", Workers = 0 };

        Assert.AreEqual(0, tool.Run("run", "quantize.yaml", "--locked-mode", "--verify", "always", "--variant", "net10.0", "--emulate-isa", "avx2", "--no-latency", "--lock-file", "locks/a.json"), tool.Error);

        Assert.AreEqual(tool.Options! with { OutputDirectory = "", ReportDirectory = "", CacheDirectory = "", CacheLimit = fromJob.CacheLimit }, fromJob);
        Assert.AreEqual((true, VerifyMode.Always, "net10.0", lockFile, false), (fromJob.LockedMode, fromJob.Verify, fromJob.Variant, fromJob.LockFile, fromJob.MeasureLatency));
    }

    [TestMethod]
    [DataRow("verify", "sometimes", "always, changed, hashes, never")]
    [DataRow("locked_mode", "yes", "true, false")]
    [DataRow("emulate_isa", "mmx", "avx2")]
    [DataRow("lock_file", "relative.json", "none or an absolute path")]
    public void Run_JobWithAWrongOption_NamesThePropertyAndWhatItMayBe(string name, string value, string allowed)
    {
        using var tool = new ToolRun();
        Job(tool, job => job["options"]![name] = new JsonObject { ["value"] = value, ["source"] = "property QuantizeIt", ["file"] = tool.PathOf("App.csproj") });
        Assert.AreEqual(1, Run(tool));
        var error = Lines(tool).Single();
        StringAssert.Contains(error.GetProperty("message").GetString(), $"'{value}' (property QuantizeIt)");
        StringAssert.Contains(error.GetProperty("message").GetString(), allowed);
        Assert.AreEqual(tool.PathOf("App.csproj"), error.GetProperty("file").GetString());
        Assert.IsNull(tool.Options, "nothing ran");
    }

    [TestMethod]
    public void Run_LockFileNone_NoneIsUsed()
    {
        using var tool = new ToolRun();
        Assert.AreEqual(0, tool.Run("run", "quantize.yaml", "--lock-file", "none"), tool.Error);
        Assert.IsNull(tool.Options!.LockFile);
    }

    [TestMethod]
    public void Run_AnotherModel_HasALockFileOfItsOwn()
    {
        using var tool = new ToolRun();
        tool.Write("other.onnx", "");
        Assert.AreEqual(0, tool.Run("run", "quantize.yaml", "--model", "other.onnx"), tool.Error);
        Assert.AreEqual(tool.PathOf("quantize.other.lock.json"), tool.Options!.LockFile);
    }

    [TestMethod]
    [DataRow("""{"path":"/opt/ort"}""", "", null, "/opt/ort, named by the property QuantizeOnnxRuntimePath")]
    [DataRow("""{"path":"bundled"}""", "", null, null)]
    [DataRow("""{"path":"bundled"}""", "/env", null, null)]
    [DataRow("""{"package":"P","version":"1.2","native":"/n.so","managed":null,"available":"a"}""", "", null, "the package P 1.2 of the project")]
    [DataRow("""{"package":"P","version":"1.2","native":"/n.so","managed":null,"available":"a"}""", "/env", null, "/env, named by the environment variable QUANTIZE_ONNXRUNTIME_PATH")]
    [DataRow("null", "/env", null, "/env, named by the environment variable QUANTIZE_ONNXRUNTIME_PATH")]
    [DataRow(null, "/env", "/option", "/option, named by the option --onnxruntime-path")]
    [DataRow(null, "/env", "bundled", null)]
    [DataRow("null", "", null, null)]
    public void Runtime_OfJobEnvironmentAndOption_IsThatOfTheNearest(string? job, string environment, string? option, string? origin)
    {
        using var tool = new ToolRun();
        tool.Variables["QUANTIZE_ONNXRUNTIME_PATH"] = environment;
        if (job is not null)
            Job(tool, j => j["onnxRuntime"] = JsonNode.Parse(job));
        string[] arguments = job is null ? ["run", "quantize.yaml", "--onnxruntime-path", option!] : ["run", "--job", tool.PathOf("job.json"), "--log-format", "msbuild"];
        Assert.AreEqual(0, tool.Run(arguments), tool.Out + tool.Error);
        Assert.AreEqual(origin, tool.UsedRuntime?.Origin);
    }

    [TestMethod]
    public void Members_OfAJob_AreWhatTheFileHas()
    {
        using var tool = new ToolRun();
        using var json = JsonDocument.Parse(File.ReadAllText(Job(tool)));
        CollectionAssert.AreEquivalent(JobFile.Members, json.RootElement.EnumerateObject().Select(m => m.Name).ToArray());
    }

    private static int Run(ToolRun tool) => tool.Run("run", "--job", tool.PathOf("job.json"), "--log-format", "msbuild");

    /// <summary>A job as the MSBuild task writes it.</summary>
    private static string Job(ToolRun tool, Action<JsonObject>? change = null)
    {
        var job = new JsonObject
        {
            ["schemaVersion"] = 1,
            ["manifest"] = tool.PathOf("quantize.yaml"),
            ["model"] = null,
            ["outputDirectory"] = tool.PathOf("obj/out"),
            ["reportDirectory"] = tool.PathOf("obj/report"),
            ["cacheDirectory"] = tool.PathOf("cache"),
            ["cacheMaxSize"] = "50MB",
            ["stamp"] = tool.PathOf("obj/stamp"),
            ["inputsFile"] = tool.PathOf("obj/inputs.txt"),
            ["outputsFile"] = tool.PathOf("obj/outputs.txt"),
            ["workers"] = 2,
            ["pluginAssembly"] = null,
            ["pluginReferences"] = null,
            ["onnxRuntime"] = null,
            ["overrides"] = new JsonObject
            {
                ["maximal_drop"] = new JsonObject { ["value"] = "0.02", ["source"] = "property QuantizeMaximalDrop", ["file"] = tool.PathOf("App.csproj") },
            },
            ["options"] = new JsonObject(),
        };
        change?.Invoke(job);
        return tool.Write("job.json", job.ToJsonString());
    }

    private static JsonElement[] Lines(ToolRun tool) =>
        [.. tool.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];

    private static void AssertNothingLeft(ToolRun tool)
    {
        Assert.IsFalse(File.Exists(tool.PathOf("obj/stamp")));
        Assert.IsFalse(File.Exists(tool.PathOf("obj/outputs.txt")));
        Assert.IsFalse(File.Exists(tool.PathOf("obj/out/models/mobilenet.int8.onnx")));
    }
}
