using System.Text.RegularExpressions;

namespace QuantizeTasks.Tests.Documents;

/// <summary>Documents link to what is there.</summary>
[TestClass]
public sealed partial class LinkTests
{
    [TestMethod]
    public void Link_ToFileOrHeading_LeadsSomewhere()
    {
        var documents = Documents().ToArray();
        Assert.IsGreaterThan(20, documents.Length);
        var links = documents.SelectMany(d => Links().Matches(Text(d)).Select(m => (Document: d, Target: m.Groups[1].Value))).ToArray();
        Assert.IsGreaterThan(100, links.Length);
        string[] dead = [.. links.Where(l => !l.Target.Contains("://", StringComparison.Ordinal) && !LeadsSomewhere(l.Document, l.Target)).Select(l => $"{Path.GetRelativePath(Repository.Root, l.Document)}: {l.Target}")];
        Assert.IsEmpty(dead, string.Join("\n", dead));
    }

    [TestMethod]
    [DataRow("docs/none.md", false)]
    [DataRow("docs/tool.md#in-ci", true)]
    [DataRow("docs/tool.md#in-cj", false)]
    public void Link_OfAKind_IsJudged(string target, bool expected) =>
        Assert.AreEqual(expected, LeadsSomewhere(Path.Combine(Repository.Root, "README.md"), target));

    private static bool LeadsSomewhere(string document, string target)
    {
        var (file, heading) = target.Split('#') is [var path, var anchor] ? (path, anchor) : (target, "");
        var full = file.Length == 0 ? document : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(document)!, file));
        return (File.Exists(full) || Directory.Exists(full)) && (heading.Length == 0 || Headings().Matches(Text(full)).Any(m => Anchor(m.Groups[1].Value) == heading));
    }

    /// <summary>What GitHub makes of a heading.</summary>
    private static string Anchor(string heading) => NoAnchor().Replace(heading.Trim().ToLowerInvariant(), "").Replace(' ', '-');

    private static string Text(string path) => Fence().Replace(File.ReadAllText(path).ReplaceLineEndings("\n"), "");

    private static IEnumerable<string> Documents() => Directory.EnumerateFiles(Repository.Root, "*.md", SearchOption.AllDirectories)
        .Where(f => !Path.GetRelativePath(Repository.Root, f).Split(Path.DirectorySeparatorChar).Any(p => p is "bin" or "obj" or "artifacts" or "node_modules" or ".git"));

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Links();

    [GeneratedRegex(@"^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Headings();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NoAnchor();

    [GeneratedRegex(@"^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();
}
