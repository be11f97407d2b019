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

    internal static IEnumerable<string> Examples(string text) => Invocation().Matches(text).Select(m => m.Groups[1].Value.Trim());

    internal static void AssertParses(ToolRun tool, string example)
    {
        string[] arguments = [.. Word().Matches(example).Select(m => m.Value.Trim('"', '\''))];
        var root = CommandLine.Create(tool.Engine, tool.Context);
        var parsed = root.Parse(CommandLine.WithCommand(arguments, root));
        Assert.IsEmpty(UsageErrors.Of(parsed), $"dotnet quantize {example}: {string.Join(' ', UsageErrors.Of(parsed))}");
        Assert.AreNotSame(root, parsed.CommandResult.Command, example);
    }

    /// <summary>Up to a pipe, a redirection, a comment, or the end of a command in a command.</summary>
    [GeneratedRegex(@"dotnet quantize ((?:(?!\s#)[^|>)\n])+)")]
    private static partial Regex Invocation();

    [GeneratedRegex(@"""[^""]*""|'[^']*'|\S+")]
    private static partial Regex Word();

    [GeneratedRegex(@"^```(?:sh|bash|console|powershell)\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();
}
