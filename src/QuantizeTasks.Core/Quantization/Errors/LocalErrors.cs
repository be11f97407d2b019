using System.Collections.Immutable;

namespace QuantizeTasks.Quantization.Errors;

/// <summary>What int8 costs at the output of each layer, over some samples.</summary>
/// <param name="Samples">How many samples.</param>
/// <param name="Layers">In graph order; those that are in int8.</param>
internal sealed record LocalErrors(int Samples, ImmutableArray<LayerError> Layers)
{
    /// <summary>The error of a layer; null for one that was not measured.</summary>
    public LayerError? Find(string layer) => Layers.FirstOrDefault(l => l.Layer == layer);
}

/// <summary>Sums over all samples and elements of a layer's output.</summary>
/// <param name="Layer">The layer's name.</param>
/// <param name="Signal">Squares of the float values.</param>
/// <param name="Local">Squared differences when this layer alone is int8: what its own quantizers (of inputs, weights and output) add.</param>
/// <param name="Accumulated">Squared differences in the int8 model: what reaches its output from all layers before it, too.</param>
internal sealed record LayerError(string Layer, double Signal, double Local, double Accumulated)
{
    /// <summary><see cref="Local"/> as a share of the signal: 0 is exact, 1 is as much noise as signal.</summary>
    public double RelativeLocal => Relative(Local);

    /// <summary>Signal to quantization noise ratio of the layer alone, in dB; infinite when nothing differs.</summary>
    public double LocalDecibels => -10 * Math.Log10(RelativeLocal);

    /// <summary>Signal to quantization noise ratio within the int8 model, in dB; infinite when nothing differs.</summary>
    public double AccumulatedDecibels => -10 * Math.Log10(Relative(Accumulated));

    private double Relative(double noise) => noise == 0 ? 0 : noise / Signal;
}
