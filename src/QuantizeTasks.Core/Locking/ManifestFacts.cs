using System.Collections;
using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Locking;

/// <summary>
/// The options of a manifest as names and texts. The records are walked as they are, so that no option is ever forgotten here; what has its default value is left out. Sources of data
/// and the model are not options: their contents count, not where they lie.
/// </summary>
internal static partial class ManifestFacts
{
    private static readonly ImmutableArray<string> NoOptions =
        [nameof(QuantizationManifest.Path), nameof(QuantizationManifest.Includes), nameof(QuantizationManifest.Model), nameof(QuantizationManifest.Validation), nameof(QuantizationManifest.Calibration), nameof(QuantizationManifest.Certification)];

    /// <summary>Every option that is not at its default, such as <c>compression.accuracy.maximal_drop</c>, with its place.</summary>
    public static ImmutableSortedDictionary<string, Located<string>> Of(QuantizationManifest manifest)
    {
        var folder = Path.GetDirectoryName(manifest.Path)! + Path.DirectorySeparatorChar;
        var facts = Walk(manifest, folder);
        var defaults = Walk(Defaults(manifest.Compression.IsAccuracyAware), folder);
        return facts.RemoveRange(facts.Where(f => defaults.TryGetValue(f.Key, out var usual) && usual.Value == f.Value.Value).Select(f => f.Key));
    }

    private static ImmutableSortedDictionary<string, Located<string>> Walk(QuantizationManifest manifest, string folder)
    {
        var facts = ImmutableSortedDictionary.CreateBuilder<string, Located<string>>(StringComparer.Ordinal);
        foreach (var property in typeof(QuantizationManifest).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => !NoOptions.Contains(p.Name)))
            Add(facts, SnakeCase(property.Name), property.GetValue(manifest), new SourcePosition(manifest.Path), null, folder);
        return facts.ToImmutable();
    }

    private static void Add(ImmutableSortedDictionary<string, Located<string>>.Builder facts, string name, object? value, SourcePosition position, string? source, string folder)
    {
        switch (value)
        {
            // Where plug-ins lie is no option; what is in them is part of what they identify themselves by.
            case null or SourcePosition or PluginAssemblies:
                break;
            case string or bool or Enum or IFormattable:
                facts[name] = new Located<string>(Text(value, folder), position, source);
                break;
            case IDictionary dictionary:
                foreach (DictionaryEntry entry in dictionary)
                    Add(facts, $"{name}.{entry.Key}", entry.Value, position, source, folder);
                break;
            case IEnumerable list:
                foreach (var (item, index) in list.Cast<object?>().Select((item, index) => (item, index)))
                    Add(facts, string.Create(CultureInfo.InvariantCulture, $"{name}[{index}]"), item, position, source, folder);
                break;
            default:
                var properties = value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance);
                if (value.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(Located<>))
                    Add(facts, name, Get("Value"), (SourcePosition)Get("Position")!, (string?)Get("Source"), folder);
                else
                    foreach (var property in properties.Where(p => p.CanWrite))
                        Add(facts, $"{name}.{SnakeCase(property.Name)}", property.GetValue(value), position, source, folder);
                break;

                object? Get(string property) => properties.Single(p => p.Name == property).GetValue(value);
        }
    }

    private static string Text(object value, string folder) => value switch
    {
        // A path that moves with the checkout is the same path.
        string text => text.StartsWith(folder, StringComparison.Ordinal) ? text[folder.Length..].Replace(Path.DirectorySeparatorChar, '/') : text,
        bool flag => flag ? "true" : "false",
        Enum word => SnakeCase(word.ToString()),
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    private static QuantizationManifest Defaults(bool isAccuracyAware)
    {
        var nowhere = new Located<string>("", default);
        return new QuantizationManifest
        {
            Path = "",
            Model = nowhere,
            Output = nowhere,
            Calibration = new TensorSourceSpecification(default, ImmutableSortedDictionary<string, Located<string>>.Empty, null),
            Compression = new CompressionSettings
            {
                TargetDevice = nowhere,
                IsAccuracyAware = !isAccuracyAware,
                Quantization = new DefaultQuantizationParameters(),
                Accuracy = new AccuracyAwareParameters(),
            },
        };
    }

    private static string SnakeCase(string name) => Boundary().Replace(name, "_").ToLowerInvariant();

    [GeneratedRegex("(?<=[a-z0-9])(?=[A-Z])")]
    private static partial Regex Boundary();
}
