using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace QuantizeTasks.Tests;

/// <summary>The files of samples/ci are read as the CI systems read them, and what they have the tool do can be done.</summary>
[TestClass]
public sealed partial class CiSamplesTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "samples", "ci");

    public static IEnumerable<object[]> Files() => Directory.EnumerateFiles(Folder, "*.yml", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(file => new object[] { Path.GetRelativePath(Folder, file) });

    [TestMethod]
    [DynamicData(nameof(Files))]
    public void File_EveryCommandOfTheTool_Parses(string file)
    {
        using var tool = new ToolRun();
        var commands = Commands(file);
        Assert.IsNotEmpty(commands);
        foreach (var command in commands)
        {
            ExampleTests.AssertParses(tool, command);
            foreach (var manifest in Manifest().Matches(command).Select(m => m.Value))
                Assert.IsTrue(System.IO.File.Exists(Path.Combine(Repository.Root, manifest)), $"{file} names {manifest}, which is not there");
        }
    }

    [TestMethod]
    [DynamicData(nameof(Files))]
    public void File_TheGate_IsOneRunThatPublishesEverythingItIsAskedFor(string file)
    {
        var gates = Commands(file).Where(c => c.Contains(" -o ", StringComparison.Ordinal)).ToArray();
        Assert.HasCount(1, gates);
        foreach (var option in new[] { "-o out", "--sarif out/quantize.sarif", "--markdown out/quantize.md" })
            StringAssert.Contains(gates[0], option);
        var texts = Texts(file);
        Assert.IsTrue(texts.Any(t => t == "out"), "the report is published");
        if (!file.StartsWith("gitlab", StringComparison.Ordinal))
            Assert.IsTrue(texts.Any(t => t == "out/quantize.sarif"), "so is the SARIF log");
        // What a gate must not be: skipped, or allowed to fail.
        Assert.IsFalse(texts.Any(t => t.Contains("continue-on-error", StringComparison.OrdinalIgnoreCase) || t.Contains("continueOnError", StringComparison.OrdinalIgnoreCase) || t == "allow_failure"));
    }

    [TestMethod]
    [DynamicData(nameof(Files))]
    public void File_Shards_AreExportedAndMergedUnderTheNameTheyHave(string file)
    {
        var commands = Commands(file);
        var sharded = commands.Any(c => c.Contains("--shard", StringComparison.Ordinal));
        Assert.AreEqual(sharded, commands.Any(c => c.Contains("--merge", StringComparison.Ordinal)));
        Assert.AreEqual(sharded, commands.Any(c => c.StartsWith("cache export", StringComparison.Ordinal) && c.Contains(".qtzcache", StringComparison.Ordinal)));
        Assert.AreEqual(file.Contains("sharded", StringComparison.Ordinal) || file.StartsWith("gitlab", StringComparison.Ordinal), sharded);
    }

    [TestMethod]
    public void Readme_EveryFile_IsNamed()
    {
        var text = System.IO.File.ReadAllText(Path.Combine(Folder, "README.md"));
        foreach (var file in Files().Select(f => ((string)f[0]).Replace('\\', '/')))
            StringAssert.Contains(text, $"({file})");
    }

    /// <summary>The commands that follow <c>dotnet quantize</c> in the scripts, with the CI system's own expressions filled in.</summary>
    private static string[] Commands(string file) =>
        [.. Texts(file).Where(t => t.Contains("dotnet quantize", StringComparison.Ordinal)).SelectMany(t => ExampleTests.Examples(Expression().Replace(t, "1")))];

    private static string[] Texts(string file)
    {
        using var reader = new StreamReader(Path.Combine(Folder, file));
        var yaml = new YamlStream();
        yaml.Load(reader);
        return [.. yaml.Documents.Single().AllNodes.OfType<YamlScalarNode>().Select(n => n.Value!)];
    }

    [GeneratedRegex(@"\$\{\{[^}]*\}\}|\$\([^)]*\)|\$[A-Z_]+")]
    private static partial Regex Expression();

    [GeneratedRegex(@"[\w./]+quantize\.yaml")]
    private static partial Regex Manifest();
}
