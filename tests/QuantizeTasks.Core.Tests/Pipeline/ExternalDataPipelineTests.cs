using QuantizeTasks.Inference;
using QuantizeTasks.Onnx;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Tests.Pipeline;

/// <summary>A model that comes in two files is quantized into two files.</summary>
[TestClass]
public class ExternalDataPipelineTests
{
    [TestMethod]
    public void Run_ModelWithExternalData_PublishesAProvenPair()
    {
        using var project = new PipelineProject(InTwoFiles());

        var report = project.Run(project.Manifest());

        Assert.AreEqual(RunStatus.WithinBudget, report.Status);
        var values = report.Output!.ExternalData.Single();
        CollectionAssert.AreEquivalent(new[] { project.OutputPath, values }, Directory.GetFiles(Path.GetDirectoryName(project.OutputPath)!));
        Assert.AreEqual(new FileInfo(project.OutputPath).Length + new FileInfo(values).Length, report.Output.Bytes);
        using (var session = ModelSession.Open(project.OutputPath))
            Assert.IsNotEmpty(session.Run(TestRuns.RandomInputs(InTwoFiles())));
        Assert.AreEqual(0, report.Evaluations.Samples % PipelineProject.Samples, "what was published is known to be what was evaluated");
        var published = File.ReadAllBytes(project.OutputPath);

        var again = project.Run(project.Manifest());

        Assert.AreEqual(0, again.Evaluations.Samples, "the pair is known by its contents");
        CollectionAssert.AreEqual(published, File.ReadAllBytes(project.OutputPath));
        Assert.AreEqual(values, again.Output!.ExternalData.Single());
    }

    [TestMethod]
    public void Run_ValuesInOneFileOrTwo_DecidesAlike()
    {
        using var two = new PipelineProject(InTwoFiles());
        using var one = new PipelineProject();

        var (reportOfTwo, reportOfOne) = (two.Run(two.Manifest(0.01)), one.Run(one.Manifest(0.01)));

        Assert.AreEqual(reportOfOne.Status, reportOfTwo.Status);
        Assert.AreSequenceEqual(reportOfOne.Layers.Reverted, reportOfTwo.Layers.Reverted);
        CollectionAssert.AreEqual(OnnxModel.Load(one.OutputPath).ToBytes(), OnnxModel.Load(two.OutputPath).ToBytes());
    }

    [TestMethod]
    public void Run_BudgetMissed_LeavesNeitherFile()
    {
        using var project = new PipelineProject(InTwoFiles());
        project.Run(project.Manifest());

        var report = project.Run(project.Manifest(-0.9));

        Assert.AreEqual(RunStatus.BudgetExceeded, report.Status);
        Assert.IsEmpty(Directory.GetFiles(Path.GetDirectoryName(project.OutputPath)!));
        Assert.HasCount(2, Directory.GetFiles(project.File("report"), "best.int8.onnx*"), "the best so far is a pair too");
    }

    private static OnnxModel InTwoFiles() => new(PipelineProject.Network().Proto, "network", hadValuesOutside: true);
}
