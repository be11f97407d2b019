using QuantizeTasks.Reporting;
using QuantizeTasks.Tool.Views;

namespace QuantizeTasks.Tests;

[TestClass]
public sealed class EventTextTests
{
    [TestMethod]
    [DataRow(1000, "  float: accuracy@top1 71.90% on 1000 samples")]
    [DataRow(1, "  float: accuracy@top1 71.90% on 1 sample")]
    [DataRow(0, "  float: accuracy@top1 71.90%, as stated")]
    public void Of_Baseline_SaysWhereItComesFrom(int samples, string expected) =>
        Assert.AreEqual(expected, EventText.Of(new BaselineMeasured("accuracy@top1", 0.719, samples)));
}
