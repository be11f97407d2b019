namespace QuantizeTasks.Accuracy;

/// <summary>What a tensor takes in memory.</summary>
internal static class TensorSize
{
    public static long Of(Tensor tensor) => tensor.Data is string[] texts ? texts.Sum(t => 2L * t.Length) : Buffer.ByteLength(tensor.Data);
}
