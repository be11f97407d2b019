using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Tests.Data;

/// <summary>Data sources in a line each.</summary>
internal static class Sources
{
    public static SourcePosition Here { get; } = new("quantize.yaml", 7, 9);

    public static Located<T> At<T>(T value) => new(value, Here);

    public static ImageSourceSpecification Images(string images, string? labels = null, params PreprocessStep[] steps) =>
        new(Here, At(images), labels is null ? null : At(labels), null, [.. steps]);

    public static TensorSourceSpecification Tensors(string? labels, params (string Input, string Path)[] tensors) =>
        new(Here, tensors.ToImmutableSortedDictionary(t => t.Input, t => At(t.Path), StringComparer.Ordinal), labels is null ? null : At(labels));

    public static NormalizeStep Normalize(float[] mean, float[] std) => new(Here, [.. mean], [.. std]);

    public static ColorStep Color(ColorOrder color) => new(Here, color);

    /// <summary>The one error that <paramref name="action"/> ends with.</summary>
    public static Diagnostic Error(Action action, string code)
    {
        var exception = Assert.ThrowsExactly<QuantizeException>(action);
        Assert.AreEqual(code, exception.Diagnostics[0].Code, exception.Message);
        return exception.Diagnostics[0];
    }
}
