using System.Text.Json;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Tests;

[TestClass]
public sealed class CacheCommandTests
{
    [TestMethod]
    public void Info_Text_SaysWhereAndWhat()
    {
        using var tool = Filled();
        Assert.AreEqual(0, tool.Run("cache", "info", "--cache-directory", "store", "--cache-max-size", "20MB"), tool.Error);
        var lines = tool.Out.Split('\n');
        Assert.AreEqual($"folder    {tool.PathOf("store")}", lines[0]);
        Assert.AreEqual("entries   3", lines[1]);
        Assert.AreEqual("size      1.75 KB of 20 MB", lines[2]);
        StringAssert.StartsWith(lines[3], "last use  20");
        CollectionAssert.AreEqual(new[] { "", "kind   entries  size", "one/1  2        1.51 KB", "two/1  1        242 B", "" }, lines[4..]);
    }

    [TestMethod]
    public void Info_Json_HasTheMembersThatAreDocumented()
    {
        using var tool = Filled();
        Assert.AreEqual(0, tool.Run("cache", "info", "--cache-directory", "store", "--json"), tool.Error);
        using var json = JsonDocument.Parse(tool.Out);
        var root = json.RootElement;
        Assert.AreEqual((3, 1750L, 5_000_000_000L, 0), (root.GetProperty("entries").GetInt32(), root.GetProperty("bytes").GetInt64(), root.GetProperty("limit").GetInt64(), root.GetProperty("damaged").GetInt32()));
        Assert.AreEqual("two/1", root.GetProperty("kinds")[1].GetProperty("kind").GetString());
        Assert.IsTrue(root.GetProperty("newest").TryGetDateTimeOffset(out var newest) && DateTimeOffset.UtcNow - newest < TimeSpan.FromMinutes(5));
        var documentation = File.ReadAllText(Path.Combine(Repository.Root, "docs", "tool.md"));
        foreach (var member in root.EnumerateObject().Select(p => p.Name))
            StringAssert.Contains(documentation, $"`{member}`");
    }

    [TestMethod]
    public void Info_NoCacheYet_IsEmptyAndMakesNone()
    {
        using var tool = new ToolRun();
        tool.Variables["QUANTIZE_CACHE_DIRECTORY"] = "none";
        Assert.AreEqual(0, tool.Run("cache", "info"), tool.Error);
        StringAssert.Contains(tool.Out, "entries   0");
        Assert.IsFalse(Directory.Exists(tool.PathOf("none")));
    }

    [TestMethod]
    public void ExportClearImport_RoundTrip_GivesEverythingBack()
    {
        using var tool = Filled();
        tool.Variables["QUANTIZE_CACHE_DIRECTORY"] = tool.PathOf("store");
        Assert.AreEqual(0, tool.Run("cache", "export", "work.qtzcache"), tool.Error);
        Assert.AreEqual(0, tool.Run("cache", "clear", "--older-than", "1d"), tool.Error);
        Assert.AreEqual(0, tool.Run("cache", "clear"), tool.Error);
        Assert.AreEqual(0, tool.Run("cache", "import", "work.qtzcache"), tool.Error);
        Assert.AreEqual("""
            3 entries exported.
            0 entries removed, 0 B.
            3 entries removed, 1.75 KB.
            3 entries added, 0 put together with what was there, 0 there already, 0 refused.

            """.ReplaceLineEndings("\n"), tool.Out);
        Assert.AreEqual(3, Cache.Describe(tool.PathOf("store")).Entries);
    }

    [TestMethod]
    public void Import_Damaged_TakesTheRestAndFails()
    {
        using var tool = Filled();
        Assert.AreEqual(0, tool.Run("cache", "export", "work.qtzcache", "--cache-directory", "store"), tool.Error);
        var bytes = File.ReadAllBytes(tool.PathOf("work.qtzcache"));
        bytes[200] ^= 1;
        File.WriteAllBytes(tool.PathOf("work.qtzcache"), bytes);
        using var other = new ToolRun();
        Assert.AreEqual(70, other.Run("cache", "import", tool.PathOf("work.qtzcache"), "--cache-directory", "to", "--json"));
        using var json = JsonDocument.Parse(other.Out);
        Assert.AreEqual((2, 1), (json.RootElement.GetProperty("added").GetInt32(), json.RootElement.GetProperty("refused").GetInt32()));
        StringAssert.Contains(other.Error, "error QTZ6020: ");
        Assert.AreEqual(2, Cache.Describe(other.PathOf("to")).Entries);
    }

    [TestMethod]
    public void Import_NoSuchFile_IsAnError()
    {
        using var tool = new ToolRun();
        Assert.AreEqual(70, tool.Run("cache", "import", "nowhere", "--cache-directory", "to"));
        StringAssert.Contains(tool.Error, "error QTZ6020: There is no file or folder");
    }

    [TestMethod]
    [DataRow("cache", "clear", "--older-than", "30")]
    [DataRow("cache", "clear", "--older-than", "-1d")]
    [DataRow("cache", "export")]
    [DataRow("cache", "shrink")]
    [DataRow("cache", "info", "--older-than", "1d")]
    public void Cache_WrongUsage_ExitsWith1(params string[] arguments)
    {
        using var tool = new ToolRun();
        Assert.AreEqual(1, tool.Run(arguments));
        StringAssert.Contains(tool.Error, "Usage: dotnet quantize cache");
        Assert.AreEqual("", tool.Out);
    }

    [TestMethod]
    [DataRow("5GB", 5_000_000_000L)]
    [DataRow("1.5 gib", 1_610_612_736L)]
    [DataRow("10000000", 10_000_000L)]
    [DataRow("none", long.MaxValue)]
    public void Run_CacheMaxSize_IsRead(string text, long expected)
    {
        using var option = new ToolRun();
        Assert.AreEqual(0, option.Run("run", "quantize.yaml", "--cache-max-size", text), option.Error);
        Assert.AreEqual(expected, option.Options!.CacheLimit);
        using var variable = new ToolRun();
        variable.Variables["QUANTIZE_CACHE_MAX_SIZE"] = text;
        Assert.AreEqual(0, variable.Run("run", "quantize.yaml"), variable.Error);
        Assert.AreEqual(expected, variable.Options!.CacheLimit);
    }

    [TestMethod]
    [DataRow("much")]
    [DataRow("-5GB")]
    [DataRow("5 XB")]
    [DataRow("1kB")]
    [DataRow("99999999999999999999TB")]
    public void Run_CacheMaxSizeThatIsNone_IsAUsageError(string text)
    {
        using var tool = new ToolRun();
        tool.Variables["QUANTIZE_CACHE_MAX_SIZE"] = text;
        Assert.AreEqual(1, tool.Run("run", "quantize.yaml"));
        StringAssert.Contains(tool.Error, $"error {DiagnosticCodes.CacheLimitInvalid}: QUANTIZE_CACHE_MAX_SIZE is '{text}'");
        Assert.IsNull(tool.Options, "nothing ran");
    }

    private static ToolRun Filled()
    {
        var tool = new ToolRun();
        var store = new ContentStore(tool.PathOf("store"));
        store.Put(new string('a', 64), "one/1", new byte[100]);
        store.Put(new string('b', 64), "one/1", new byte[1184]);
        store.Put(new string('c', 64), "two/1", new byte[130]);
        return tool;
    }
}
