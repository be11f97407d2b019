using System.Text.Json;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;
using QuantizeTasks.MSBuild.Tests.Testing;

namespace QuantizeTasks.MSBuild.Tests;

[TestClass]
public sealed class PrepareQuantizationTests : IDisposable
{
    private readonly TaskProject _project = new();

    [TestMethod]
    public void Execute_ManifestBesideTheProject_HasAFolderOfItsName()
    {
        _project.Item("quantize.yaml");

        var job = _project.Prepare().Jobs.Single();

        Assert.AreEqual(_project.Folder["obj/quantize/quantize"], job.ItemSpec);
        Assert.AreEqual(_project.Folder["quantize.yaml"], Job(job).GetProperty("manifest").GetString());
        Assert.AreEqual(JsonValueKind.Null, Job(job).GetProperty("model").ValueKind);
    }

    [TestMethod]
    public void Execute_ModelWithManifest_NamesBoth()
    {
        _project.Item("models/net.onnx", ("Manifest", "quantize.yaml"));

        var job = Job(_project.Prepare().Jobs.Single());

        Assert.AreEqual(_project.Folder["models/net.onnx"], job.GetProperty("model").GetString());
        Assert.AreEqual(_project.Folder["quantize.yaml"], job.GetProperty("manifest").GetString());
    }

    [TestMethod]
    public void Execute_ManifestsOfOneNameInTwoFolders_NeverMeet()
    {
        _project.Item("quantize.yaml");
        _project.Item("a/quantize.yaml");
        _project.Item("b/quantize.yaml");
        _project.Item("b/net.onnx", ("Manifest", "quantize.yaml"));
        _project.Item("a/net.onnx", ("Manifest", "quantize.yaml"));

        var jobs = _project.Prepare().Jobs;

        Assert.HasCount(5, jobs);
        Assert.HasCount(5, jobs.Select(job => job.ItemSpec).Distinct().ToArray());
        foreach (var path in new[] { "outputDirectory", "reportDirectory", "stamp", "inputsFile", "outputsFile" })
            Assert.HasCount(5, jobs.Select(job => Job(job).GetProperty(path).GetString()).Distinct().ToArray());
    }

    [TestMethod]
    public void Execute_DefaultItemThatTheProjectLists_CountsOnce()
    {
        _project.Item("quantize.yaml", ("IsDefaultQuantizeItem", "true"));
        _project.Item("models/net.onnx", ("Manifest", "quantize.yaml"));

        Assert.AreEqual(_project.Folder["models/net.onnx"], Job(_project.Prepare().Jobs.Single()).GetProperty("model").GetString());
    }

    [TestMethod]
    [DataRow("model: net.onnx\nplugins: project\n", true)]
    [DataRow("{\n  \"plugins\": [\"a.dll\"]\n}", true)]
    [DataRow("model: net.onnx\n", false)]
    [DataRow("model: plugins/net.onnx # plugins: none\n", false)]
    public void Execute_ManifestWithPlugins_WaitsForTheCompiler(string manifest, bool waits)
    {
        _project.Item("quantize.yaml");
        File.WriteAllText(_project.Folder["quantize.yaml"], manifest);

        var task = _project.Prepare(pluginAssembly: "/obj/App.dll", pluginReferences: "/obj/references.txt");

        Assert.HasCount(waits ? 0 : 1, task.Due);
        Assert.HasCount(waits ? 1 : 0, task.LateInputs);
        Assert.AreEqual(waits ? "/obj/App.dll" : null, Job(task.Jobs.Single()).GetProperty("pluginAssembly").GetString());
        Assert.AreEqual(waits ? "/obj/references.txt" : null, Job(task.Jobs.Single()).GetProperty("pluginReferences").GetString());
    }

    [TestMethod]
    public void Execute_PluginsWhereNothingIsCompiled_WaitForNobody()
    {
        _project.Item("quantize.yaml");
        File.WriteAllText(_project.Folder["quantize.yaml"], "plugins: a.dll\n");

        Assert.HasCount(1, _project.Prepare().Due);
    }

    [TestMethod]
    public void Execute_ItemListedTwice_IsAnError()
    {
        _project.Item("quantize.yaml");
        _project.Item("quantize.yaml");

        var task = _project.Prepare();

        Assert.AreEqual("QTZ7005", _project.Engine.Errors.Single().Code);
        Assert.IsEmpty(task.Jobs);
    }

    [TestMethod]
    public void Execute_ModelWithoutManifest_IsAnErrorThatSaysWhatToWrite()
    {
        _project.Item("net.onnx");

        _project.Prepare();

        var error = _project.Engine.Errors.Single();
        Assert.AreEqual("QTZ7004", error.Code);
        Assert.Contains("Manifest=\"quantize.yaml\"", error.Message!);
    }

