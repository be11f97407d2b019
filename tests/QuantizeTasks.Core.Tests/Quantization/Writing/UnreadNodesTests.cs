using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Tests.Quantization.Writing;

/// <summary>What nobody reads is not written: the runtime would compute it in each run.</summary>
[TestClass]
public sealed class UnreadNodesTests
{
    [TestMethod]
    [DataRow(ModelFormat.Qdq)]
    [DataRow(ModelFormat.QOperator)]
    public void Build_EachGroupReverted_HasNoNodeAndNoConstantThatNobodyReads(ModelFormat format)
    {
        foreach (var builder in (TestModels[])[FusionTests.Residual(), FusionTests.Branches("Relu", "Relu"), FusionTests.Branches("Relu", "Clip"), RevertTests.Matrices(1), RevertTests.Matrices(-1), RevertTests.Gemms(), RevertTests.Leaky()])
            Check(new QuantizedTestModel(builder, Settings.Of() with { Format = format }));
    }

    [TestMethod]
    [DataRow(ModelFormat.Qdq)]
    [DataRow(ModelFormat.QOperator)]
    public void Build_EveryForm_HasNoNodeAndNoConstantThatNobodyReads(ModelFormat format)
    {
        foreach (var name in OperatorFormsTests.Names)
            Check(new QuantizedTestModel(OperatorFormsTests.Form(name), Settings.Of() with { Prefer = Preference.Size, Format = format }), name);
    }

    [TestMethod]
    [DataRow(ModelFormat.Qdq)]
    [DataRow(ModelFormat.QOperator)]
    public void Build_RandomGraphs_HaveNoNodeAndNoConstantThatNobodyReads(ModelFormat format)
    {
        for (var seed = 0; seed < 15; seed++)
            Check(new QuantizedTestModel(RandomGraph.Create(seed), Settings.Of() with { Format = format }), $"seed {seed}");
    }

    private static void Check(QuantizedTestModel model, string name = "")
    {
        var groups = model.Variants.Groups;
        var everySecond = groups.Where(g => g.Id % 2 == 1).Aggregate(Configuration.FullyQuantized, (c, g) => c.Revert(g.Id));
        foreach (var configuration in groups.Select(g => Configuration.FullyQuantized.Revert(g.Id)).Prepend(Configuration.FullyQuantized).Append(everySecond))
        {
            var graph = model.Written(configuration).Graph;
            bool IsRead(string tensor) => graph.IsOutput(tensor) || graph.Consumers(tensor).Count > 0;
            Assert.IsEmpty(graph.Nodes.Where(n => !n.Output.Any(IsRead)).Select(n => n.Name), $"{name}, {configuration}");
            Assert.IsEmpty(graph.Initializers.Where(i => !IsRead(i.Name)).Select(i => i.Name), $"{name}, {configuration}");
        }
    }
}
