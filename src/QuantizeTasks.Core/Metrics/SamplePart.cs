using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace QuantizeTasks.Metrics;

/// <summary>A way to divide samples into parts, each with a number of its own that a contribution can carry.</summary>
/// <param name="Noun">What a part is called: <c>slice</c> or <c>class</c>.</param>
/// <param name="Of">The part of a sample; NaN for a sample that is in none.</param>
internal sealed record SamplePart(string Noun, Func<MetricInput, double> Of)
{
    /// <summary>By the data set's own slices.</summary>
    public static SamplePart Slice { get; } = new("slice", input => input.Slice is { } slice ? NumberOf(slice) : double.NaN);

    /// <summary>By the label, where it is a single class.</summary>
    public static SamplePart Class { get; } = new("class", input => input.Label is { Length: 1 } label ? MetricTensors.ToDoubles(label)[0] : double.NaN);

    /// <summary>The number of a class or a slice by its name in the manifest; NaN when it is no class.</summary>
    public double Parse(string name) => this == Slice ? NumberOf(name)
        : int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : double.NaN;

    /// <summary>48 bits of a hash: a whole number that a double holds, equal in every process, and different for all names that a data set could have.</summary>
    private static double NumberOf(string slice)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(slice));
        return BitConverter.ToUInt32(hash) + (BitConverter.ToUInt16(hash, 4) * 4294967296.0);
    }
}
