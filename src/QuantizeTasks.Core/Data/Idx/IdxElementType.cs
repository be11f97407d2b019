using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace QuantizeTasks.Data;

/// <summary>An element type of IDX files.</summary>
/// <param name="Code">The third byte of a file.</param>
/// <param name="Name">What it is.</param>
/// <param name="Size">Bytes of an element.</param>
/// <param name="ToTensor">Makes a tensor of big-endian elements.</param>
internal sealed record IdxElementType(byte Code, string Name, int Size, Func<byte[], int[], Tensor> ToTensor)
{
    private static readonly IdxElementType[] All =
    [
        new(0x08, "uint8", 1, Tensor.Create),
        new(0x09, "int8", 1, (bytes, shape) => Tensor.Create(MemoryMarshal.Cast<byte, sbyte>(bytes).ToArray(), shape)),
        new(0x0B, "int16", 2, (bytes, shape) => Tensor.Create(Convert(bytes, 2, BinaryPrimitives.ReadInt16BigEndian), shape)),
        new(0x0C, "int32", 4, (bytes, shape) => Tensor.Create(Convert(bytes, 4, BinaryPrimitives.ReadInt32BigEndian), shape)),
        new(0x0D, "float32", 4, (bytes, shape) => Tensor.Create(Convert(bytes, 4, BinaryPrimitives.ReadSingleBigEndian), shape)),
        new(0x0E, "float64", 8, (bytes, shape) => Tensor.Create(Convert(bytes, 8, BinaryPrimitives.ReadDoubleBigEndian), shape)),
    ];

    private delegate T Reader<T>(ReadOnlySpan<byte> bytes);

    public static IdxElementType? Find(byte code) => Array.Find(All, type => type.Code == code);

    private static T[] Convert<T>(byte[] bytes, int size, Reader<T> read)
    {
        var result = new T[bytes.Length / size];
        for (var i = 0; i < result.Length; i++)
            result[i] = read(bytes.AsSpan(i * size));
        return result;
    }
}
