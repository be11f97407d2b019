using System.Collections.Immutable;
using System.Globalization;
using QuantizeTasks.Accuracy.Searching;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Runs.Sharing;

/// <summary>What a search asks, and nobody has evaluated in full.</summary>
/// <param name="Scheme">The settings that the configurations are of.</param>
/// <param name="Configurations">Each of them.</param>
/// <param name="Samples">On each of these, ascending.</param>
internal sealed record SearchQuestion(Scheme Scheme, ImmutableArray<Configuration> Configurations, ImmutableArray<int> Samples)
{
    /// <summary>Says that shards have not gone on until here (QTZ6022).</summary>
    public Diagnostic NotEvaluated() => new(DiagnosticCodes.SearchIncomplete, DiagnosticSeverity.Information, string.Create(CultureInfo.InvariantCulture,
        $"The shards have not evaluated all that the search asks: {Configurations.Length} configuration{(Configurations.Length == 1 ? "" : "s")} on {Samples.Length} samples come next. This run evaluates that alone. Another round of `run --shard` before it would share the work."));
}
