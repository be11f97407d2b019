using System.Numerics.Tensors;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Data;

/// <summary>No range can be taken from NaN or infinity, so no sample may have them.</summary>
internal static class FiniteTensor
{
    /// <summary>The tensor itself.</summary>
    /// <exception cref="QuantizeException">It has a value that is not finite.</exception>
    public static Tensor Require(Tensor tensor, string input, string sample)
    {
        var finite = tensor.Data switch
        {
            float[] data => TensorPrimitives.IsFiniteAll<float>(data),
            double[] data => TensorPrimitives.IsFiniteAll<double>(data),
            _ => true,
        };
        return finite ? tensor : throw new QuantizeException(DiagnosticCodes.ValueNotFinite,
            $"The input '{input}' has a value that is not finite (NaN or infinity) in {sample}. No range can be taken from it; use a large finite number for masks.");
    }
}
