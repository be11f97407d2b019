using System.Globalization;
using System.Text;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Tests;

namespace QuantizeTasks.Manifest;

/// <summary>Damaged manifests are read, or refused with a diagnostic; nothing else may come out, because anything else is a stack trace in somebody's build.</summary>
[TestClass]
public sealed class ManifestFuzzTests
{
    private const string Valid = """
        # A comment.
        model: "models/m.onnx"
        output: int8/m.onnx
        data:
          validation:
            images: data/*.png
            labels: 'labels.csv'
            preprocess: &steps
              - resize: { shorter: 256, method: bicubic, antialias: false }
              - center_crop: { width: 224, height: 224 }
              - normalize: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, .225] }
              - layout: nchw
          calibration: { images: calib, preprocess: *steps }
        metrics:
          - name: accuracy@top1
            baseline_value: 7.1e-1
            params: { output: logits, ignore: [1, 2] }
        compression:
          target_device: CPU
          algorithms:
            - name: AccuracyAwareQuantization
              params:
                preset: mixed
                maximal_drop: 0.005
                ignored: { scope: [a, b], operations: [{ type: Mul }] }
                weights: { granularity: pertensor, bits: 8 }
                max_iter_num: 30
        """;

    private static readonly string[] Pieces =
        ["[", "]", "{", "}", ":", ": ", "- ", "? ", "&a ", "*a", "*steps", "<<: ", "!!str ", "!x ", "|", ">-", "'", "\"", "\\", "\\u", "#", " #", "%", "@", "`", "---", "...", "\t", "\n", "\r", "\0", "\u2028", "\ufeff", "~", "null", "\ud800", "é", "😀", ",", "..", "/", "1e999", "-", ".nan", "%YAML 1.3\n---\n"];

    [TestMethod]
    public void Parse_ValidText_IsRead() => Assert.AreEqual(0.71, ManifestTexts.Read(Valid).Metrics[0].BaselineValue!.Value);

    [TestMethod]
    public void Parse_RandomEdits_OnlyEverGiveDiagnostics()
    {
        var random = new Random(20240229);
        var read = 0;
        for (var round = 0; round < 3000; round++)
        {
            var text = new StringBuilder(Valid);
            for (var edits = 1 + random.Next(4); edits > 0; edits--)
                Edit(text, random);
            if (ReadsOrIsRefused(text.ToString()))
                read++;
        }

        Assert.IsTrue(read is > 100 and < 2900, string.Create(CultureInfo.InvariantCulture, $"{read} of 3000 were read: the edits are too harmless or too harmful to test much"));
    }

    [TestMethod]
    public void Parse_EveryPrefix_OnlyEverGivesDiagnostics()
    {
        for (var length = 0; length < Valid.Length; length++)
            _ = ReadsOrIsRefused(Valid[..length]);
    }

    [TestMethod]
    public void Read_RandomBytes_OnlyEverGiveDiagnostics()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(7);
        var valid = Encoding.UTF8.GetBytes(Valid);
        for (var round = 0; round < 200; round++)
        {
            var bytes = (byte[])valid.Clone();
            for (var edits = 1 + random.Next(4); edits > 0; edits--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            File.WriteAllBytes(folder.File("q.yaml"), bytes);
            try
            {
                _ = ManifestReader.Read(folder.File("q.yaml"));
            }
            catch (QuantizeException)
            {
            }
        }
    }

    private static void Edit(StringBuilder text, Random random)
    {
        var at = random.Next(text.Length);
        switch (random.Next(5))
        {
            case 0:
                text[at] = (char)random.Next(32, 127);
                break;
            case 1:
                text.Remove(at, Math.Min(1 + random.Next(12), text.Length - at));
                break;
            case 2:
                text.Insert(at, Pieces[random.Next(Pieces.Length)]);
                break;
            case 3:
                text.Insert(at, text.ToString(random.Next(text.Length / 2), 1 + random.Next(text.Length / 2)));
                break;
            default:
                text.Replace(Pieces[random.Next(Pieces.Length)], Pieces[random.Next(Pieces.Length)]);
                break;
        }
    }

    private static bool ReadsOrIsRefused(string text)
    {
        try
        {
            _ = ManifestTexts.Read(text);
            return true;
        }
        catch (QuantizeException e)
        {
            foreach (var diagnostic in e.Diagnostics)
            {
                Assert.StartsWith("QTZ1", diagnostic.Code);
                Assert.AreEqual(ManifestTexts.File, diagnostic.Position!.Value.File);
                Assert.IsFalse(diagnostic.Message.AsSpan().ContainsAny('\n', '\r', '\0'), diagnostic.Message);
            }

            return false;
        }
        catch (Exception e) when (e is not UnitTestAssertException)
        {
            Assert.Fail($"{e}\n{text}");
            return false;
        }
    }
}
