using System.Collections.Immutable;

namespace QuantizeTasks.Manifest;

/// <summary>Manifests with one place to fill in, and marks where an error is expected.</summary>
internal static class ManifestTexts
{
    /// <summary>Stands right before the character whose line and column an error must name.</summary>
    public const char Mark = '«';

    /// <summary>The folder that tests say their manifests lie in; nothing is read from it.</summary>
    public static string Folder { get; } = Path.Combine(Path.GetTempPath(), "quantize-manifest-tests");

    public static string File { get; } = Path.Combine(Folder, "quantize.yaml");

    private const string Valid = """
        model: m.onnx
        data:
          validation:
            images: val
            labels: val.csv
            preprocess:
              - layout: nchw
        metrics:
          - name: accuracy@top1
        compression:
          target_device: CPU
          algorithms:
            - name: AccuracyAwareQuantization
              params:
                preset: performance
                stat_subset_size: 300
        """;

    public static string Fill(string place, string snippet) => (place switch
    {
        "whole" => "",
        "model" => Valid.Replace("model: m.onnx", "@", StringComparison.Ordinal),
        "top" => Valid + "\n@",
        "data" => Valid.Replace(Valid[Valid.IndexOf("\n  validation", StringComparison.Ordinal)..Valid.IndexOf("\nmetrics", StringComparison.Ordinal)], " @", StringComparison.Ordinal),
        "validation" => Valid.Replace(Valid[Valid.IndexOf("\n    images", StringComparison.Ordinal)..Valid.IndexOf("\nmetrics", StringComparison.Ordinal)], " @", StringComparison.Ordinal),
        "step" => Valid.Replace("layout: nchw", "@", StringComparison.Ordinal),
        "metrics" => Valid.Replace("\n  - name: accuracy@top1", " @", StringComparison.Ordinal),
        "compression" => Valid[..(Valid.IndexOf("compression:", StringComparison.Ordinal) + "compression:".Length)] + " @",
        "algorithms" => Valid[..(Valid.IndexOf("algorithms:", StringComparison.Ordinal) + "algorithms:".Length)] + " @",
        "params" => Valid[..(Valid.IndexOf("params:", StringComparison.Ordinal) + "params:".Length)] + "\n        @",
        _ => throw new ArgumentOutOfRangeException(nameof(place)),
    }) is { Length: > 0 } template ? Place(template, snippet) : snippet;

    /// <summary>The text without marks, and the line and column of each.</summary>
    public static (string Text, ImmutableArray<(int Line, int Column)> Marks) Unmark(string marked)
    {
        var (text, marks, line, column) = (new System.Text.StringBuilder(), ImmutableArray.CreateBuilder<(int, int)>(), 1, 1);
        foreach (var c in marked)
        {
            if (c == Mark)
            {
                marks.Add((line, column));
                continue;
            }

            text.Append(c);
            (line, column) = c == '\n' ? (line + 1, 1) : (line, column + 1);
        }

        return (text.ToString(), marks.ToImmutable());
    }

    public static QuantizationManifest Read(string text, params ManifestOverride[] overrides) => ManifestReader.Parse(File, text, new ManifestOverrides([.. overrides]));

    // The accuracy@top1 of the template is not the place.
    private static string Place(string template, string snippet)
    {
        var at = template.Replace("accuracy@", "accuracy_", StringComparison.Ordinal).LastIndexOf('@');
        return template[..at] + snippet + template[(at + 1)..];
    }
}
