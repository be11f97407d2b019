using System.Collections.Immutable;
using QuantizeTasks.Locking;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Tests.Locking;

[TestClass]
public sealed class ManifestFactsTests
{
    private const string Minimal = """
        model: net.onnx
        data: { validation: { tensors: { x: x.npy }, labels: y.npy } }
        metrics: [ { name: mae } ]
        compression:
          target_device: CPU
          algorithms:
            - name: AccuracyAwareQuantization
              params:
                maximal_drop: 0.25
        """;

    [TestMethod]
    public void Of_Options_AreThoseThatAreNotAtTheirDefaults()
    {
        var facts = Facts(Minimal, "/p/quantize.yaml");
        Assert.AreEqual(
            "compression.accuracy.maximal_drop=0.25 compression.is_accuracy_aware=true compression.target_device=CPU metrics[0].name=mae output=net.int8.onnx",
            string.Join(' ', facts.Select(f => $"{f.Key}={f.Value.Value}")));
        Assert.AreEqual((9, 23), (facts["compression.accuracy.maximal_drop"].Position.Line, facts["compression.accuracy.maximal_drop"].Position.Column));
    }

    [TestMethod]
    public void Of_AnotherFolder_IsTheSame() =>
        CollectionAssert.AreEqual(
            Facts(Minimal + Ignored, "/p/quantize.yaml").Select(f => (f.Key, f.Value.Value)).ToArray(),
            Facts(Minimal + Ignored, "/elsewhere/deep/er/quantize.yaml").Select(f => (f.Key, f.Value.Value)).ToArray());

    /// <summary>Names of nodes look like absolute paths.</summary>
    private const string Ignored = "\n        ignored: { scope: [ /features/0/Conv, /p ] }";

    [TestMethod]
    public void Of_NamesOfNodes_StayAsTheyAre() => Assert.AreEqual("/features/0/Conv", Facts(Minimal + Ignored, "/p/quantize.yaml")["compression.quantization.ignored.scope[0]"].Value);

    [TestMethod]
    public void Of_SettingsOfSingleQuantizers_HaveTheirNames()
    {
        var facts = Facts(Minimal + "\n        layerwise_configs: [{ t1: { bits: 16 }, w: { mode: asymmetric } }]", "/p/quantize.yaml");

        CollectionAssert.AreEqual(
            new[] { "[0].name=t1", "[0].settings.bits=16", "[1].name=w", "[1].settings.mode=asymmetric" },
            facts.Where(f => f.Key.Contains("layerwise", StringComparison.Ordinal)).Select(f => $"{f.Key[f.Key.IndexOf('[', StringComparison.Ordinal)..]}={f.Value.Value}").ToArray());
    }

    [TestMethod]
    public void Of_Override_NamesWhatGaveIt()
    {
        var manifest = ManifestReader.Parse("/p/quantize.yaml", Minimal, new ManifestOverrides([new ManifestOverride("maximal_drop", "0.5", "property QuantizeMaximalDrop", new("/p/App.csproj"))]));
        var fact = ManifestFacts.Of(manifest)["compression.accuracy.maximal_drop"];
        Assert.AreEqual(("0.5", "property QuantizeMaximalDrop", "/p/App.csproj"), (fact.Value, fact.Source, fact.Position.File));
    }

    /// <summary>A lock file that missed an option would call two different runs the same.</summary>
    [TestMethod]
    public void Of_EveryOption_ShowsWhenItChanges()
    {
        var manifest = ManifestReader.Parse("/p/quantize.yaml", Minimal);
        var without = ManifestFacts.Of(manifest);
        var tried = 0;
        foreach (var (name, changed) in Changes(manifest.Compression.Quantization, (q, m) => m with { Compression = m.Compression with { Quantization = q } }, manifest)
            .Concat(Changes(manifest.Compression.Accuracy, (a, m) => m with { Compression = m.Compression with { Accuracy = a } }, manifest))
            .Concat(Changes(manifest.Compression, (c, m) => m with { Compression = c }, manifest)))
        {
            Assert.IsFalse(without.SequenceEqual(ManifestFacts.Of(changed)), $"a change of {name} is not seen");
            tried++;
        }
        Assert.IsGreaterThan(20, tried, "the settings that are flags, numbers and words");
    }

    /// <summary>The manifest with each flag, number, word and located value of a record changed in turn.</summary>
    private static IEnumerable<(string, QuantizationManifest)> Changes<T>(T record, Func<T, QuantizationManifest, QuantizationManifest> put, QuantizationManifest manifest)
        where T : class
    {
        foreach (var property in typeof(T).GetProperties().Where(p => p.CanWrite))
        {
            var other = Other(property.PropertyType, property.GetValue(record));
            if (other is null)
                continue;
            // A copy, as `with` makes it.
            var copy = (T)typeof(T).GetMethod("<Clone>$")!.Invoke(record, null)!;
            property.SetValue(copy, other);
            yield return (property.Name, put(copy, manifest));
        }
    }

    private static object? Other(Type type, object? value)
    {
        if (type == typeof(bool))
            return !(bool)value!;
        if (type == typeof(int))
            return (int)value! == 7 ? 8 : 7;
        if (type == typeof(double))
            return (double)value! / 2;
        if (type == typeof(TimeSpan?))
            return TimeSpan.FromSeconds(7);
        if (type.IsEnum)
            return Enum.GetValues(type).Cast<object>().First(v => !v.Equals(value));
        if (Nullable.GetUnderlyingType(type) is { IsEnum: true } word)
            return Enum.GetValues(word).Cast<object>().First(v => !v.Equals(value));
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Located<>))
        {
            var inner = type.GetGenericArguments()[0];
            var text = inner == typeof(string) ? "other" : inner == typeof(int) ? 7 : inner == typeof(double) ? 0.125 : inner.IsEnum ? Enum.GetValues(inner).GetValue(1) : null;
            return text is null ? null : Activator.CreateInstance(type, text, default(Diagnostics.SourcePosition), null);
        }
        return null;
    }

    private static ImmutableSortedDictionary<string, Located<string>> Facts(string text, string path) => ManifestFacts.Of(ManifestReader.Parse(path, text));
}
