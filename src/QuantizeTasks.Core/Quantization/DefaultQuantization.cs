using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization.Calibration;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;
using QuantizeTasks.Quantization.Writing;

namespace QuantizeTasks.Quantization;

/// <summary>
/// DefaultQuantization: the one place that says in which order its algorithms run. The order is that of POT
/// (openvino/tools/pot/algorithms/quantization/default/algorithm.py).
/// </summary>
internal static class DefaultQuantization
{
    /// <summary>Brings the float model into the form that quantizes best, and observes its activations.</summary>
    /// <param name="prepared">The float model; not changed.</param>
    /// <param name="placement">What is quantized in it.</param>
    /// <param name="settings">Which of the algorithms.</param>
    /// <param name="passes">Runs models on the calibration samples.</param>
    /// <exception cref="QuantizeException">A pass over the calibration samples fails.</exception>
    public static CalibratedModel Calibrate(PreparedModel prepared, QuantizerPlacement placement, CompressionSettings settings, ICalibrationPasses passes) =>
        new(prepared, placement, passes.Observe(prepared, placement.Observations), ImmutableSortedSet.Create<string>(StringComparer.Ordinal));

    /// <summary>
    /// Computes scales, int8 weights and corrected biases: a pure function of its arguments, and cheap beside <see cref="Calibrate"/>. The settings may differ from those the model was
    /// calibrated with in all that does not change which tensors are observed, so other presets, estimators and corrections can be tried on one calibrated model.
    /// </summary>
    /// <param name="model">The float model and its statistics.</param>
    /// <param name="settings">Preset, granularity of weights, corrections.</param>
    /// <exception cref="QuantizeException">The placement has nothing in int8.</exception>
    public static QuantizedModelVariants Quantize(CalibratedModel model, CompressionSettings settings) =>
        QuantizedModelVariants.Create(model.Prepared, model.Placement, model.Statistics, settings);
}
