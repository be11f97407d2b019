using System.Collections.Concurrent;
using System.Collections.Immutable;
using QuantizeTasks.Onnx.Values;
using QuantizeTasks.Quantization.Calibration;
using QuantizeTasks.Quantization.Scaling;

namespace QuantizeTasks.Quantization.Errors;

/// <summary>What a few samples say of every layer and of the tensors between them. It explains and decides nothing.</summary>
/// <param name="Errors">The layers' errors in the model with all of them in int8.</param>
/// <param name="Values">What the quantized tensors hold in the float model, by name.</param>
internal sealed partial record LayerSurvey(LocalErrors Errors, ImmutableSortedDictionary<string, ValueDistribution> Values)
{
    /// <summary>Samples: the figures are means over all elements of a layer's outputs, which hardly change with more.</summary>
    public const int MostSamples = 8;

    /// <summary>Every layer is a session of its own.</summary>
    private const int MostLayers = 500;

    /// <summary>256 MiB of floats; the tensors of one sample are held at once, for each worker.</summary>
    private const long MostElements = 1 << 26;

    /// <summary>Nothing is known.</summary>
    public static LayerSurvey None { get; } = new(new LocalErrors(0, []), ImmutableSortedDictionary<string, ValueDistribution>.Empty);

    /// <summary>Why a model is not surveyed; null when it is small enough.</summary>
    public static string? TooLarge(CalibratedModel calibrated)
    {
        var layers = calibrated.Placement.Layers;
        if (layers.Length > MostLayers)
            return $"the model has more than {MostLayers} int8 layers";
        var tensors = layers.SelectMany(l => l.Inputs.Append(l.Output)).Distinct(StringComparer.Ordinal);
        var elements = tensors.Sum(t => (calibrated.Prepared.Tensors.Shape(t) ?? []).Aggregate(1L, (product, extent) => product * Math.Max(1, extent)));
        return elements > MostElements ? "its activations are more than 256 MiB a sample" : null;
    }

    /// <summary>Measures. Neither the samples' order nor the number of workers changes the result.</summary>
    /// <param name="calibrated">The float model.</param>
    /// <param name="quantized">The int8 model in Q/DQ form.</param>
    /// <param name="scales">The scales of the quantized tensors, by name.</param>
    /// <param name="data">Where the samples come from.</param>
    /// <param name="samples">Indices of the samples.</param>
    /// <param name="workers">Samples in flight at once.</param>
    /// <param name="cancellation">Ends the measurement.</param>
    public static LayerSurvey Measure(
        CalibratedModel calibrated, SerializedModel quantized, IReadOnlyDictionary<string, TensorScale> scales, IDataLoader data, IReadOnlyList<int> samples, int workers, CancellationToken cancellation)
    {
        var seen = new ConcurrentDictionary<string, HistogramAccumulator>(StringComparer.Ordinal);
        var errors = ErrorMeasurement.Measure(calibrated, calibrated.Placement.Layers, quantized, data, samples, workers, cancellation, (tensor, values) =>
        {
            if (scales.ContainsKey(tensor) && values.Length > 0)
                seen.GetOrAdd(tensor, _ => new HistogramAccumulator()).Add(values);
        });
        return new LayerSurvey(errors, seen.ToImmutableSortedDictionary(s => s.Key, s => ValueDistribution.Of(s.Value.Finish(), scales[s.Key]), StringComparer.Ordinal));
    }
}
