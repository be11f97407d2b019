using System.Runtime.InteropServices;
using System.Text;

namespace QuantizeTasks.Tests.Data;

/// <summary>Writes npy files of version 1.</summary>
internal static class NpyFile
{
    public static void Write(string path, ReadOnlySpan<float> values, params int[] shape)
    {
        var header = Encoding.Latin1.GetBytes($"{{'descr': '<f4', 'fortran_order': False, 'shape': ({string.Join(", ", shape)},), }}\n");
        File.WriteAllBytes(path, [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, (byte)(header.Length >> 8), .. header, .. MemoryMarshal.AsBytes(values)]);
    }
}
