using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;
using QuantizeTasks.MSBuild.Tests.Testing;

namespace QuantizeTasks.MSBuild.Tests;

[TestClass]
public sealed class CollectQuantizedModelsTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly RecordingBuildEngine _engine = new();

    [TestMethod]
    public void Execute_OutputsOfSeveralJobs_HaveTheirTargetPaths()
    {
        var a = Job("a", $"{_folder.Write("a.onnx")}|models/a.int8.onnx\n");
        var b = Job("b", $"{_folder.Write("b;%41.onnx")}|b.int8.onnx\n");

        var models = Collect(a, b);

        CollectionAssert.AreEqual(new[] { _folder["a.onnx"], _folder["b;%41.onnx"] }, models.Select(m => m.ItemSpec).ToArray());
        CollectionAssert.AreEqual(new[] { "models/a.int8.onnx", "b.int8.onnx" }, models.Select(m => m.GetMetadata("TargetPath")).ToArray());
        Assert.IsEmpty(_engine.Errors);
    }

    [TestMethod]
    public void Execute_NothingMadeYet_IsEmpty()
    {
        var job = new TaskItem("job");
        job.SetMetadata("OutputsFile", _folder["none.txt"]);

        Assert.IsEmpty(Collect(job));
        Assert.IsEmpty(_engine.Errors);
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("gone.onnx|gone.onnx\n")]
    public void Execute_NothingIsBuiltAndAModelIsMissing_IsAnError(string outputs)
    {
        var task = new CollectQuantizedModels { BuildEngine = _engine, Jobs = [Job("a", outputs)], Required = true };

        Assert.IsFalse(task.Execute());

        Assert.AreEqual("QTZ7010", _engine.Errors.Single().Code);
    }

    [TestMethod]
    public void Execute_TwoJobsOneTarget_IsAnErrorThatNamesBoth()
    {
        Collect(Job("a", $"{_folder.Write("a.onnx")}|Models/net.onnx"), Job("b", $"{_folder.Write("b.onnx")}|models/net.onnx"));

        var error = _engine.Errors.Single();
        Assert.AreEqual("QTZ7005", error.Code);
        Assert.Contains("a.yaml", error.Message!);
        Assert.Contains("b.yaml", error.Message!);
    }

    [TestMethod]
    public void Execute_TargetOutsideTheOutputDirectory_IsAnError()
    {
        Assert.IsEmpty(Collect(Job("a", $"{_folder.Write("a.onnx")}|../../a.onnx")));

        Assert.AreEqual("QTZ7003", _engine.Errors.Single().Code);
    }

    private TaskItem Job(string name, string outputs)
    {
        var job = new TaskItem(name);
        job.SetMetadata("Manifest", $"{name}.yaml");
        job.SetMetadata("OutputsFile", _folder.Write($"{name}.txt", outputs).Replace(";", "%3B", StringComparison.Ordinal));
        return job;
    }

    private ITaskItem[] Collect(params ITaskItem[] jobs)
    {
        var task = new CollectQuantizedModels { BuildEngine = _engine, Jobs = jobs };
        Assert.AreEqual(task.Execute(), _engine.Errors.Count == 0);
        return task.Models;
    }

    public void Dispose() => _folder.Dispose();
}
