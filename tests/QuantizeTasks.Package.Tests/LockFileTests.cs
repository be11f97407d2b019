using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using QuantizeTasks.Package.Tests.Testing;

namespace QuantizeTasks.Package.Tests;

/// <summary>The lock file with the packed package and the quantizer in it.</summary>
[TestClass]
public class LockFileTests
{
    private const string Lock = "quantize.lock.json";
    private const string LockedMode = "-p:QuantizeLockedMode=true";

    [TestMethod]
    public void Build_OfAnotherCheckout_ProvesInOnePassAndWithTheSameStoreComputesNothing()
    {
        var project = Project("0.5");
        project.Build().MustSucceed();
        var lost = Report(project).GetProperty("metrics")[0].GetProperty("drop").GetDouble();
        // A budget that plain int8 misses: a search is needed.
        project.Write("quantize.yaml", AccuracyAware((lost * 0.9).ToString("R", CultureInfo.InvariantCulture)));
        project.Build("--no-restore").MustSucceed();
        var searched = Report(project);
        Assert.IsGreaterThan(1, searched.GetProperty("search").GetArrayLength(), "or there is nothing to replay");
        Assert.IsNotEmpty(searched.GetProperty("layers").GetProperty("reverted").EnumerateArray().ToArray());

        var clean = Checkout(project, "elsewhere/deeper");
        clean.Build(LockedMode).MustSucceed();

        var proven = Report(clean);
        Assert.AreEqual("matched", proven.GetProperty("lock").GetProperty("state").GetString());
        Assert.AreEqual((2, 2 * TinyNetwork.Samples), (Evaluations(proven, "configurations"), Evaluations(proven, "samples")), "the float model and the decision, on each sample once");
        Assert.AreEqual(1, proven.GetProperty("search").GetArrayLength());
        CollectionAssert.AreEqual(File.ReadAllBytes(project[Model]), File.ReadAllBytes(clean[Model]));
        Assert.AreEqual(File.ReadAllText(project[Lock]), File.ReadAllText(clean[Lock]));

        var shared = Checkout(project, "third");
        var before = Entries(clean["cache"]);
        shared.Build(LockedMode, $"-p:QuantizeCacheDirectory={clean["cache"]}").MustSucceed();

        Assert.AreEqual(0, Evaluations(Report(shared), "samples"));
        CollectionAssert.AreEqual(before, Entries(clean["cache"]), "nothing was computed that was not known");
        CollectionAssert.AreEqual(File.ReadAllBytes(project[Model]), File.ReadAllBytes(shared[Model]));
    }

    [TestMethod]
    public void LockedMode_EachKindOfChange_IsAnErrorThatNamesIt()
    {
        var project = Project("0.5");
        var missing = project.Build(LockedMode).MustFail("QTZ6012").Errors.Single();
        Assert.AreEqual(project["quantize.yaml"], missing.File);
        Assert.IsFalse(File.Exists(project[Lock]));
        project.Build("--no-restore").MustSucceed();
        project.Build("--no-restore", LockedMode).MustSucceed();
        var text = File.ReadAllText(project[Lock]);

        var budget = project.Build("--no-restore", LockedMode, "-p:QuantizeMaximalDrop=0.25").MustFail("QTZ6011").Errors.Single();
        Assert.AreEqual(project["App.csproj"], budget.File);
        Assert.Contains("maximal_drop: '0.5' (line ", budget.Text);
        Assert.Contains("-> '0.25' (property QuantizeMaximalDrop)", budget.Text);
        Assert.IsEmpty(project.Int8Models("bin"));

        project.Write("quantize.yaml", Manifest("0.4"));
        var manifest = project.Build("--no-restore", LockedMode).MustFail("QTZ6011").Errors.Single();
        Assert.AreEqual((project["quantize.yaml"], TinyNetwork.BudgetLine, TinyNetwork.BudgetColumn), (manifest.File, manifest.LineNumber, manifest.ColumnNumber));
        project.Write("quantize.yaml", Manifest("0.5"));

        Mismatch("models/net.onnx", "model: ");
        Mismatch("data/y.npy", "data.validation: ");
        Edit(project, entry => entry["inputs"]!["runtime.version"] = "1.0.0");
        Assert.Contains("runtime.version: '1.0.0'", project.Build("--no-restore", LockedMode).MustFail("QTZ6011").Errors.Single().Text);
        project.Write(Lock, text);
        Edit(project, entry => entry["output"]!["sha256"] = "00");
        Assert.AreEqual(project[Lock], project.Build("--no-restore", LockedMode).MustFail("QTZ6011").Errors.Single().File);
        project.Write(Lock, text[..^20]);
        Assert.IsGreaterThan(1, project.Build("--no-restore", LockedMode).MustFail("QTZ6010").Errors.Single().LineNumber);

        project.Write(Lock, text);
        project.Build("--no-restore", LockedMode).MustSucceed();
        Assert.AreEqual(text, File.ReadAllText(project[Lock]));
        Assert.HasCount(1, project.Int8Models("bin"));

        void Mismatch(string file, string expected)
        {
            var bytes = File.ReadAllBytes(project[file]);
            // The middle is in the numbers; the structure around them stays.
            var middle = bytes.Length / 2;
            File.WriteAllBytes(project[file], [.. bytes[..middle], (byte)(bytes[middle] ^ 1), .. bytes[(middle + 1)..]]);
            var errors = project.Build("--no-restore", LockedMode).MustFail("QTZ6011").Errors;
            Assert.IsTrue(errors.Any(e => e.Text.Contains(expected, StringComparison.Ordinal)), string.Join('\n', errors.Select(e => e.Text)));
            File.WriteAllBytes(project[file], bytes);
        }
    }

