namespace QuantizeTasks.Manifest.Schema;

/// <summary>The <c>verdict</c> section.</summary>
internal static class VerdictSchema
{
    public static MappingShape Verdict { get; } = new(
    [
        new("confidence", new NumberShape { Minimum = 0.5, AboveMinimum = true, Maximum = 1, BelowMaximum = true }, "Asks for evidence: the drop must be within budget on all data like the samples, with this one-sided confidence, not just on the samples. A model of which that cannot be said yet fails with QTZ2004, which names the number of samples that would be enough. Off by default."),
        new("max_size_ratio", new NumberShape { Minimum = 0, AboveMinimum = true }, "The size of the int8 model as a share of the float model's, at most; QTZ2005 when it is larger."),
        new("min_speedup", new NumberShape { Minimum = 0, AboveMinimum = true }, "How many times faster than the float model the int8 model must be, measured on the machine of the build with one thread in alternating runs; QTZ2006 when it is not. A verdict that depends on the machine."),
    ]);
}
