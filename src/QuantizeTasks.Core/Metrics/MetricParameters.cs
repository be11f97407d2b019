using System.Collections.Immutable;
using System.Globalization;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Metrics;

/// <summary>A metric's own options, read by name and type. What nobody read is unknown.</summary>
internal sealed class MetricParameters(MetricSpecification metric)
{
    private readonly SortedSet<string> _read = new(StringComparer.Ordinal);

    /// <summary>Where the metric's name is written.</summary>
    public SourcePosition Position => metric.Name.Position;

    public string? Text(string name) => Find(name) switch
    {
        null => null,
        { Value: string text } => text,
        { Value: bool flag } => flag ? "true" : "false",
        { Value: long number } => number.ToString(CultureInfo.InvariantCulture), // Outputs are often named by numbers, which YAML takes for numbers.
        var other => throw WrongType(name, other, "a text"),
    };

    /// <summary>A text that must be there.</summary>
    public string RequiredText(string name) => Text(name) ?? throw Missing(name);

    public QuantizeException Missing(string name) => new(DiagnosticCodes.MissingKey, $"{metric.Name.Value} needs the parameter '{name}' here.", Position);

    /// <summary>A list of texts, or one; empty when there is none.</summary>
    public ImmutableArray<string> Texts(string name) => Find(name) switch
    {
        null => [],
        { Value: ImmutableArray<object> list } => [.. list.Select(item => Convert.ToString(item, CultureInfo.InvariantCulture)!)],
        _ => [Text(name)!],
    };

    /// <summary>A list of finite numbers, or one; empty when there is none.</summary>
    public ImmutableArray<double> Numbers(string name) => Find(name) switch
    {
        null => [],
        { Value: ImmutableArray<object> list } found => [.. list.Select(item => item is long or double && Convert.ToDouble(item, CultureInfo.InvariantCulture) is var number && double.IsFinite(number) ? number : throw WrongType(name, found, "a list of finite numbers"))],
        _ => [Number(name)!.Value],
    };

    public string OneOf(string name, string missing, params string[] values)
    {
        var text = Text(name) ?? missing;
        if (values.Contains(text, StringComparer.Ordinal))
            return text;
        throw new QuantizeException(DiagnosticCodes.UnknownName, $"'{name}' of {metric.Name.Value} is '{text}'; it may be {string.Join(", ", values)}.{DidYouMean.Hint(text, values)}", metric.Parameters[name].Position);
    }

    public double? Number(string name)
    {
        if (Find(name) is not { } found)
            return null;
        var number = found.Value switch
        {
            string text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var parsed) ? parsed : double.NaN,
            double or float or decimal or long or int or short or byte => Convert.ToDouble(found.Value, CultureInfo.InvariantCulture),
            _ => double.NaN,
        };
        return double.IsFinite(number) ? number : throw WrongType(name, found, "a finite number");
    }

    public double PositiveNumber(string name) => Number(name) switch
    {
        null => throw new QuantizeException(DiagnosticCodes.MissingKey, $"{metric.Name.Value} needs the parameter '{name}'.", Position),
        > 0 and var number => number,
        var number => throw OutOfRange(name, FormattableString.Invariant($"must be above 0, not {number}")),
    };

    /// <summary>A number from 0 to 1.</summary>
    public double? Share(string name) => Number(name) switch
    {
        null => null,
        >= 0 and <= 1 and var share => share,
        _ => throw OutOfRange(name, "must be from 0 to 1"),
    };

    public int? Integer(string name, int minimum, int maximum) => Number(name) switch
    {
        null => null,
        { } number when number != Math.Floor(number) => throw WrongType(name, metric.Parameters[name], "a whole number"),
        { } number when number < minimum || number > maximum => throw OutOfRange(name, FormattableString.Invariant($"must be {minimum} to {maximum}, not {number}")),
        { } number => (int)number,
    };

    public QuantizeException OutOfRange(string name, string what) =>
        new(DiagnosticCodes.ValueOutOfRange, $"'{name}' of {metric.Name.Value} {what}.", metric.Parameters.TryGetValue(name, out var found) ? found.Position : Position);

    /// <summary>Ends the reading: a parameter that the metric did not ask for is a mistake, never ignored.</summary>
    public void RejectOthers()
    {
        foreach (var (name, value) in metric.Parameters)
        {
            if (!_read.Contains(name))
                throw new QuantizeException(DiagnosticCodes.UnknownKey, $"{metric.Name.Value} has no parameter '{name}'.{DidYouMean.Hint(name, _read)}", value.Position);
        }
    }

    private Located<object>? Find(string name)
    {
        _read.Add(name);
        return metric.Parameters.GetValueOrDefault(name);
    }

    private QuantizeException WrongType(string name, Located<object> found, string wanted) =>
        new(DiagnosticCodes.WrongType, $"'{name}' of {metric.Name.Value} must be {wanted}, not {found.Value}.", found.Position);
}
