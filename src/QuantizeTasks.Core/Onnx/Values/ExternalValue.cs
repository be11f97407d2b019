using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Google.Protobuf;

namespace QuantizeTasks.Onnx.Values;

/// <summary>An initializer's value that lies outside the message.</summary>
/// <param name="Name">The initializer.</param>
/// <param name="DataType">Element type, as TensorProto numbers it.</param>
/// <param name="Dims">Its extents.</param>
/// <param name="Bytes">The raw values, little-endian.</param>
/// <param name="Offset">Where they begin in the file of values.</param>
internal sealed record ExternalValue(string Name, int DataType, ImmutableArray<long> Dims, ByteString Bytes, long Offset)
{
    private static readonly ConditionalWeakTable<ByteString, byte[]> Hashes = [];

    /// <summary>SHA-256 of the values, computed once however many variants of a model share them.</summary>
    public byte[] Hash => Hashes.GetValue(Bytes, bytes =>
    {
        var hash = SHA256.HashData(bytes.Span);
        GC.KeepAlive(bytes);
        return hash;
    });
}
