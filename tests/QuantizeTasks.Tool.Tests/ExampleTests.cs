using System.Text.RegularExpressions;
using QuantizeTasks.Tool;

namespace QuantizeTasks.Tests;

/// <summary>What help and documentation tell people to type can be typed.</summary>
[TestClass]
public sealed partial class ExampleTests
{
    [TestMethod]
    public void Help_EveryCommand_HasAFewExamplesThatParse()
    {
        using var tool = new ToolRun();
        foreach (var command in CommandLine.Create(tool.Engine, tool.Context).Subcommands)
        {
            using var help = new ToolRun();
            Assert.AreEqual(0, help.Run(command.Name, "--help"), help.Error);
            var examples = Examples(help.Out[help.Out.IndexOf("Examples:", StringComparison.Ordinal)..]).ToArray();
            Assert.IsTrue(examples.Length is >= 2 and <= 5, $"{command.Name} has {examples.Length} examples");
            foreach (var example in examples)
                AssertParses(tool, example);
        }
    }

    [TestMethod]
    [DataRow("docs/tool.md", 8)]
    [DataRow("README.md", 3)]
    public void Document_EveryCommandInABlock_Parses(string document, int least)
    {
        using var tool = new ToolRun();
        var blocks = Fence().Matches(File.ReadAllText(Path.Combine(Repository.Root, document)).ReplaceLineEndings("\n")).Select(m => m.Groups[1].Value);
        string[] examples = [.. blocks.SelectMany(Examples)];
        Assert.IsGreaterThanOrEqualTo(least, examples.Length);
        foreach (var example in examples)
            AssertParses(tool, example);
    }

    /// <summary>With a scripted quantizer that costs nothing; what needs a cache of other machines or a lock file has tests of its own.</summary>
    [TestMethod]
    public void Document_EveryPlainExample_Runs()
    {
        var commands = new HashSet<string>(StringComparer.Ordinal) { "run", "evaluate", "inspect", "rank", "compare", "bench", "explain", "completion", "version", "init", "quantize.yaml", "models/mobilenet.onnx" };
        var text = File.ReadAllText(Path.Combine(Repository.Root, "docs/tool.md")).ReplaceLineEndings("\n");
        var ran = new List<string>();
        foreach (var example in Fence().Matches(text).SelectMany(m => Examples(m.Groups[1].Value)))
        {
            var arguments = Words(example);
            if (!commands.Contains(arguments[0]) || arguments.Any(a => a is "--merge" or "--shard" or "--sarif" or "--markdown" or "--job" or "--locked-mode" or "--verify" or "--lock-file" or "--plugins" or "--variant"))
                continue;
            using var tool = ComparisonCommandsTests.Scripted();
            tool.Input = new MemoryStream([1]);
            if (arguments[0] == "init")
                File.Delete(tool.PathOf("quantize.yaml"));
            Assert.AreEqual(0, tool.Run(arguments), $"dotnet quantize {example}: {tool.Error}");
            ran.Add(arguments[0]);
        }
        CollectionAssert.IsSubsetOf(commands.ToArray(), ran, "each command has an example that runs");
    }

    internal static IEnumerable<string> Examples(string text) => Invocation().Matches(text).Select(m => m.Groups[1].Value.Trim());

    internal static void AssertParses(ToolRun tool, string example)
    {
        var arguments = Words(example);
        var root = CommandLine.Create(tool.Engine, tool.Context);
        var parsed = root.Parse(CommandLine.WithCommand(arguments, root));
        Assert.IsEmpty(UsageErrors.Of(parsed), $"dotnet quantize {example}: {string.Join(' ', UsageErrors.Of(parsed))}");
        Assert.AreNotSame(root, parsed.CommandResult.Command, example);
    }

    private static string[] Words(string example) => [.. Word().Matches(example).Select(m => m.Value.Trim('"', '\''))];

    /// <summary>Up to a pipe, a redirection, a comment, or the end of a command in a command.</summary>
    [GeneratedRegex(@"dotnet quantize ((?:(?!\s#)[^|>)\n])+)")]
    private static partial Regex Invocation();

    [GeneratedRegex(@"""[^""]*""|'[^']*'|\S+")]
    private static partial Regex Word();

    [GeneratedRegex(@"^```(?:sh|bash|console|powershell)\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();
}
