using System.Text;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Manifest.Json;

namespace QuantizeTasks.Tests.Pot;

/// <summary>Whatever a configuration says, it is a manifest or an error with a code, never another exception.</summary>
[TestClass]
public sealed class PotFuzzTests : IDisposable
{
    private const string Configuration = """
        {
          "model": { "model_name": "tiny", "model": "model.onnx", "weights": null }, // x
          "engine": {
            "type": "accuracy_checker", "launchers": [ { "framework": "dlsdk", "adapter": { "type": "classification" }, "inputs": [ { "name": "x", "type": "INPUT" } ] } ],
            "datasets": [ {
              "data_source": "images", "reader": { "type": "opencv_imread", "reading_flag": "color" }, "subsample_size": 3,
              "annotation_conversion": { "converter": "imagenet", "annotation_file": "val.txt" },
              "preprocessing": [ { "type": "resize", "size": 16 }, { "type": "padding", "size": 20, "pad_value": 0 }, { "type": "crop", "size": 16 }, { "type": "normalization", "mean": [1, 2, 3], "std": 4.5 } ],
              "metrics": [ { "name": "a", "type": "accuracy", "top_k": 2 } ]
            } ]
          },
          "compression": { "target_device": "ANY", "algorithms": [ { "name": "AccuracyAwareQuantization", "params": { "metrics": [ { "name": "a", "baseline_value": 0.5 } ], "maximal_drop": 0.02 } } ] }
        }
        """;

    private static readonly string[] Pieces = ["null", "[]", "{}", "\"\"", "-1", "1e999", "true", "\"x\"", "[[[]]]", "{\"type\":5}", "\"\\ud800\"", ",", "}", "]", "\"", "//", "/*", "\u0000", "\uFEFF", "9999999999999999999999"];

    private readonly PotProject _project = new();

    public void Dispose() => _project.Dispose();

    [TestMethod]
    public void Read_AnyChangeOfAConfiguration_IsAManifestOrAnError()
    {
        var random = new Random(7);
        var (manifests, errors) = (0, 0);
        for (var round = 0; round < 600; round++)
        {
            var text = new StringBuilder(Configuration);
            for (var change = random.Next(1, 4); change > 0; change--)
            {
                var at = random.Next(text.Length);
                var length = Math.Min(random.Next(12), text.Length - at);
                text.Remove(at, length);
                if (random.Next(3) > 0)
                    text.Insert(at, Pieces[random.Next(Pieces.Length)]);
            }
            // Every other round replaces one whole value, which leaves the JSON valid.
            var json = round % 2 == 0 ? text.ToString() : Replaced(random);
            try
            {
                _project.Read(json);
                manifests++;
            }
            catch (QuantizeException e)
            {
                errors++;
                Assert.IsTrue(e.Diagnostics.All(d => d.Code.StartsWith("QTZ", StringComparison.Ordinal) && d.Message.Length > 0), json);
            }
        }
        Assert.IsGreaterThan(20, manifests);
        Assert.IsGreaterThan(300, errors);
    }

    [TestMethod]
    [DataRow("{ \"a\": 1, \"b\": 2, «\"a\": 3 }", DiagnosticCodes.ConflictingKeys)]
    [DataRow("{ \"a\": 1 } «{ }", DiagnosticCodes.ManifestSyntax)]
    [DataRow("«[ 1 ]", DiagnosticCodes.ManifestSyntax)]
    [DataRow("{ \"ä\": «x }", DiagnosticCodes.ManifestSyntax)]
    public void Parse_NotOneObject_SaysWhere(string marked, string code)
    {
        var (text, marks) = ManifestTexts.Unmark(marked);
        var error = Assert.ThrowsExactly<QuantizeException>(() => JsonTree.Parse("/p/pot.json", text)).Diagnostics.Single();
        Assert.AreEqual(code, error.Code);
        Assert.AreEqual(marks[0], (error.Position!.Value.Line, error.Position.Value.Column), error.ToString());
    }

    [TestMethod]
    public void Parse_DeepOrLarge_IsRefused()
    {
        Assert.AreEqual(DiagnosticCodes.ManifestSyntax, Assert.ThrowsExactly<QuantizeException>(() => JsonTree.Parse("f", "{ \"a\": " + new string('[', 10_000))).Diagnostics[0].Code);
        Assert.AreEqual(DiagnosticCodes.ManifestSyntax, Assert.ThrowsExactly<QuantizeException>(() => JsonTree.Parse("f", "{ \"a\": [" + string.Join(',', Enumerable.Repeat("1", 60_000)) + "] }")).Diagnostics[0].Code);
        Assert.AreEqual(DiagnosticCodes.ManifestSyntax, Assert.ThrowsExactly<QuantizeException>(() => JsonTree.Parse("f", "")).Diagnostics[0].Code);
    }

    private static string Replaced(Random random)
    {
        string[] values = ["null", "[]", "{}", "\"\"", "-1", "1e999", "true", "\"x\"", "[[[]]]", "{\"type\":5}", "[null]"];
        var colons = Enumerable.Range(0, Configuration.Length - 1).Where(i => Configuration[i] == ':' && Configuration[i - 1] == '"').ToArray();
        var start = colons[random.Next(colons.Length)] + 1;
        var (end, depth) = (start, 0);
        for (; end < Configuration.Length; end++)
        {
            if (depth == 0 && Configuration[end] is ',' or '}' or ']' && depth == 0)
                break;
            depth += Configuration[end] is '{' or '[' ? 1 : Configuration[end] is '}' or ']' ? -1 : 0;
        }
        return Configuration[..start] + " " + values[random.Next(values.Length)] + " " + Configuration[end..];
    }
}
