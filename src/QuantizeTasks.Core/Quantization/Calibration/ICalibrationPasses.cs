using System.Collections.Immutable;
using QuantizeTasks.Quantization.Preparation;

namespace QuantizeTasks.Quantization.Calibration;

/// <summary>
/// Passes over the calibration samples. A result depends on the arguments, the data and the runtime alone, so whoever implements this may remember it:
/// asking again for what was asked before costs nothing in a run.
/// </summary>
internal interface ICalibrationPasses
{
    /// <summary>Runs a float model on all calibration samples and reduces what flows through some of its tensors.</summary>
    /// <param name="prepared">The model.</param>
    /// <param name="observations">The tensors, each once, in ordinal order.</param>
    /// <exception cref="Diagnostics.QuantizeException">No samples, a value that is not finite, or the model cannot be run on a sample.</exception>
    CalibrationStatistics Observe(PreparedModel prepared, ImmutableArray<Observation> observations);
}
