using System.Globalization;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Data;

/// <summary>Values written as text, as tensors of the element types that a manifest names.</summary>
internal static class ElementParser
{
    /// <summary>A tensor of values.</summary>
    /// <param name="type">Such as <c>float32</c>.</param>
    /// <param name="values">The values as they are written.</param>
    /// <param name="shape">Its extents.</param>
    /// <param name="what">What a message calls them.</param>
    /// <param name="position">Where they stand.</param>
    /// <exception cref="QuantizeException">A value is of another kind, does not fit the type, or is not finite.</exception>
    public static Tensor Parse(string type, string[] values, int[] shape, string what, SourcePosition position)
    {
        T[] All<T>(Func<string, T?> parse) where T : struct => Array.ConvertAll(values, text => parse(text)
            ?? throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"{what} is '{Shorten(text)}', which is no {type}.", position));
        return type switch
        {
            "float32" => Tensor.Create(All(text => Finite(text) is { } number && float.IsFinite((float)number) ? (float)number : (float?)null), shape),
            "float64" => Tensor.Create(All(Finite), shape),
            "int64" => Tensor.Create(All(text => Whole(text, long.MinValue, long.MaxValue)), shape),
            "int32" => Tensor.Create(All(text => (int?)Whole(text, int.MinValue, int.MaxValue)), shape),
            "uint8" => Tensor.Create(All(text => (byte?)Whole(text, byte.MinValue, byte.MaxValue)), shape),
            "int8" => Tensor.Create(All(text => (sbyte?)Whole(text, sbyte.MinValue, sbyte.MaxValue)), shape),
            "bool" => Tensor.Create(All(text => text is "1" or "true" or "True" ? true : text is "0" or "false" or "False" ? false : (bool?)null), shape),
            "string" => Tensor.Create(values, shape),
            _ => throw new ArgumentException(type, nameof(type)),
        };
    }

    /// <summary>A label: whole numbers as long, other numbers as double, anything else as text.</summary>
    public static Tensor Label(string[] values, int[] shape) =>
        values.All(v => Whole(v, long.MinValue, long.MaxValue) is not null) ? Tensor.Create(Array.ConvertAll(values, v => Whole(v, long.MinValue, long.MaxValue)!.Value), shape)
        : values.All(v => Finite(v) is not null) ? Tensor.Create(Array.ConvertAll(values, v => Finite(v)!.Value), shape)
        : Tensor.Create(values, shape);

    private static double? Finite(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;

    private static long? Whole(string text, long minimum, long maximum) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= minimum && number <= maximum ? number : null;

    private static string Shorten(string text) => text.Length <= 40 ? text : text[..40] + "...";
}
