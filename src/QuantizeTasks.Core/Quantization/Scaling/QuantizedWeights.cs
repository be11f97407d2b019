using QuantizeTasks.Quantization.Placement;

namespace QuantizeTasks.Quantization.Scaling;

/// <summary>A layer's weights as integers.</summary>
/// <param name="Float">The float weights and their layout.</param>
/// <param name="Stored">The integers, of 8 or 16 bits as the scales' type says, in the same layout.</param>
/// <param name="Scales">One for each output channel; all equal when there is one for all.</param>
/// <param name="IsPerChannel">False when there is one scale for all.</param>
internal sealed record QuantizedWeights(WeightValues Float, short[] Stored, TensorScale[] Scales, bool IsPerChannel)
{
    /// <summary>What a stored weight stands for.</summary>
    public double Value(int index)
    {
        var scale = Scales[Float.OutputChannel(index)];
        return (double)(Stored[index] - scale.ZeroPoint) * scale.Scale;
    }
}