    [TestMethod]
    public void Execute_ManifestThatNamesAManifest_IsAnError()
    {
        _project.Item("quantize.yaml", ("Manifest", "other.yaml"));

        _project.Prepare();

        Assert.AreEqual("QTZ7004", _project.Engine.Errors.Single().Code);
    }

    [TestMethod]
    public void Execute_MetadataThatMeansNothing_IsAnErrorThatListsWhatDoes()
    {
        _project.Settings.Add(new TaskItem("maximal_drop"));
        _project.Item("quantize.yaml", ("MaximalDorp", "0.01"), ("Visible", "false"));

        _project.Prepare();

        var error = _project.Engine.Errors.Single();
        Assert.AreEqual("QTZ7004", error.Code);
        Assert.Contains("'MaximalDorp'", error.Message!);
        Assert.Contains("Manifest, MaximalDrop", error.Message!);
    }

    [TestMethod]
    public void Execute_PropertyAndMetadata_MetadataWinsAndTheSourceIsNamed()
    {
        _project.Settings.Add(new TaskItem("maximal_drop", new Dictionary<string, string> { ["Value"] = "0.5" }));
        _project.Settings.Add(new TaskItem("preset", new Dictionary<string, string> { ["Value"] = "mixed" }));
        _project.Settings.Add(new TaskItem("drop_type", new Dictionary<string, string> { ["Value"] = "" }));
        _project.Item("quantize.yaml", ("MaximalDrop", "0.01"));

        var overrides = Job(_project.Prepare().Jobs.Single()).GetProperty("overrides");

        Assert.AreEqual("0.01", overrides.GetProperty("maximal_drop").GetProperty("value").GetString());
        Assert.Contains("metadata MaximalDrop of QuantizeModel", overrides.GetProperty("maximal_drop").GetProperty("source").GetString()!);
        Assert.AreEqual("mixed", overrides.GetProperty("preset").GetProperty("value").GetString());
        Assert.AreEqual("property QuantizePreset", overrides.GetProperty("preset").GetProperty("source").GetString());
        Assert.AreEqual(_project.Folder["App.csproj"], overrides.GetProperty("preset").GetProperty("file").GetString());
        Assert.IsFalse(overrides.TryGetProperty("drop_type", out _));
    }

    [TestMethod]
    public void Execute_NothingChanged_LeavesTheJobFileAlone()
    {
        _project.Item("quantize.yaml");
        var file = _project.Prepare().Jobs.Single().GetMetadata("JobFile");
        var old = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(file, old);

        _project.Prepare();
        Assert.AreEqual(old, File.GetLastWriteTimeUtc(file));

        _project.Items[0].SetMetadata("MaximalDrop", "0.2");
        _project.Settings.Add(new TaskItem("maximal_drop"));
        _project.Prepare();
        Assert.AreNotEqual(old, File.GetLastWriteTimeUtc(file));
    }

    [TestMethod]
    public void Execute_DesignTime_NamesJobsAndWritesNothing()
    {
        _project.Item("quantize.yaml");

        var task = _project.Prepare(designTime: true);

        Assert.HasCount(1, task.Jobs);
        Assert.IsEmpty(task.Due);
        Assert.IsFalse(Directory.Exists(_project.Folder["obj"]));
    }

    [TestMethod]
    public void Execute_AfterARun_NothingIsDueAndTheModelIsThere()
    {
        Ran("/data/**");

        var task = _project.Prepare();

        Assert.IsEmpty(task.Due);
        Assert.AreEqual(_project.Folder["net.int8.onnx"], task.Models.Single().ItemSpec);
        Assert.AreEqual("net.int8.onnx", task.Models.Single().GetMetadata("TargetPath"));
    }

    [TestMethod]
    [DataRow("data/b.png")]
    [DataRow("obj/quantize/quantize/job.json")]
    [DataRow("obj/quantize/quantize/inputs.list")]
    public void Execute_OneInputIsNewerThanTheRun_IsDueAndSaysWhy(string file)
    {
        foreach (var name in new[] { "a", "b", "c" })
            _project.Folder.Write($"data/{name}.png");
        var job = Ran("/data/**");
        Assert.IsEmpty(_project.Prepare().Due);

        File.SetLastWriteTimeUtc(_project.Folder[file], DateTime.UtcNow.AddMinutes(1));
        var task = _project.Prepare();

        Assert.AreEqual(job.GetMetadata("JobFile"), task.Due.Single().ItemSpec);
        Assert.AreEqual(job.GetMetadata("Stamp"), task.Due.Single().GetMetadata("Stamp"));
        Assert.IsEmpty(task.Models, "What lies there is of an earlier run.");
        Assert.Contains(message => message.Message!.Contains($"'{_project.Folder[file]}' is newer", StringComparison.Ordinal), _project.Engine.Messages);
    }

