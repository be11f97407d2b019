namespace QuantizeTasks.Inference.Emulation;

/// <summary>What follows the sums of an integer kernel: integers of 32 bits as they are, floats, or bytes.</summary>
/// <param name="Scales">What one unit of a sum stands for, in the output's unit; one, or one a column. Null for sums as they are.</param>
/// <param name="ZeroPoint">Of a byte output; null for floats.</param>
/// <param name="Bias">Added to floats; null for none.</param>
internal sealed record OutputStage(float[]? Scales, byte? ZeroPoint, float[]? Bias = null)
{
    /// <summary>The output of sums whose last axis is that of the columns.</summary>
    public Tensor Apply(int[] sums, int columns, int[] shape)
    {
        if (Scales is null)
            return Tensor.Create(sums, shape);
        if (ZeroPoint is not { } zero)
            return Tensor.Create(Array.ConvertAll(Enumerable.Range(0, sums.Length).ToArray(), i => (sums[i] * Scale(i % columns)) + (Bias is null ? 0 : Bias[i % columns])), shape);
        var bytes = new byte[sums.Length];
        // Clamped before rounding, to nearest even, in float: as MlasRequantizeOutput does (onnxruntime/core/mlas/lib/quantize.cpp).
        var (low, high) = ((float)-zero, (float)(byte.MaxValue - zero));
        for (var i = 0; i < bytes.Length; i++)
            bytes[i] = (byte)((int)MathF.Round(Math.Clamp(sums[i] * Scale(i % columns), low, high), MidpointRounding.ToEven) + zero);
        return Tensor.Create(bytes, shape);
    }

    private float Scale(int column) => Scales!.Length == 1 ? Scales[0] : Scales[column];
}
