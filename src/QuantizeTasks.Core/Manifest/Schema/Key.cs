namespace QuantizeTasks.Manifest.Schema;

/// <summary>A key of the manifest.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Shape">What its value must be.</param>
/// <param name="Description">What it means, in sentences.</param>
internal sealed record Key(string Name, Shape Shape, string Description)
{
    public bool IsRequired { get; init; }

    /// <summary>The value when the key is absent, as it would be written; null when there is none or the description says it.</summary>
    public string? Default { get; init; }

    /// <summary>False for a parameter that the Post-training Optimization Tool has and this tool does not: only its default (if it has one) is accepted, because leaving it out means the same.</summary>
    public bool IsSupported { get; init; } = true;
}
