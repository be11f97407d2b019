using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization;
using QuantizeTasks.Quantization.Writing;

namespace QuantizeTasks.Runs;

/// <summary>A model that was calibrated and quantized.</summary>
/// <param name="Calibrated">The float model and its statistics.</param>
/// <param name="Variants">The quantized model in all its configurations, under the manifest's settings.</param>
/// <param name="Passes">Runs models on the calibration samples.</param>
/// <param name="Decision">What <c>prefer: measured</c> measured; null without.</param>
/// <param name="Explain">Explains variants that were made under certain settings.</param>
internal sealed record QuantizingResult(
    CalibratedModel Calibrated, QuantizedModelVariants Variants, CachedCalibration Passes, MeasuredDecision? Decision, Func<QuantizedModelVariants, CompressionSettings, RunExplanation> Explain)
{
    /// <summary>The model under other settings that the same statistics serve.</summary>
    public QuantizedModelVariants Under(CompressionSettings settings) => DefaultQuantization.Quantize(Calibrated, settings, Passes);
}
