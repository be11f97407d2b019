using System.Text;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Tests;

namespace QuantizeTasks.Manifest;

/// <summary>What is not a manifest at all, and what YAML allows beyond a plain tree.</summary>
[TestClass]
public sealed class ManifestSyntaxTests
{
    private const string Valid = "model: m.onnx\ndata: { validation: { images: v } }\nmetrics: [{ name: psnr }]\n";

    [TestMethod]
    [DataRow("«[a, b]", "this is a list")]
    [DataRow("«model", "this is 'model'")]
    [DataRow("«'model: x'", "this is the quoted text")]
    [DataRow(Valid + "«---\nmodel: n.onnx\n", "several YAML documents")]
    [DataRow("model: m.onnx\n«\tdata: x", "indented with a tab")]
    [DataRow("data:\n# a\tb\n«\tvalidation: x", "indented with a tab")]
    [DataRow("data: [a«, b\nmodel: x\n", "not closed")]
    [DataRow("model: «@x", "not valid YAML")]
    [DataRow("model: «\"m.onnx\ndata: x\n", "not valid YAML")]
    [DataRow("model: a«: b", "not valid YAML")]
    [DataRow("model: m.onnx\n«data", "not valid YAML")]
    [DataRow("«<<: { a: b }\nmodel: m", "merge keys")]
    [DataRow("a: &a { b: c }\nd:\n  «<<: *a", "merge keys")]
    [DataRow("model: «*nowhere", "There is no anchor '&nowhere'")]
    [DataRow("a: &a [«*a]", "There is no anchor '&a'")]
    [DataRow("model: «!!binary aGVsbG8=", "tag")]
    [DataRow("model: «!secret x", "tag")]
    [DataRow("? «[a, b]\n: c", "A key must be plain text.", DisplayName = "complex key")]
    public void Parse_NotAManifest_SaysWhere(string marked, string message)
    {
        var (text, marks) = ManifestTexts.Unmark(marked);
        var error = Assert.ThrowsExactly<QuantizeException>(() => ManifestTexts.Read(text)).Diagnostics.Single();
        Assert.AreEqual(DiagnosticCodes.ManifestSyntax, error.Code);
        StringAssert.Contains(error.Message, message);
        Assert.AreEqual(marks[0], (error.Position!.Value.Line, error.Position.Value.Column), error.ToString());
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("\n \n")]
    [DataRow("# only a comment\n")]
    [DataRow("---\n")]
    [DataRow("---\n...\n")]
    [DataRow("~")]
    public void Parse_Nothing_SaysSo(string text)
    {
        var error = Assert.ThrowsExactly<QuantizeException>(() => ManifestTexts.Read(text)).Diagnostics.Single();
        Assert.AreEqual(new Diagnostic(DiagnosticCodes.ManifestSyntax, DiagnosticSeverity.Error, "The manifest is empty. It needs at least 'model', 'data' and 'metrics'.", new SourcePosition(ManifestTexts.File)), error);
    }

    [TestMethod]
    public void Parse_AliasesThatMultiply_AreBounded()
    {
        var text = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (var i = 1; i < 30; i++)
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"a{i}: &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 10))}]\n");
        var error = Assert.ThrowsExactly<QuantizeException>(() => ManifestTexts.Read(text.ToString()));
        StringAssert.Contains(error.Message, "those that aliases repeat included");
    }

    [TestMethod]
    [DataRow("[")]
    [DataRow("{ a: ")]
    [DataRow("- ")]
    [DataRow("? ")]
    public void Parse_DeepNesting_IsAnErrorAndNoStackOverflow(string open)
    {
        var error = Assert.ThrowsExactly<QuantizeException>(() => ManifestTexts.Read("a: " + (open == "- " ? "\n" : "") + string.Concat(Enumerable.Repeat(open, 100_000))));
        Assert.AreEqual(DiagnosticCodes.ManifestSyntax, error.Diagnostics[0].Code);
    }

    [TestMethod]
    public void Parse_LinesWithCarriageReturns_HaveTheSamePositions()
    {
        var error = Assert.ThrowsExactly<QuantizeException>(() => ManifestTexts.Read((Valid + "extra: 1\n").ReplaceLineEndings("\r\n")));
        Assert.AreEqual(new SourcePosition(ManifestTexts.File, 4, 1), error.Diagnostics.Single().Position);
        Assert.AreEqual("psnr", ManifestTexts.Read(Valid.ReplaceLineEndings("\r\n")).Metrics[0].Name.Value);
    }

    [TestMethod]
    public void Parse_BlockTextAndFoldedText_AreText()
    {
        var manifest = ManifestTexts.Read(Valid + "compression: { algorithms: [ { name: DefaultQuantization, params: { ignored: { scope: ['it''s', \"a\\u0041\"] } } } ] }\noutput: >-\n  m8.onnx\n");
        Assert.AreEqual("m8.onnx", manifest.Output.Value);
        CollectionAssert.AreEqual(new[] { "it's", "aA" }, manifest.Compression.Quantization.Ignored.Scope.Select(s => s.Value).ToArray());
    }

    [TestMethod]
    public void Read_ByteOrderMark_IsSkippedAndDoesNotShiftColumns()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("q.yaml"), "extra: 1\n" + Valid, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        var error = Assert.ThrowsExactly<QuantizeException>(() => ManifestReader.Read(folder.File("q.yaml")));
        Assert.AreEqual(new SourcePosition(folder.File("q.yaml"), 1, 1), error.Diagnostics.Single().Position);
    }

    [TestMethod]
    public void Read_NotUtf8_SaysTheLine()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("q.yaml"), [.. "model: m.onnx\n# "u8, 0xE4, .. "\n"u8]);
        var error = Assert.ThrowsExactly<QuantizeException>(() => ManifestReader.Read(folder.File("q.yaml")));
        StringAssert.Contains(error.Message, "not valid UTF-8");
        Assert.AreEqual(2, error.Diagnostics.Single().Position!.Value.Line);
    }

    [TestMethod]
    public void Read_Utf16_IsAnErrorThatSaysUtf8()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("q.yaml"), Valid, Encoding.Unicode);
        StringAssert.Contains(Assert.ThrowsExactly<QuantizeException>(() => ManifestReader.Read(folder.File("q.yaml"))).Message, "UTF-8");
    }

    [TestMethod]
    public void Read_HugeFile_IsRefused()
    {
        using var folder = new TemporaryFolder();
        using (var stream = File.Create(folder.File("q.yaml")))
            stream.SetLength(3L << 30);
        var error = Assert.ThrowsExactly<QuantizeException>(() => ManifestReader.Read(folder.File("q.yaml")));
        StringAssert.Contains(error.Message, "larger than 1048576 bytes");
    }

    [TestMethod]
    public void Read_NoFileOrAFolder_IsManifestNotFound()
    {
        using var folder = new TemporaryFolder();
        foreach (var path in new[] { folder.File("none.yaml"), folder.File("none", "none.yaml"), folder.Path })
        {
            var error = Assert.ThrowsExactly<QuantizeException>(() => ManifestReader.Read(path));
            Assert.AreEqual(DiagnosticCodes.ManifestNotFound, error.Diagnostics.Single().Code);
            Assert.AreEqual(path, error.Diagnostics[0].Position!.Value.File);
        }
    }
}
