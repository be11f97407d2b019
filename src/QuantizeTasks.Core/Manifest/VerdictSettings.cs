namespace QuantizeTasks.Manifest;

/// <summary>The <c>verdict</c> section: what a model has to prove besides its drop. Everything is off when not given.</summary>
/// <param name="Confidence">In (0.5, 1): the drop must be within budget on all data like the validation data, with this one-sided confidence.</param>
/// <param name="MaxSizeRatio">The published file may be this share of the float model's.</param>
/// <param name="MinSpeedup">Float time / int8 time on the machine of the build, one thread.</param>
public sealed record VerdictSettings(Located<double>? Confidence, Located<double>? MaxSizeRatio, Located<double>? MinSpeedup)
{
    /// <summary>Nothing besides the drop.</summary>
    public static VerdictSettings None { get; } = new(null, null, null);
}

/// <summary>The <c>data.certify</c> section: a share of the validation data that the search never sees and the verdict is given on.</summary>
/// <param name="Fraction">In (0, 1).</param>
/// <param name="Seed">Of the draw.</param>
public sealed record HoldoutSpecification(Located<double> Fraction, int Seed);
