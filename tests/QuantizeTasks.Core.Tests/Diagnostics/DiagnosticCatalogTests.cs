using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using QuantizeTasks.Tests;

namespace QuantizeTasks.Diagnostics;

[TestClass]
public sealed partial class DiagnosticCatalogTests
{
    private static readonly (string Digit, string Area)[] Areas =
        [("1", "Manifest"), ("2", "Accuracy"), ("3", "Runtime"), ("4", "Model"), ("5", "Data"), ("6", "Files and cache"), ("7", "Build integration"), ("9", "Internal")];

    [TestMethod]
    public void Entries_Codes_AreAscendingAndComplete()
    {
        var codes = DiagnosticCatalog.Entries.Select(e => e.Code).ToArray();
        CollectionAssert.AreEqual(codes.Order(StringComparer.Ordinal).Distinct().ToArray(), codes);
        var constants = typeof(DiagnosticCodes).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (string)f.GetRawConstantValue()!).ToArray();
        Assert.IsGreaterThan(30, constants.Length);
        CollectionAssert.IsSubsetOf(constants, codes);
        CollectionAssert.AllItemsAreUnique(constants);
    }

    [TestMethod]
    public void Entries_EveryCodeThatTheSourcesName_IsThereAndTheOtherWayRound()
    {
        var catalog = Path.Combine("Diagnostics", "DiagnosticCatalog.cs");
        var named = new[] { "src", "build" }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.*", SearchOption.AllDirectories))
            .Where(file => Path.GetExtension(file) is ".cs" or ".targets" or ".props" or ".csproj" && !IsBuilt(file) && !file.EndsWith(catalog, StringComparison.Ordinal))
            .SelectMany(file => Code().Matches(File.ReadAllText(file)).Select(m => m.Value))
            .Where(code => code != "QTZ0000") // no code, but what a build has for a warning of any code
            .Distinct().Order(StringComparer.Ordinal).ToArray();
        CollectionAssert.AreEqual(named, DiagnosticCatalog.Entries.Select(e => e.Code).ToArray());
    }

    [TestMethod]
    [DataRow("QTZ1001", 2)]
    [DataRow("QTZ2001", 4)]
    [DataRow("QTZ3090", 5)]
    [DataRow("QTZ4008", 3)]
    [DataRow("QTZ5001", 6)]
    [DataRow("QTZ6001", 70)]
    [DataRow("QTZ7101", 1)]
    [DataRow("QTZ9001", 70)]
    [DataRow("QTZ8001", 70)]
    [DataRow("QTZ", 70)]
    [DataRow("CS0001", 70)]
    [DataRow("", 70)]
    public void For_Code_FollowsTheArea(string code, int expected) => Assert.AreEqual(expected, ExitCodes.For(code));

    [TestMethod]
    public void Find_UnknownCode_IsNull()
    {
        Assert.IsNull(DiagnosticCatalog.Find("QTZ0000"));
        Assert.AreEqual("Unknown key", DiagnosticCatalog.Find("QTZ1003")!.Title);
    }

    [TestMethod]
    public void Documentation_IsTheCatalog() => GeneratedDocument.Check("docs/diagnostics.md", Document());

    [TestMethod]
    public void Pages_EveryCode_HasOneThatIsTheCatalog()
    {
        var folder = Path.Combine(Repository.Root, "docs", "diagnostics");
        foreach (var entry in DiagnosticCatalog.Entries)
            GeneratedDocument.Check($"docs/diagnostics/{entry.Code}.md", Page(entry));
        var known = DiagnosticCatalog.Entries.Select(e => e.Code + ".md").ToHashSet(StringComparer.Ordinal);
        Assert.IsEmpty(Directory.EnumerateFiles(folder).Select(file => Path.GetFileName(file)!).Where(name => !known.Contains(name)), "pages of codes that are gone");
    }

    [TestMethod]
    public void Examples_EveryOne_IsOfACodeThatIsThereInTheFormOfTheLog()
    {
        CollectionAssert.AreEqual(DiagnosticCatalog.Entries.Select(e => e.Code).ToArray(), DiagnosticExamples.Texts.Keys.ToArray(), "codes without an example");
        foreach (var (code, text) in DiagnosticExamples.Texts)
        {
            Assert.IsNotNull(DiagnosticCatalog.Find(code), code);
            StringAssert.Matches(text, new Regex($@"^(\S+(\(\d+,\d+\))?: )?(error|warning|info) {code}: \S.*$"), code);
        }
    }

    private static string Page(DiagnosticDescription entry)
    {
        var area = Areas.Single(a => entry.Code[3..].StartsWith(a.Digit, StringComparison.Ordinal)).Area;
        var example = DiagnosticExamples.Texts[entry.Code];
        var exit = $"as the first error of a run its exit code is {entry.ExitCode.ToString(CultureInfo.InvariantCulture)}";
        var kind = example.Contains($"info {entry.Code}: ", StringComparison.Ordinal) ? "a message, which fails nothing"
            : example.Contains($"warning {entry.Code}: ", StringComparison.Ordinal) ? $"usually a warning, which is an error only for a build that is told so (`-warnaserror`); {exit}"
            : exit;
        return $"# {entry.Code}: {entry.Title}\n\n{area}; {kind}.\n\n## What it means\n\n{entry.Explanation}\n\n## For example\n\n```\n{example}\n```\n\n## What to do\n\n{entry.Remedy}\n\n[All diagnostics](../diagnostics.md). `dotnet quantize explain {entry.Code}` says this in a terminal.\n";
    }

    private static string Document()
    {
        var text = new StringBuilder("""
            # Diagnostics

            Every error and warning has a stable code and, where there is one, the file, line and column that it is about. In a build it appears as an MSBuild error or warning, so an IDE jumps
            to the place; the tool prints it in the same form. Several mistakes in one manifest are reported together. Each code also has a page of its own with an example, such as
            [QTZ2001](diagnostics/QTZ2001.md).

            The first digit is the area, and the area of the first error is the tool's exit code:

            | exit code | meaning |
            |---|---|
            | 0 | the int8 model was delivered and is within its budget |
            | 1 | the command line or the job is wrong (QTZ7) |
            | 2 | the manifest is wrong (QTZ1) |
            | 3 | the model is wrong (QTZ4) |
            | 4 | the budget is exceeded, or cannot be decided (QTZ2) |
            | 5 | ONNX Runtime is missing or failed (QTZ3) |
            | 6 | the data is missing or wrong (QTZ5) |
            | 7 | the lock file is missing or damaged, or something is not as it says (QTZ601) |
            | 70 | a folder cannot be used (other QTZ6), or the quantizer has a defect (QTZ9) |
            | 130 | the run was cancelled |

            <!-- Written by DiagnosticCatalogTests from DiagnosticCatalog.cs. -->

            """);
        foreach (var (digit, area) in Areas)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {area} (QTZ{digit})\n");
            foreach (var entry in DiagnosticCatalog.Entries.Where(e => e.Code[3..].StartsWith(digit, StringComparison.Ordinal)))
                text.Append(CultureInfo.InvariantCulture, $"\n### {entry.Code}: {entry.Title}\n\n{entry.Explanation}\n\n**What to do:** {entry.Remedy}\n");
        }

        return text.ToString();
    }

    internal static bool IsBuilt(string file) => file.Split(Path.DirectorySeparatorChar).Any(p => p is "bin" or "obj" or "artifacts");

    [GeneratedRegex(@"QTZ[0-9]{4}")]
    private static partial Regex Code();
}
