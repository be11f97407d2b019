using System.Text;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Locking;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Tests.Locking;

[TestClass]
public sealed class LockFileReaderTests : IDisposable
{
    private const string Text = """
        {
          "schemaVersion": 1,
          "manifest": "quantize.yaml",
          "entries": [
            {
              "variant": "",
              "output": {
                "path": "models/net.int8.onnx",
                "sha256": "00ff"
              },
              "decision": {
                "settings": "",
                "groups": {
                  "conv1": "int8",
                  "conv2": "float"
                },
                "int8": [
                  "conv1",
                  "conv2"
                ],
                "preset": null,
                "estimator": null,
                "scales": "aa"
              },
              "inputs": {
                "model": "bb",
                "tool": "1.0"
              },
              "metrics": [
                {
                  "name": "mae",
                  "float": 0.1,
                  "int8": 0.25,
                  "drop": 0.15,
                  "dropType": "absolute",
                  "budget": 0.5,
                  "samples": 64
                }
              ]
            }
          ]
        }

        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    public void Parse_WhatIsWritten_ComesBack()
    {
        var file = LockFileReader.Parse("/p/quantize.lock.json", Encoding.UTF8.GetBytes(Text));
        var entry = file.Entries.Single();
        Assert.AreEqual(("quantize.yaml", "", "models/net.int8.onnx", "00ff"), (file.Manifest, entry.Variant, entry.Output, entry.Sha256.Value));
        Assert.AreEqual(new SourcePosition("/p/quantize.lock.json", 9, 19), entry.Sha256.Position);
        Assert.AreEqual("float", entry.Decision.Groups["conv2"]);
        Assert.AreEqual("aa", entry.Decision.Scales);
        Assert.AreEqual(new SourcePosition("/p/quantize.lock.json", 26, 18), entry.Inputs["model"].Position);
        Assert.AreEqual(new LockedMetric("mae", 0.1, 0.25, 0.15, "absolute", 0.5, 64), entry.Metrics.Single());
        Assert.AreEqual(Text.ReplaceLineEndings("\n"), Encoding.UTF8.GetString(LockFileText.Of(file)), "written again it is the same text");
    }

    [TestMethod]
    public void Parse_ByteOrderMarkAndWindowsLineEnds_AreRead()
    {
        var bytes = Encoding.UTF8.GetPreamble().Concat(Encoding.UTF8.GetBytes(Text.ReplaceLineEndings("\r\n"))).ToArray();
        Assert.AreEqual(new SourcePosition("l", 9, 19), LockFileReader.Parse("l", bytes).Entries.Single().Sha256.Position);
    }

    [TestMethod]
    [DataRow("\"scales\": \"aa\"", "\"scales\": 3", 23, 19, "must be a text")]
    [DataRow("\"conv2\": \"float\"", "\"conv1\": \"float\"", 15, 11, "'conv1' stands here twice")]
    [DataRow("\"scales\": \"aa\"", "\"scale\": \"aa\"", 23, 18, "'scale' is unknown")]
    [DataRow("        \"scales\": \"aa\"\n", "        \"zebra\": \"aa\"\n", 23, 18, "'zebra' is unknown")]
    [DataRow("\"samples\": 64", "\"samples\": -64", 37, 22, "must be a whole number")]
    [DataRow("\"samples\": 64", "\"samples\": 6.5", 37, 22, "must be a whole number")]
    [DataRow("\"float\": 0.1", "\"float\": \"0.1\"", 32, 20, "must be a number or null")]
    [DataRow("\"float\": 0.1", "\"float\": 1e999", 32, 20, "number is too large")]
    [DataRow("\"float\": 0.1", "\"float\": NaN", 32, 20, "not JSON")]
    [DataRow("\"float\": 0.1", "\"float\": -Infinity", 32, 21, "not JSON")]
    [DataRow("\"float\": 0.1", "\"float\": \"NaN\"", 32, 20, "must be a number or null")]
    [DataRow("\"samples\": 64", "\"samples\": 9223372036854775808", 37, 22, "must be a whole number")]
    [DataRow("\"samples\": 64", "\"samples\": 1e308", 37, 22, "must be a whole number")]
    [DataRow("\"conv2\": \"float\"", "\"conv\\u0031\": \"float\"", 15, 11, "'conv1' stands here twice")]
    [DataRow("\"drop\": 0.15", "\"drop\": 0.15, \"drop\": 0", 34, 25, "'drop' stands here twice")]
    [DataRow("    }\n  ]", "    }\n  ],\n  \"entries\": []", 42, 3, "'entries' stands here twice")]
    [DataRow("\"conv2\"\n        ],", "\"conv2\",\n        ],", 20, 9, "not JSON")]
    [DataRow("\"schemaVersion\": 1", "\"schemaVersion\": 2", 2, 20, "schemaVersion 2, and this version of the quantizer reads 1")]
    [DataRow("\"schemaVersion\": 1", "\"schemaVersion\": 0", 2, 20, "there is no schemaVersion 0")]
    [DataRow("        \"preset\": null,\n", "<<<<<<< HEAD\n        \"preset\": null,\n=======\n", 21, 1, "merge conflict")]
    [DataRow("\"entries\": [", "\"entries\": {", 5, 5, "not JSON")]
    [DataRow("\"manifest\": \"quantize.yaml\"", "\"manifest\": null", 3, 15, "must be a text")]
    public void Parse_Damage_HasItsPlace(string right, string wrong, int line, int column, string message)
    {
        var text = Text.ReplaceLineEndings("\n");
        Assert.Contains(right, text, "or this tests nothing");
        var error = Assert.ThrowsExactly<QuantizeException>(() => LockFileReader.Parse("/p/q.lock.json", Encoding.UTF8.GetBytes(text.Replace(right, wrong, StringComparison.Ordinal)))).Diagnostics.Single();
        Assert.AreEqual(DiagnosticCodes.LockFileInvalid, error.Code);
        Assert.Contains(message, error.Message);
        Assert.AreEqual(new SourcePosition("/p/q.lock.json", line, column), error.Position);
    }

    [TestMethod]
    public void Parse_EveryPrefixAndManyFlippedBytes_IsReadOrAnErrorOfItsCode()
    {
        var bytes = Encoding.UTF8.GetBytes(Text);
        var random = new Random(7);
        var refused = 0;
        for (var i = 0; i < 400; i++)
        {
            var damaged = i < 200 ? bytes[..(bytes.Length * i / 200)] : [.. bytes];
            if (i >= 200)
                damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                LockFileReader.Parse("l", damaged);
                Assert.IsGreaterThanOrEqualTo(200, i, "a file that is cut off is never whole");
            }
            catch (QuantizeException e)
            {
                Assert.AreEqual(DiagnosticCodes.LockFileInvalid, e.Diagnostics.Single().Code);
                refused++;
            }
        }
        Assert.IsGreaterThan(250, refused, "what is cut off, and much of what is flipped");
    }

    [TestMethod]
    public void Parse_TwoEntriesOfOneVariant_IsAnErrorAtTheSecond()
    {
        var file = LockFileReader.Parse("l", Encoding.UTF8.GetBytes(Text));
        var twice = LockFileText.Of(file with { Entries = [file.Entries[0], file.Entries[0]] });
        var error = Assert.ThrowsExactly<QuantizeException>(() => LockFileReader.Parse("l", twice)).Diagnostics.Single();
        Assert.AreEqual(new SourcePosition("l", 41, 5), error.Position);
    }

    [TestMethod]
    public void TryRead_NoFile_IsNull() => Assert.IsNull(LockFileReader.TryRead(_folder.File("none.lock.json"), "quantize.yaml"));

    [TestMethod]
    public void TryRead_OfAnotherManifest_IsAnError()
    {
        var path = Write(Text);
        Assert.Contains("belongs to the manifest 'quantize.yaml'", Failure(path, "quantize.yml").Message);
    }

    [TestMethod]
    public void TryRead_FolderInItsPlace_IsAnError() => Assert.Contains("folder", Failure(Directory.CreateDirectory(_folder.File("d.lock.json")).FullName, "quantize.yaml").Message);

    [TestMethod]
    public void TryRead_HugeFile_IsRefusedBeforeItIsRead()
    {
        var path = _folder.File("huge.lock.json");
        using (var stream = File.Create(path))
            stream.SetLength(1L << 33);
        Assert.Contains("too large", Failure(path, "quantize.yaml").Message);
    }

    [TestMethod]
    public void Parse_DeepNesting_IsAnErrorAndNoStackOverflow() =>
        Assert.ThrowsExactly<QuantizeException>(() => LockFileReader.Parse("l", Encoding.UTF8.GetBytes(new string('[', 100_000))));

    [TestMethod]
    public void Write_SameEntryInACheckoutWithWindowsLineEnds_LeavesTheFileAlone()
    {
        var path = Write(Text.ReplaceLineEndings("\r\n"));
        var entry = LockFileReader.TryRead(path, "quantize.yaml")!.Entries.Single();
        Assert.IsNull(LockFileWriter.Write(path, "quantize.yaml", entry, entry, null));
        Assert.Contains("\r\n", File.ReadAllText(path));
    }

    [TestMethod]
    public void Write_FileWasChangedMeanwhile_IsLeftAloneWithAWarning()
    {
        var path = Write(Text);
        var entry = LockFileReader.TryRead(path, "quantize.yaml")!.Entries.Single();
        var edited = Write(Text.Replace("0.25", "0.26", StringComparison.Ordinal));
        var warning = LockFileWriter.Write(edited, "quantize.yaml", entry with { Output = "other" }, entry, null)!;
        Assert.AreEqual((DiagnosticCodes.LockNotWritten, DiagnosticSeverity.Warning), (warning.Code, warning.Severity));
        Assert.Contains("0.26", File.ReadAllText(edited));
    }

    [TestMethod]
    public void Write_OtherVariant_KeepsTheEntriesOfOthersSorted()
    {
        var path = Write(Text);
        var entry = LockFileReader.TryRead(path, "quantize.yaml")!.Entries.Single();
        foreach (var variant in new[] { "net10.0", "alpha" })
            Assert.IsNull(LockFileWriter.Write(path, "quantize.yaml", entry with { Variant = variant, Sha256 = new Located<string>(variant, default) }, null, null));
        CollectionAssert.AreEqual(new[] { "", "alpha", "net10.0" }, LockFileReader.TryRead(path, "quantize.yaml")!.Entries.Select(e => e.Variant).ToArray());
    }

    [TestMethod]
    public void Write_WithATime_HasIt()
    {
        var path = _folder.File("new", "q.lock.json");
        var time = new DateTime(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc);
        var entry = LockFileReader.Parse("l", Encoding.UTF8.GetBytes(Text)).Entries.Single();
        Assert.IsNull(LockFileWriter.Write(path, "quantize.yaml", entry, null, time));
        Assert.AreEqual(time, File.GetLastWriteTimeUtc(path));
    }

    private string Write(string text)
    {
        File.WriteAllText(_folder.File("quantize.lock.json"), text);
        return _folder.File("quantize.lock.json");
    }

    private static Diagnostic Failure(string path, string manifest)
    {
        var error = Assert.ThrowsExactly<QuantizeException>(() => LockFileReader.TryRead(path, manifest)).Diagnostics.Single();
        Assert.AreEqual(DiagnosticCodes.LockFileInvalid, error.Code);
        return error;
    }
}
