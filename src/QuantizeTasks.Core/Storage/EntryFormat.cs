using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace QuantizeTasks.Storage;

/// <summary>
/// The bytes of a store entry: magic "QTZE", format version (uint32), key (32 bytes), payload length (int64), SHA-256 of the payload (32 bytes), payload; little-endian.
/// Every byte of it is checked on reading, so a damaged entry is never taken for a result.
/// </summary>
internal static class EntryFormat
{
    private const uint Magic = 0x455A_5451;
    private const uint Version = 1;
    private const int KeySize = SHA256.HashSizeInBytes;
    private const int LengthOffset = 8 + KeySize;
    private const int HashOffset = LengthOffset + sizeof(long);
    private const int HeaderSize = HashOffset + SHA256.HashSizeInBytes;

    public static byte[] Header(ReadOnlySpan<byte> key, ReadOnlySpan<byte> payload)
    {
        var header = new byte[HeaderSize];
        BinaryPrimitives.WriteUInt32LittleEndian(header, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(4), Version);
        key.CopyTo(header.AsSpan(8, KeySize));
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(LengthOffset), payload.Length);
        _ = SHA256.HashData(payload, header.AsSpan(HashOffset));
        return header;
    }

    /// <summary>Reads the payload of an entry, or says that it is not the whole, unchanged entry of that key.</summary>
    public static bool TryRead(FileStream stream, ReadOnlySpan<byte> key, [NotNullWhen(true)] out byte[]? payload)
    {
        payload = null;
        Span<byte> header = stackalloc byte[HeaderSize];
        if (stream.ReadAtLeast(header, HeaderSize, throwOnEndOfStream: false) < HeaderSize
            || BinaryPrimitives.ReadUInt32LittleEndian(header) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(header[4..]) != Version
            || !header.Slice(8, KeySize).SequenceEqual(key))
            return false;

        // The length is believed only when the file is that long: a damaged one must not decide how much memory is taken.
        var length = BinaryPrimitives.ReadInt64LittleEndian(header[LengthOffset..]);
        if (length < 0 || length > Array.MaxLength || length != stream.Length - HeaderSize)
            return false;

        var bytes = GC.AllocateUninitializedArray<byte>((int)length);
        if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length
            || !SHA256.HashData(bytes).AsSpan().SequenceEqual(header[HashOffset..]))
            return false;
        payload = bytes;
        return true;
    }
}
