using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using QuantizeTasks.Manifest.Schema;
using QuantizeTasks.Metrics;
using QuantizeTasks.Tests;

namespace QuantizeTasks.Manifest;

/// <summary>The schema that editors use and the documentation cannot differ from what the reader does.</summary>
[TestClass]
public sealed partial class ManifestDocumentsTests
{
    [TestMethod]
    public void JsonSchema_IsTheSchemaInCode() => GeneratedDocument.Check("docs/quantize.schema.json", JsonSchemaDocument.Text());

    [TestMethod]
    public void Reference_IsTheSchemaInCode() => GeneratedDocument.Check("docs/manifest.md", ManifestReference.Text());

    [TestMethod]
    public void ReferenceExample_IsRead() => Assert.AreEqual(0.005, ManifestTexts.Read(ManifestReference.Example).Compression.Accuracy.MaximalDrop!.Value);

    [TestMethod]
    public void JsonSchemaFile_Keys_AreThoseThatTheReaderAccepts()
    {
        var file = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "docs", "quantize.schema.json")))!;
        var inFile = KeysOf("", file.AsObject()).Distinct().Order(StringComparer.Ordinal).ToArray();
        var inReader = ManifestSchema.Mappings.SelectMany(m => m.Mapping.Keys.Where(JsonSchemaDocument.IsAccepted).Select(k => $"{m.Path}.{k.Name}")).Distinct().Order(StringComparer.Ordinal).ToArray();
        CollectionAssert.AreEqual(inReader, inFile);
        Assert.IsGreaterThan(80, inFile.Length);
    }

    [TestMethod]
    public void ReaderSources_Keys_AreThoseOfTheSchema()
    {
        var sources = string.Concat(Directory.GetFiles(Path.Combine(Repository.Root, "src/QuantizeTasks.Core/Manifest"), "*.cs").Select(File.ReadAllText));
        var known = ManifestSchema.Mappings.SelectMany(m => m.Mapping.Keys).ToList();
        var read = KeyThatIsRead().Matches(sources).Select(m => m.Groups["key"].Value).ToHashSet(StringComparer.Ordinal);
        CollectionAssert.IsSubsetOf(read.ToArray(), known.Select(k => k.Name).Distinct().ToArray(), "a key that is read but that no manifest can have");

        var unread = known.Where(k => k.IsSupported && !sources.Contains($"\"{k.Name}\"", StringComparison.Ordinal)).Select(k => k.Name).ToArray();
        Assert.IsEmpty(unread, $"accepted but never read: {string.Join(", ", unread)}");
    }

    [TestMethod]
    public void MetricNames_AreAllDocumented()
    {
        foreach (var name in MetricFactory.Names)
            StringAssert.Contains(MetricSchema.Metric["name"]!.Description, $"`{name}`");
    }

    [TestMethod]
    public void Schema_Descriptions_AreSentences()
    {
        foreach (var key in ManifestSchema.Mappings.SelectMany(m => m.Mapping.Keys))
        {
            Assert.IsTrue(key.Description.EndsWith('.') || key.Description.EndsWith('`'), key.Name);
            Assert.DoesNotContain("|", key.Description, "it stands in a table");
        }
    }

    [TestMethod]
    public void Schema_DefaultsOfSupportedKeys_AreWhatTheyAllowAndWhatTheReaderUses()
    {
        // A manifest that spells out every default reads like one that has none of them.
        var spelled = ManifestTexts.Read("""
            model: m.onnx
            data: { validation: { images: val }, calibration: { from: validation } }
            metrics: [{ name: psnr }]
            compression:
              target_device: @compression.target_device@
              model_type: @compression.model_type@
              prefer: @compression.prefer@
              format: @compression.format@
              algorithms:
                - name: AccuracyAwareQuantization
                  params:
                    preset: @preset@
                    shuffle_data: @shuffle_data@
                    seed: @seed@
                    inplace_statistics: @inplace_statistics@
                    use_fast_bias: @use_fast_bias@
                    apply_for_all_nodes: @apply_for_all_nodes@
                    channel_alignment: @channel_alignment@
                    cross_layer_equalization: @cross_layer_equalization@
                    weights_only: @weights_only@
                    dump_intermediate_model: @dump_intermediate_model@
                    drop_type: @drop_type@
                    ranking_subset_size: @ranking_subset_size@
                    metric_subset_ratio: @metric_subset_ratio@
                    use_prev_if_drop_increase: @use_prev_if_drop_increase@
                    search: @search@
            """.Split('@').Select((part, i) => i % 2 == 0 ? part : Default(part)).Aggregate(string.Concat)).Compression;
        var silent = ManifestTexts.Read("model: m.onnx\ndata: { validation: { images: val } }\nmetrics: [{ name: psnr }]").Compression;
        Assert.AreEqual(silent.TargetDevice.Value, spelled.TargetDevice.Value);
        Assert.AreEqual(silent.ModelType, spelled.ModelType);
        Assert.AreEqual((silent.Prefer, silent.Format), (spelled.Prefer, spelled.Format));
        Assert.AreEqual(silent.Quantization, spelled.Quantization with { Preset = null });
        Assert.AreEqual(silent.Accuracy with { MaximalDrop = null }, spelled.Accuracy with { MaximalDrop = null });
        Assert.AreEqual(silent.Accuracy.MaximalDrop!.Value, spelled.Accuracy.MaximalDrop!.Value);
    }

    private static string Default(string name) =>
        (name.StartsWith("compression.", StringComparison.Ordinal) ? CompressionSchema.Compression[name["compression.".Length..]] : CompressionSchema.Parameters[name])!.Default!;

    private static IEnumerable<string> KeysOf(string path, JsonObject schema)
    {
        foreach (var (name, property) in schema["properties"]?.AsObject() ?? [])
        {
            yield return $"{path}.{name}";
            foreach (var inner in KeysOf(path.Length == 0 ? name : $"{path}.{name}", property!.AsObject()))
                yield return inner;
        }

        if (schema["items"] is JsonObject items)
            foreach (var inner in KeysOf(path + "[]", items))
                yield return inner;
        if (schema["additionalProperties"] is JsonObject named)
            foreach (var inner in KeysOf(path + ".*", named))
                yield return inner;
        foreach (var alternative in schema["anyOf"]?.AsArray() ?? [])
            foreach (var inner in KeysOf(path, alternative!.AsObject()))
                yield return inner;
    }

    [GeneratedRegex("""\.(Text|Number|Whole|Flag|List|Mapping|Scalar)\("(?<key>[a-z_]+)"\)""")]
    private static partial Regex KeyThatIsRead();
}
