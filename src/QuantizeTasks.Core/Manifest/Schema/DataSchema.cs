using System.Collections.Immutable;

namespace QuantizeTasks.Manifest.Schema;

/// <summary>The <c>data</c> section.</summary>
internal static class DataSchema
{
    private static ImmutableArray<ImmutableArray<string>> Alternatives => [.. SourceSchema.Kinds.Select(k => ImmutableArray.Create(k.Name))];

    public static MappingShape Validation { get; } = new([.. SourceSchema.Keys]) { Alternatives = Alternatives };

    public static MappingShape Calibration { get; } = new(
    [
        .. SourceSchema.Keys,
        new("from", new ChoiceShape("validation"), "Uses the data of that section."),
    ])
    {
        Alternatives = Alternatives.Add(["from"]),
    };

    private static readonly MappingShape Certify = new(
    [
        new("holdout", new NumberShape { Minimum = 0, AboveMinimum = true, Maximum = 1, BelowMaximum = true }, "The share of the validation samples that is kept back.") { IsRequired = true },
        new("seed", new NumberShape(NumberType.Whole), "The seed of the draw.") { Default = "0" },
    ]);

    public static MappingShape Data { get; } = new(
    [
        new("validation", Validation, "The labelled samples that the verdict is given on. Needed whenever there is a budget or a metric."),
        new("certification", Validation, "Labelled samples of its own, which no search sees: the verdict is given on them instead. A search that picks among many configurations picks a little of the validation data's noise too."),
        new("certify", Certify, "Keeps a part of the validation data back as certification data. Excludes `certification`."),
        new("calibration", Calibration, "The samples that activation ranges come from; they need no labels.") { Default = "{ from: validation }" },
        new("check_calibration", new BooleanShape(), "Whether to look at some of the calibration data and warn of what is likely to be a mistake: too few samples, one class, repetitions, empty samples, values unlike those of the validation data.") { Default = "true" },
    ]);
}
