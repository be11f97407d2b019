using System.Collections.Immutable;
using QuantizeTasks.Onnx.Values;
using QuantizeTasks.Quantization.Preparation;

namespace QuantizeTasks.Quantization.Calibration;

/// <summary>
/// Passes over the calibration samples. A result depends on the arguments, the data and the runtime alone, so whoever implements this may remember it:
/// asking again for what was asked before costs nothing in a run.
/// </summary>
internal interface ICalibrationPasses
{
    /// <summary>Number of samples that the settings choose.</summary>
    int Samples { get; }

    /// <summary>Runs a float model on the calibration samples and reduces what flows through some of its tensors.</summary>
    /// <param name="prepared">The model.</param>
    /// <param name="observations">The tensors, each once, in ordinal order.</param>
    /// <param name="atMost">On how many of the samples at most.</param>
    /// <exception cref="Diagnostics.QuantizeException">No samples, a value that is not finite, or the model cannot be run on a sample.</exception>
    CalibrationStatistics Observe(PreparedModel prepared, ImmutableArray<Observation> observations, int atMost = int.MaxValue);

    /// <summary>Runs a model on the first calibration samples and gives its outputs, sample after sample. Only a few samples are held at a time.</summary>
    /// <param name="model">A model with the inputs of the float model.</param>
    /// <param name="count">How many samples, at most <see cref="Samples"/>.</param>
    /// <exception cref="Diagnostics.QuantizeException">The model cannot be run on a sample.</exception>
    IEnumerable<IReadOnlyDictionary<string, Tensor>> Run(SerializedModel model, int count);

    /// <summary>What <paramref name="compute"/> gives, or gave before for the same arguments, data and runtime.</summary>
    /// <param name="kind">What is computed and the version of the code that does it.</param>
    /// <param name="model">The model that the computation runs.</param>
    /// <param name="arguments">Whatever else the result depends on.</param>
    /// <param name="compute">The computation; its passes go through this object.</param>
    byte[] Remember(string kind, SerializedModel model, string arguments, Func<byte[]> compute);
}
