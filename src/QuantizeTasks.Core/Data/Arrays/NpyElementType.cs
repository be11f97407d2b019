using System.Runtime.InteropServices;

namespace QuantizeTasks.Data;

/// <summary>An element type of npy files and how it becomes an array of .NET values.</summary>
/// <param name="Descriptor">As in the header; '|' where byte order does not matter.</param>
/// <param name="Size">Bytes an element takes in the file.</param>
/// <param name="ToTensor">Makes a tensor of raw elements in row-major order.</param>
internal sealed record NpyElementType(string Descriptor, int Size, Func<byte[], int[], Tensor> ToTensor)
{
    private static readonly NpyElementType[] All =
    [
        Of<float>("<f4"), Of<double>("<f8"), new("<f2", 2, HalvesAsFloats),
        Of<sbyte>("|i1"), Of<short>("<i2"), Of<int>("<i4"), Of<long>("<i8"),
        new("|u1", 1, Tensor.Create), Of<ushort>("<u2"), Of<uint>("<u4"), Of<ulong>("<u8"),
        new("|b1", 1, Booleans),
    ];

    /// <summary>What is read, for messages.</summary>
    public static string Known => string.Join(' ', All.Select(type => type.Descriptor));

    /// <summary>The element type a header names; null for any other (big-endian, complex, text, objects).</summary>
    public static NpyElementType? Find(string descriptor) =>
        All.FirstOrDefault(type => type.Descriptor == descriptor || (type.Size == 1 && descriptor.Length == 3 && "|<>=".Contains(descriptor[0], StringComparison.Ordinal) && descriptor[1..] == type.Descriptor[1..]));

    private static NpyElementType Of<T>(string descriptor)
        where T : unmanaged =>
        new(descriptor, Marshal.SizeOf<T>(), (bytes, shape) => Tensor.Create(MemoryMarshal.Cast<byte, T>(bytes).ToArray(), shape));

    // A tensor has no half precision: no runtime input of ours takes it, and a float holds every half exactly.
    private static Tensor HalvesAsFloats(byte[] bytes, int[] shape) =>
        Tensor.Create(Array.ConvertAll(MemoryMarshal.Cast<byte, Half>(bytes).ToArray(), half => (float)half), shape);

    // Any byte but 0 counts as true, as numpy has it; a .NET bool of another bit pattern would compare wrongly.
    private static Tensor Booleans(byte[] bytes, int[] shape) => Tensor.Create(Array.ConvertAll(bytes, b => b != 0), shape);
}
