using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Quantization.Calibration;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;

namespace QuantizeTasks.Quantization;

/// <summary>A float model, rewritten so that it quantizes well, and what is known of it.</summary>
/// <param name="Prepared">The model. It computes what the model it came from computes, up to the rounding of float, under the same names of nodes.</param>
/// <param name="Placement">What is quantized in it.</param>
/// <param name="Statistics">Statistics of what the placement observes.</param>
/// <param name="Rescaled">Layers whose weights were widened by the rewriting; they count among those that POT's <c>saturation_fix</c> treats.</param>
internal sealed record CalibratedModel(PreparedModel Prepared, QuantizerPlacement Placement, CalibrationStatistics Statistics, ImmutableSortedSet<string> Rescaled)
{
    /// <summary>What the range estimator <c>auto</c> stands for; null when it was not asked for.</summary>
    public AutomaticRanges? Automatic { get; init; }

    /// <summary>The activations that SmoothQuant left alone, and why.</summary>
    public ImmutableSortedDictionary<string, string> NotSmoothed { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Corrections that were asked for and found nothing to change.</summary>
    public ImmutableArray<Diagnostic> Warnings { get; init; } = [];
}
