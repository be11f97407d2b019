using System.Collections.Immutable;
using System.Globalization;

namespace QuantizeTasks.Manifest.Schema;

/// <summary>What a value of the manifest must be. One tree of shapes describes the whole manifest; checking, the editors' JSON schema and the documentation all follow it.</summary>
internal abstract record Shape
{
    /// <summary>What is allowed, to follow "must be".</summary>
    public abstract string Expected { get; }
}

/// <summary>Any text.</summary>
/// <param name="Noun">What the text is, such as "a path".</param>
internal sealed record TextShape(string Noun) : Shape
{
    public override string Expected => Noun;
}

/// <summary>One of some words.</summary>
/// <param name="Words">Those that work.</param>
/// <param name="NotYet">Those that the Post-training Optimization Tool knows but this tool does not support.</param>
internal sealed record ChoiceShape(ImmutableArray<string> Words, ImmutableArray<string> NotYet) : Shape
{
    public ChoiceShape(params string[] words)
        : this([.. words], [])
    {
    }

    public override string Expected => Words.Length == 1 ? $"'{Words[0]}'" : $"one of {string.Join(", ", Words)}";
}

/// <summary>The values a number can take at all.</summary>
internal enum NumberType
{
    Double,

    /// <summary>A number that a 32-bit float can hold.</summary>
    Single,

    /// <summary>A 32-bit whole number.</summary>
    Whole,
}

/// <summary>A finite number.</summary>
internal sealed record NumberShape(NumberType Type = NumberType.Double) : Shape
{
    public double? Minimum { get; init; }

    public double? Maximum { get; init; }

    /// <summary>The minimum itself is not allowed.</summary>
    public bool AboveMinimum { get; init; }

    /// <summary>The maximum itself is not allowed.</summary>
    public bool BelowMaximum { get; init; }

    public bool NotZero { get; init; }

    /// <summary>When there are any: the only numbers allowed.</summary>
    public ImmutableArray<int> OneOf { get; init; } = [];

    public bool Allows(double value) =>
        Type switch
        {
            NumberType.Whole => value is >= int.MinValue and <= int.MaxValue,
            NumberType.Single => float.IsFinite((float)value),
            _ => double.IsFinite(value),
        }
        && !(AboveMinimum ? value <= Minimum : value < Minimum) && !(BelowMaximum ? value >= Maximum : value > Maximum) && !(NotZero && value == 0)
        && (OneOf.IsEmpty || OneOf.Any(allowed => allowed == value));

    public override string Expected
    {
        get
        {
            if (!OneOf.IsEmpty)
                return string.Join(" or ", OneOf);
            var noun = Type == NumberType.Whole ? "a whole number" : "a number";
            var bounds = new List<string>();
            if (Minimum is { } minimum)
                bounds.Add((AboveMinimum ? "greater than " : "at least ") + Text(minimum));
            if (Maximum is { } maximum)
                bounds.Add((BelowMaximum ? "less than " : "at most ") + Text(maximum));
            if (NotZero)
                bounds.Add("not 0");
            return bounds.Count == 0 ? noun : $"{noun}, {string.Join(" and ", bounds)}";
        }
    }

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A length of time.</summary>
internal sealed record DurationShape : Shape
{
    public override string Expected => "a length of time such as 90 (seconds), 20m or 1h30m";
}

/// <summary>True or false.</summary>
internal sealed record BooleanShape : Shape
{
    public override string Expected => "true or false";
}

/// <summary>A sequence.</summary>
internal sealed record ListShape(Shape Item, int Minimum = 0, int Maximum = int.MaxValue) : Shape
{
    public override string Expected => this switch
    {
        { Minimum: 1, Maximum: 1 } => "a list of one entry",
        { Minimum: 1 } => "a list of at least one entry",
        _ => "a list",
    };
}

/// <summary>A mapping with known keys.</summary>
/// <param name="Keys">The keys.</param>
internal sealed record MappingShape(ImmutableArray<Key> Keys) : Shape
{
    /// <summary>When there are any: exactly one of these sets of keys is given, completely, and no key of another.</summary>
    public ImmutableArray<ImmutableArray<string>> Alternatives { get; init; } = [];

    public override string Expected => $"a mapping with {string.Join(", ", Keys.Where(k => k.IsSupported).Select(k => k.Name))}";

    public Key? this[string name] => Keys.FirstOrDefault(k => k.Name == name);
}

/// <summary>A mapping from names that the user chooses.</summary>
/// <param name="Value">What every name stands for.</param>
/// <param name="Noun">What the mapping is.</param>
/// <param name="Minimum">The least number of names.</param>
internal sealed record NamesShape(Shape Value, string Noun, int Minimum = 0) : Shape
{
    public override string Expected => Noun;
}

/// <summary>A single value or, instead, a list or mapping.</summary>
/// <param name="Single">The shape when it is a single value.</param>
/// <param name="Several">The shape otherwise.</param>
internal sealed record EitherShape(Shape Single, Shape Several) : Shape
{
    public override string Expected => $"{Single.Expected}, or {Several.Expected}";
}

/// <summary>Text, a number, true or false.</summary>
internal sealed record AnyScalarShape : Shape
{
    public override string Expected => "a single value";
}
