using System.Text.Json;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx.Values;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Tests.Accuracy;

[TestClass]
public sealed class BestSoFarTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static SerializedModel Build(Configuration configuration) => SerializedModel.Of([(byte)configuration.Reverted.Count]);

    [TestMethod]
    public void Offer_Judgements_KeepsTheBestAndDescribesIt()
    {
        var best = new BestSoFar(_folder.File("report"));
        best.Offer(Judged(0.5), Build);
        CollectionAssert.AreEqual(new byte[] { 0 }, File.ReadAllBytes(best.ModelPath));
        best.Offer(Judged(0.4, 1), Build);
        CollectionAssert.AreEqual(new byte[] { 0 }, File.ReadAllBytes(best.ModelPath), "a worse one does not replace it");
        best.Offer(Judged(0.7, 1, 2), Build);
        CollectionAssert.AreEqual(new byte[] { 2 }, File.ReadAllBytes(best.ModelPath));
        best.Offer(Judged(0.95, 1, 2, 3), Build);
        best.Offer(Judged(0.99, 1, 2, 3, 4), Build);
        CollectionAssert.AreEqual(new byte[] { 3 }, File.ReadAllBytes(best.ModelPath), "of two within budget the one with fewer groups in float");
        using var json = JsonDocument.Parse(File.ReadAllBytes(_folder.File("report", "best.int8.json")));
        Assert.AreEqual("084fed08b978af4d7d196a7446a86b58009e636b611db16211b65a9aadff29c5", json.RootElement.GetProperty("sha256").GetString(), "sha256sum of the byte 3");
        Assert.IsTrue(json.RootElement.GetProperty("withinBudget").GetBoolean());
        Assert.AreEqual("int8 but 1,2,3", json.RootElement.GetProperty("configuration").GetString());
        Assert.AreEqual(0.05, json.RootElement.GetProperty("metrics")[0].GetProperty("drop").GetDouble(), 1e-12);
        CollectionAssert.AreEqual(new[] { 1, 2, 3 }, json.RootElement.GetProperty("revertedGroups").EnumerateArray().Select(e => e.GetInt32()).ToArray());
        best.Clear();
        Assert.IsEmpty(Directory.EnumerateFiles(_folder.File("report")));
    }

    private static Judgement Judged(double value, params int[] reverted)
    {
        var metric = new MeanMetric("accuracy");
        var evaluation = new Evaluation([0], [new MetricEvaluation(metric, [[value]])]);
        return new Judgement(reverted.Aggregate(Configuration.FullyQuantized, (c, g) => c.Revert(g)), evaluation, new Budget([metric], [1], 0.1, DropType.Absolute).Judge(evaluation));
    }
}
