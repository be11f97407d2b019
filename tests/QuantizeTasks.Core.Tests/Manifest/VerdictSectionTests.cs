using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Manifest;

/// <summary>What a verdict is about, as a manifest says it.</summary>
[TestClass]
public sealed class VerdictSectionTests
{
    private const string Start = """
        model: m.onnx
        data:
          validation: { images: val, labels: val.csv }

        """;

    [TestMethod]
    public void Parse_Everything_IsInTheRecords()
    {
        var manifest = Parse("""
              certify: { holdout: 0.3, seed: 7 }
            metrics:
              - name: accuracy@top1
                maximal_drop: 0.005
                drop_type: relative
                slices: { night: 0.02, every: 0.05 }
                classes: { 3: 0.1 }
                ranking_metric: { name: log_loss, params: { scores: logits } }
              - name: agreement
                ranking_metric: cosine
            verdict: { confidence: 0.95, max_size_ratio: 0.5, min_speedup: 1.25 }
            """);

        Assert.AreEqual((0.3, 7), (manifest.Holdout!.Fraction.Value, manifest.Holdout.Seed));
        var metric = manifest.Metrics[0];
        Assert.AreEqual(("log_loss", "logits"), (metric.RankingMetric!.Name.Value, metric.RankingMetric.Parameters["scores"].Value));
        Assert.AreEqual("cosine", manifest.Metrics[1].RankingMetric!.Name.Value);
        Assert.AreEqual((0.005, (DropType?)DropType.Relative), (metric.MaximalDrop!.Value, metric.DropType));
        CollectionAssert.AreEqual(new[] { ("every", 0.05), ("night", 0.02) }, metric.Slices.Select(s => (s.Key, s.Value.Value)).ToArray());
        CollectionAssert.AreEqual(new[] { ("3", 0.1) }, metric.Classes.Select(s => (s.Key, s.Value.Value)).ToArray());
        Assert.AreEqual((0.95, 0.5, 1.25), (manifest.Verdict.Confidence!.Value, manifest.Verdict.MaxSizeRatio!.Value, manifest.Verdict.MinSpeedup!.Value));
        Assert.AreEqual(new SourcePosition(ManifestTexts.File, 14, 24), manifest.Verdict.Confidence.Position);
    }

    [TestMethod]
    public void Parse_Nothing_AsksForNothing()
    {
        var manifest = Parse("metrics: [{ name: f1 }]");
        Assert.AreEqual(VerdictSettings.None, manifest.Verdict);
        Assert.IsNull(manifest.Certification);
        Assert.IsNull(manifest.Holdout);
        Assert.IsNull(manifest.Metrics[0].MaximalDrop);
        Assert.IsEmpty(manifest.Metrics[0].Slices);
    }

    [TestMethod]
    public void Parse_Certification_IsASourceOfItsOwn()
    {
        var manifest = Parse("""
              certification: { images: cert, labels: cert.csv }
            metrics: [{ name: f1 }]
            """);
        StringAssert.EndsWith(((ImageSourceSpecification)manifest.Certification!).Images.Value, "cert");
    }

    [TestMethod]
    [DataRow("metrics: [{ name: f1 }]\nverdict: { confidence: 95 }", DiagnosticCodes.ValueOutOfRange)]
    [DataRow("metrics: [{ name: f1 }]\nverdict: { confidence: 0.5 }", DiagnosticCodes.ValueOutOfRange)]
    [DataRow("metrics: [{ name: f1 }]\nverdict: { min_speedup: 0 }", DiagnosticCodes.ValueOutOfRange)]
    [DataRow("metrics: [{ name: f1 }]\nverdict: { confidense: 0.9 }", DiagnosticCodes.UnknownKey)]
    [DataRow("metrics: [{ name: f1, slices: { night: dark } }]", DiagnosticCodes.WrongType)]
    [DataRow("metrics: [{ name: f1, slices: {} }]", DiagnosticCodes.ValueOutOfRange)]
    [DataRow("metrics: [{ name: f1, baseline_value: 0.9, classes: { 1: 0.1 } }]", DiagnosticCodes.ConflictingKeys)]
    [DataRow("compression: { algorithms: [{ name: DefaultQuantization }] }\nverdict: { confidence: 0.9 }", DiagnosticCodes.MissingKey)]
    [DataRow("  certify: { holdout: 0.5 }\ncompression: { algorithms: [{ name: DefaultQuantization }] }", DiagnosticCodes.MissingKey)]
    [DataRow("  certify: { holdout: 1 }\nmetrics: [{ name: f1 }]", DiagnosticCodes.ValueOutOfRange)]
    [DataRow("  certify: { seed: 1 }\nmetrics: [{ name: f1 }]", DiagnosticCodes.MissingKey)]
    [DataRow("  certify: { holdout: 0.5 }\n  certification: { images: cert }\nmetrics: [{ name: f1 }]", DiagnosticCodes.ConflictingKeys)]
    public void Parse_Mistake_IsAnErrorWithItsPosition(string text, string code)
    {
        var thrown = Assert.ThrowsExactly<QuantizeException>(() => Parse(text));
        Assert.AreEqual(code, thrown.Diagnostics[0].Code, thrown.Message);
        Assert.IsGreaterThan(3, thrown.Diagnostics[0].Position!.Value.Line);
    }

    private static QuantizationManifest Parse(string rest) => ManifestReader.Parse(ManifestTexts.File, Start + rest, null);
}
