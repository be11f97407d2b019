using System.Text.RegularExpressions;
using QuantizeTasks.Tests;

namespace QuantizeTasks.Diagnostics;

/// <summary>The examples of the documentation say what the program says: every word of one that is no name or number stands in a text of the sources.</summary>
[TestClass]
public sealed partial class DiagnosticExamplesTests
{
    /// <summary>Single words between two holes say nothing of a text; nor do units and names of metrics.</summary>
    private static readonly HashSet<string> Common = new("all an and as at be but by for from has have in into is it mae ms no not of on or than that the to was were which with".Split(' '), StringComparer.Ordinal);

    private static readonly string[] Pieces = [.. SourceTexts.PiecesOf(
        new[] { "src", "build" }.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.*", SearchOption.AllDirectories))
            .Where(file => Path.GetExtension(file) is ".cs" or ".targets" or ".props" && !DiagnosticCatalogTests.IsBuilt(file) && Path.GetFileName(file) is not ("DiagnosticExamples.cs" or "DiagnosticCatalog.cs")))
        .Select(piece => piece.Trim()).Where(piece => Word().Count(piece) > 1 || Word().Matches(piece).Any(word => word.Length >= 4))];

    /// <summary>What comes from elsewhere: the operating system, ONNX Runtime, a name.</summary>
    private static readonly Dictionary<string, string> Foreign = new(StringComparer.Ordinal)
    {
        [DiagnosticCodes.RuntimeNotFound] = "cannot open shared object file",
        [DiagnosticCodes.RuntimeRejectedModel] = "Fatal error: com.example:MyOperator(-1) is not a registered function/op",
        [DiagnosticCodes.RuntimeRunFailed] = "Got invalid dimensions for input: image for the following indices",
        [DiagnosticCodes.PluginFailed] = "Index was outside the bounds of the array",
        [DiagnosticCodes.StoreUnusable] = "Read-only file system",
        [DiagnosticCodes.OutputNotWritable] = "No space left on device",
        [DiagnosticCodes.LockNotWritten] = "Read-only file system",
    };

    public static IEnumerable<string[]> Examples => DiagnosticExamples.Texts.Select(t => new[] { t.Key, t.Value });

    [TestMethod]
    [DynamicData(nameof(Examples))]
    public void Texts_EveryWord_IsInTheSources(string code, string example)
    {
        var message = Head().Replace(example, "");
        Assert.AreNotEqual(example, message);
        Assert.AreEqual("", string.Join(" ", Unknown(message.Replace(Foreign.GetValueOrDefault(code) ?? "\0", "", StringComparison.Ordinal))), example);
    }

    [TestMethod]
    public void Texts_AnotherWord_IsFound()
    {
        Assert.IsEmpty(Unknown("There is no manifest '/app/quantize.yaml'."));
        CollectionAssert.Contains(Unknown("There is sadly no manifest '/app/quantize.yaml'.").ToArray(), "sadly");
    }

    private static IEnumerable<string> Unknown(string message)
    {
        var isKnown = new bool[message.Length];
        foreach (var piece in Pieces)
            for (var at = message.IndexOf(piece, StringComparison.Ordinal); at >= 0; at = message.IndexOf(piece, at + 1, StringComparison.Ordinal))
                Array.Fill(isKnown, true, at, piece.Length);
        foreach (Match name in Quoted().Matches(message))
            Array.Fill(isKnown, true, name.Index, name.Length);
        return Token().Matches(message).Where(token => Word().Match(token.Value).Length == token.Length && !Common.Contains(token.Value.ToLowerInvariant()) && isKnown.AsSpan(token.Index, token.Length).Contains(false)).Select(t => t.Value);
    }

    [GeneratedRegex("^(.*: )?(error|warning|info) QTZ[0-9]{4}: ")]
    private static partial Regex Head();

    [GeneratedRegex("'[^']*'|`[^`]*`")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"(?<=^|[\s(])[^\s(]+?(?=[.,;:)]*(\s|$))")]
    private static partial Regex Token();

    [GeneratedRegex("[A-Za-z]?[a-z]+")]
    private static partial Regex Word();
}
