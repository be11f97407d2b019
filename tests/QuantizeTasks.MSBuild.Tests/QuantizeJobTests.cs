namespace QuantizeTasks.MSBuild.Tests;

[TestClass]
public class QuantizeJobTests
{
    [TestMethod]
    [DataRow("plugins: project", true)]
    [DataRow("  plugins : [a.dll]", true)]
    [DataRow("\t\"plugins\": [", true)]
    [DataRow("'plugins': x", true)]
    [DataRow("# plugins: project", false)]
    [DataRow("plugins", false)]
    [DataRow("pluginsfolder: x", false)]
    [DataRow("model: plugins: x", false)]
    public void IsPluginsKey_Line_IsTheKeyOrNot(string line, bool expected) => Assert.AreEqual(expected, QuantizeJob.IsPluginsKey(line));
}
