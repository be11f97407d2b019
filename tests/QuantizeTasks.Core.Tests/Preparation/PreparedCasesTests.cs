using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization.Preparation;

namespace QuantizeTasks.Tests.Preparation;

/// <summary>Whole real models, before and after, in ONNX Runtime.</summary>
[TestClass]
public class PreparedCasesTests
{
    [TestMethod]
    [DataRow("cifar10_resnet8")]
    [DataRow("imagenet_mobilenetv2")]
    [DataRow("fer2013_minixception")]
    [DataRow("speechcmd_kwt1")]
    [DataRow("superres_x3")]
    [DataRow("coco_espnetv2_seg")]
    public void Prepare_RealModel_OutputsAreEqualWithinRounding(string name)
    {
        var model = OnnxModel.Load(Cases.Model(name));

        var prepared = ModelPreparation.Prepare(model);

        var inputs = TestRuns.RandomInputs(model, open: 1);
        TestRuns.AssertEqual(TestRuns.Run(model, inputs), TestRuns.Run(prepared.Model, inputs), 1e-4);
        var graph = prepared.Model.Graph;
        Assert.IsEmpty(graph.Nodes.Where(n => n.OpType is "Constant" or "Identity" or "Dropout"));
        Assert.AreEqual(graph.Nodes.Count, graph.Nodes.Select(n => n.Name).Where(n => n.Length > 0).Distinct().Count(), "names are unique");
        foreach (var tensor in graph.Nodes.SelectMany(n => n.Output).Where(o => o.Length > 0))
            Assert.IsNotNull(prepared.Tensors.ElementType(tensor), $"'{tensor}' is not catalogued");
        CollectionAssert.AreEqual(prepared.Model.ToBytes(), ModelPreparation.Prepare(model).Model.ToBytes(), "same inputs, same bytes");
        CollectionAssert.AreEqual(OnnxModel.Load(Cases.Model(name)).ToBytes(), model.ToBytes(), "the original is untouched");
        Console.WriteLine(string.Join(" ", graph.Nodes.GroupBy(n => n.OpType).OrderByDescending(g => g.Count()).Select(g => $"{g.Key}:{g.Count()}")));
    }
}