    [TestMethod]
    public void Build_LockIsWrittenEditedOrDeleted_RunsOnlyForWhatOthersDid()
    {
        var project = Project("0.5");
        project.Build().MustSucceed();
        var text = File.ReadAllText(project[Lock]);
        Assert.AreEqual(0, Runs(project), "its own writing is no change");

        Edit(project, entry => entry["inputs"]!["tool"] = "of before");
        Assert.AreEqual(1, Runs(project));
        Assert.AreEqual(text, File.ReadAllText(project[Lock]));
        Assert.AreEqual(0, Runs(project));

        File.Delete(project[Lock]);
        Assert.AreEqual(1, Runs(project));
        Assert.AreEqual(text, File.ReadAllText(project[Lock]));
        Assert.AreEqual(0, Runs(project));
    }

    [TestMethod]
    public void Build_FrameworksWithOtherBudgets_HaveEntriesOfTheirOwnAndSettle()
    {
        var project = Project("0.5", """<TargetFrameworks>net10.0;netstandard2.1</TargetFrameworks>""", """<QuantizeMaximalDrop Condition="'$(TargetFramework)' == 'net10.0'">0.25</QuantizeMaximalDrop>""");
        project.Build().MustSucceed();
        // The second framework's entry is news to the first one, once.
        project.Build("--no-restore").MustSucceed();
        Assert.AreEqual(0, Runs(project));
        CollectionAssert.AreEqual(new[] { "net10.0", "netstandard2.1" }, JsonNode.Parse(File.ReadAllText(project[Lock]))!["entries"]!.AsArray().Select(e => e!["variant"]!.GetValue<string>()).ToArray());
        project.Build("--no-restore", LockedMode).MustSucceed();
    }

    [TestMethod]
    public void Build_NothingIsVerified_WarnsInEveryBuildAndIsDoneOnce()
    {
        var project = Project("0.5");
        const string Never = "-p:QuantizeVerify=never";
        Assert.AreEqual("QTZ6014", project.Build(Never).MustSucceed().Warnings.Single().Code);
        var second = project.Build("--no-restore", Never).MustSucceed();
        Assert.AreEqual("QTZ6014", second.Warnings.Single().Code);
        Assert.AreEqual(0, second.Executions("RunQuantization"), "the warning is repeated, not the work");
        Assert.IsFalse(File.Exists(project[Lock]));

        foreach (var _ in Enumerable.Range(0, 2))
        {
            var failed = project.Build("--no-restore", Never, "-warnaserror:QTZ6014").MustFail("QTZ6014");
            Assert.AreEqual(0, failed.Executions("RunQuantization"));
            Assert.IsEmpty(project.Int8Models("bin"));
        }
        Assert.AreEqual(0, project.Build("--no-restore", Never).MustSucceed().Executions("RunQuantization"));
        Assert.HasCount(1, project.Int8Models("bin"));
    }

    private const string Model = "bin/Debug/net10.0/models/net.int8.onnx";

    private static string Manifest(string budget) => TinyNetwork.Manifest(budget);

    private static string AccuracyAware(string budget) => Manifest(budget).Replace("DefaultQuantization", "AccuracyAwareQuantization", StringComparison.Ordinal);

    private static TestProject Project(string budget, string framework = "<TargetFramework>net10.0</TargetFramework>", string properties = "")
    {
        var project = new TestProject();
        project.Write("App.csproj", TestProject.Csproj("", "<QuantizeCacheDirectory Condition=\"'$(QuantizeCacheDirectory)' == ''\">cache</QuantizeCacheDirectory>" + properties, framework));
        project.Write("Program.cs", "public class Library { }");
        project.Write("quantize.yaml", Manifest(budget));
        TinyNetwork.Write(project.Root);
        return project;
    }

    /// <summary>What source control would give: no obj, no bin, no store.</summary>
    private static TestProject Checkout(TestProject project, string name)
    {
        var copy = new TestProject(name.Split('/')[0]);
        foreach (var file in new[] { "App.csproj", "Program.cs", "quantize.yaml", Lock, "models/net.onnx", "data/x.npy", "data/y.npy" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(copy[file])!);
            File.Copy(project[file], copy[file]);
        }
        return copy;
    }

    private static int Runs(TestProject project) => project.Build("--no-restore").MustSucceed().Executions("RunQuantization");

    private static void Edit(TestProject project, Action<JsonNode> change)
    {
        var json = JsonNode.Parse(File.ReadAllText(project[Lock]))!;
        change(json["entries"]![0]!);
        project.Write(Lock, json.ToJsonString());
        // Far enough ahead for any file system's clock.
        project.Touch(Lock);
    }

    private static string[] Entries(string cache) =>
        [.. Directory.EnumerateFiles(cache, "*", SearchOption.AllDirectories).Select(Path.GetFileName).OfType<string>().Where(name => name.Length == 64).Order(StringComparer.Ordinal)];

    private static JsonElement Report(TestProject project) =>
        JsonDocument.Parse(File.ReadAllText(project["obj/Debug/net10.0/quantize/quantize/report/report.json"])).RootElement;

    private static int Evaluations(JsonElement report, string member) => report.GetProperty("evaluations").GetProperty(member).GetInt32();
}
