namespace QuantizeTasks.Quantization;

/// <summary>
/// What a group can be instead of plain int8 before it is put in float: something that costs less time than float and is more accurate than plain int8,
/// such as other ranges, int8 weights with float activations, or int16 activations.
/// </summary>
/// <param name="Name">A short name in the words of a report, such as <c>weights only</c>; without commas and equal signs. It enters configurations and so must stay what it is.</param>
public sealed record Rung(string Name)
{
    /// <summary>True for what takes the place of float on a device that has none: groups revert to it.</summary>
    public bool IsTop { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
