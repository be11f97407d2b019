using System.Text.Json;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Tests;

[TestClass]
public sealed class InformationCommandsTests
{
    [TestMethod]
    [DataRow("QTZ2001")]
    [DataRow("qtz2001")]
    [DataRow("2001")]
    public void Explain_Code_PrintsWhatTheCatalogueSays(string code)
    {
        using var tool = new ToolRun();
        Assert.AreEqual(0, tool.Run("explain", code), tool.Error);
        var entry = DiagnosticCatalog.Find("QTZ2001")!;
        StringAssert.StartsWith(tool.Out, $"QTZ2001: {entry.Title} (exit code 4)\n\nWhat it means\n  ");
        var words = string.Join(' ', tool.Out.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        StringAssert.Contains(words, entry.Explanation);
        StringAssert.Contains(words, entry.Remedy);
        Assert.IsTrue(tool.Out.Split('\n').All(line => line.Length <= 102));
    }

    [TestMethod]
    public void Explain_NoCode_ListsAll()
    {
        using var tool = new ToolRun();
        Assert.AreEqual(0, tool.Run("explain"), tool.Error);
        CollectionAssert.AreEqual(DiagnosticCatalog.Entries.Select(e => e.Code).ToArray(), tool.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => line[..7]).ToArray());
    }

    [TestMethod]
    public void Explain_Json_IsOneDocument()
    {
        using var tool = new ToolRun();
        Assert.AreEqual(0, tool.Run("explain", "QTZ4002", "--json"), tool.Error);
        using var json = JsonDocument.Parse(tool.Out);
        Assert.AreEqual(1, json.RootElement.GetProperty("schemaVersion").GetInt32());
        var entry = json.RootElement.GetProperty("diagnostics").EnumerateArray().Single();
        Assert.AreEqual(("QTZ4002", 3), (entry.GetProperty("code").GetString(), entry.GetProperty("exitCode").GetInt32()));
    }

    [TestMethod]
    public void Version_Text_NamesProgramRuntimeAndPlatform()
    {
        using var tool = new ToolRun();
        Assert.AreEqual(0, tool.Run("version"), tool.Error);
        StringAssert.StartsWith(tool.Out, $"dotnet-quantize 1.2.3\np 1 on x64\n.NET {Environment.Version} on ");
    }

    [TestMethod]
    public void Version_NoRuntime_SaysSoAndSucceeds()
    {
        using var tool = new ToolRun { Runtime = () => throw new QuantizeException(DiagnosticCodes.RuntimeNotFound, "Gone.") };
        Assert.AreEqual(0, tool.Run("version"));
        StringAssert.Contains(tool.Out, "no ONNX Runtime: error QTZ3001: Gone.");
        using var again = new ToolRun { Runtime = tool.Runtime };
        Assert.AreEqual(0, again.Run("version", "--json"));
        using var json = JsonDocument.Parse(again.Out);
        Assert.AreEqual(JsonValueKind.Null, json.RootElement.GetProperty("runtime").ValueKind);
        Assert.AreEqual("1.2.3", json.RootElement.GetProperty("version").GetString());
    }
}
