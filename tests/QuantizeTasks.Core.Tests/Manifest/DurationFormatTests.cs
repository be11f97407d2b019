using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Manifest;

[TestClass]
public sealed class DurationFormatTests
{
    [TestMethod]
    [DataRow("90", 90.0)]
    [DataRow("0.5", 0.5)]
    [DataRow("45s", 45.0)]
    [DataRow("20m", 1200.0)]
    [DataRow("2h", 7200.0)]
    [DataRow("1h30m", 5400.0)]
    [DataRow("1h2m3.5s", 3723.5)]
    [DataRow("1m30", 90.0)]
    public void Parse_LengthOfTime_IsSeconds(string text, double seconds) => Assert.AreEqual(seconds, DurationFormat.Parse(text)!.Value.TotalSeconds);

    [TestMethod]
    [DataRow("")]
    [DataRow("0")]
    [DataRow("0h0m")]
    [DataRow("-1")]
    [DataRow("1.5h")]
    [DataRow("1e3")]
    [DataRow("1h 30m")]
    [DataRow("30m1h")]
    [DataRow("1d")]
    [DataRow("h")]
    [DataRow("10m\n")]
    [DataRow("24001h")]
    [DataRow(".5")]
    public void Parse_AnythingElse_IsNothing(string text) => Assert.IsNull(DurationFormat.Parse(text));
}