    [TestMethod]
    public void Execute_ToolIsNewerThanTheRun_IsDue()
    {
        _project.ToolAssembly = _project.Folder.Write("tool/dotnet-quantize.dll");
        var other = _project.Folder.Write("tool/QuantizeTasks.Core.dll");
        Ran("/quantize.yaml");
        Assert.IsEmpty(_project.Prepare().Due);

        File.SetLastWriteTimeUtc(other, DateTime.UtcNow.AddMinutes(1));

        Assert.HasCount(1, _project.Prepare().Due);
    }

    [TestMethod]
    public void Execute_PluginsAfterARun_DependOnTheNewestOfTheDataAndOfTheTool()
    {
        _project.Folder.Write("quantize.yaml", "plugins: project\n");
        var job = Ran("/data/**");
        _project.Folder.Write("data/old.png");
        var newest = _project.Folder.Write("data/new.png");
        File.SetLastWriteTimeUtc(newest, DateTime.UtcNow.AddMinutes(1));

        var inputs = _project.Prepare(pluginAssembly: "/obj/App.dll").LateInputs;

        Assert.HasCount(4, inputs);
        Assert.AreEqual(job.GetMetadata("JobFile"), inputs[0].ItemSpec);
        Assert.AreEqual(job.GetMetadata("InputList"), inputs[1].ItemSpec);
        Assert.AreEqual(Path.GetDirectoryName(_project.ToolAssembly), Path.GetDirectoryName(inputs[2].ItemSpec));
        Assert.AreEqual(newest, inputs[3].ItemSpec);
        Assert.IsTrue(inputs.All(input => input.GetMetadata("Stamp") == job.GetMetadata("Stamp")));
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Execute_FileCameWithAnOldTimeOrWentAway_RewritesTheListOfInputs(bool came)
    {
        var old = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        var file = _project.Folder.Write("data/old.png");
        _project.Folder.Write("data/stays.png");
        var job = Ran("/data/**");
        var list = job.GetMetadata("InputList");
        _project.Prepare();
        File.SetLastWriteTimeUtc(list, old);
        _project.Prepare();
        Assert.AreEqual(old, File.GetLastWriteTimeUtc(list), "An unchanged list must keep its time.");

        if (came)
            File.SetLastWriteTimeUtc(_project.Folder.Write("data/late.png"), old);
        else
            File.Delete(file);
        _project.Prepare();

        Assert.AreNotEqual(old, File.GetLastWriteTimeUtc(list));
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    public void Execute_NameWithALineBreak_IsDueOnlyWhenItChanges()
    {
        var file = _project.Folder.Write("data/two\nlines.png");
        Ran("/data/**");
        Assert.IsEmpty(_project.Prepare().Due);

        File.Delete(file);

        Assert.HasCount(1, _project.Prepare().Due);
    }

    [TestMethod]
    public void Execute_OutputWentAway_StampGoesToo()
    {
        var job = Ran("/quantize.yaml");
        File.Delete(_project.Folder["net.int8.onnx"]);

        var due = _project.Prepare().Due;

        Assert.IsFalse(File.Exists(job.GetMetadata("Stamp")));
        Assert.AreEqual(job.GetMetadata("JobFile"), due.Single().ItemSpec);
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    public void Execute_CharactersThatMeanSomethingToMSBuild_StayInThePath()
    {
        _project.Item("a%3Bb@(x)$(y).yaml");
        _project.Items[0] = new TaskItem(_project.Folder["a%253Bb%40(x)%24(y)%3B.yaml"]);

        var job = _project.Prepare().Jobs.Single();

        Assert.AreEqual(_project.Folder["a%3Bb@(x)$(y);.yaml"], job.GetMetadata("Manifest"));
        Assert.DoesNotContain(";", ((ITaskItem2)job).EvaluatedIncludeEscaped);
    }

    /// <summary>A job that looks as after a successful run.</summary>
    private ITaskItem Ran(string inputs)
    {
        _project.Item("quantize.yaml");
        var job = _project.Prepare().Jobs.Single();
        File.WriteAllText(job.GetMetadata("InputsFile"), _project.Folder.Root + inputs);
        File.WriteAllText(job.GetMetadata("OutputsFile"), $"{_project.Folder.Write("net.int8.onnx")}|net.int8.onnx");
        File.WriteAllText(job.GetMetadata("InputList"), UpToDateCheck.InputListText(_project.ToolAssembly, InputFiles.Expand([_project.Folder.Root + inputs])));
        File.WriteAllText(job.GetMetadata("Stamp"), "");
        return job;
    }

    private static JsonElement Job(ITaskItem job) => JsonDocument.Parse(File.ReadAllText(job.GetMetadata("JobFile"))).RootElement;

    public void Dispose() => _project.Dispose();
}
