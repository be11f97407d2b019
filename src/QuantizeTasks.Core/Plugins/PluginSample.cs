using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Plugins;

/// <summary>A sample that a plug-in gave.</summary>
internal static class PluginSample
{
    /// <exception cref="QuantizeException">It has no inputs, or one of them is not finite.</exception>
    public static void Check(Sample sample, int index, PluginCalls calls)
    {
        if (string.IsNullOrEmpty(sample.Name))
            throw calls.Broken($"gave sample {index} no name");
        if (sample.Inputs is not { Count: > 0 })
            throw calls.Broken($"gave sample {index} ({sample.Name}) no inputs");
        foreach (var (name, tensor) in sample.Inputs)
        {
            if (tensor is null)
                throw calls.Broken($"gave null for the input '{name}' of sample {index} ({sample.Name})");
            if (tensor.Data is float[] floats && !TensorPrimitives.IsFiniteAll<float>(floats) || tensor.Data is double[] doubles && !TensorPrimitives.IsFiniteAll<double>(doubles))
                throw new QuantizeException(DiagnosticCodes.ValueNotFinite, $"The input '{name}' of sample {index} ({sample.Name}) has a value that is not finite (NaN or infinity).");
        }
    }

    /// <summary>SHA-256 over everything in it.</summary>
    public static string Fingerprint(Sample sample)
    {
        using var fingerprint = new FingerprintBuilder("sample/1");
        fingerprint.Add("name", sample.Name).Add("slice", sample.Slice).Add("inputs", sample.Inputs.Count);
        foreach (var (name, tensor) in sample.Inputs.OrderBy(i => i.Key, StringComparer.Ordinal))
            Add(fingerprint.Add("input", name), tensor);
        if (sample.Label is { } label)
            Add(fingerprint.Add("label", true), label);
        return fingerprint.Finish();
    }

    private static void Add(FingerprintBuilder fingerprint, Tensor tensor)
    {
        fingerprint.Add("type", tensor.ElementType.Name).Add("rank", tensor.Shape.Count);
        foreach (var extent in tensor.Shape)
            fingerprint.Add("extent", extent);
        if (tensor.Data is string[] texts)
            foreach (var text in texts)
                fingerprint.Add("text", text);
        else
            fingerprint.Add("data", MemoryMarshal.CreateReadOnlySpan(ref MemoryMarshal.GetArrayDataReference(tensor.Data), Buffer.ByteLength(tensor.Data)));
    }
}
