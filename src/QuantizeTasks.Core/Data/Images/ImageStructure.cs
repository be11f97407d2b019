using System.Buffers.Binary;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Data;

/// <summary>
/// Looks at an image file before it is decoded. The decoder allocates what the header says, reads interlaced PNGs wrongly, ends the process when libjpeg
/// meets a fatal error, and never returns from a JPEG that stops early; so all that must be found out first.
/// </summary>
internal static class ImageStructure
{
    /// <summary>300 MB of pixels: far above any model's input, far below what a forged header can ask for.</summary>
    private const long MaximalPixels = 100_000_000;

    /// <summary>Throws unless the decoder can be trusted with these bytes.</summary>
    /// <exception cref="QuantizeException">The file is neither a JPEG nor a PNG, or it is damaged, too large or of a kind that is not read.</exception>
    public static void Check(ReadOnlySpan<byte> bytes, string name)
    {
        try
        {
            if (bytes.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]))
                CheckPng(bytes);
            else if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8]))
                new JpegStructure(bytes).Check();
            else
                throw new InvalidDataException("it is no JPEG, PNG, BMP or PPM");
        }
        catch (InvalidDataException e)
        {
            throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"The image cannot be decoded: {e.Message}.", new SourcePosition(name), e);
        }
    }

    public static void CheckSize(long width, long height)
    {
        if (width <= 0 || height <= 0 || width * height > MaximalPixels)
            throw new InvalidDataException($"its size is {width} x {height}; 1 to {MaximalPixels} pixels are read");
    }

    /// <summary>The header chunk comes first (PNG specification, 11.2.2): length, type, width, height, bit depth, colour type, compression, filter, interlace.</summary>
    private static void CheckPng(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 33 || !bytes[12..16].SequenceEqual("IHDR"u8))
            throw new InvalidDataException("it ends within its header");
        CheckSize(BinaryPrimitives.ReadUInt32BigEndian(bytes[16..]), BinaryPrimitives.ReadUInt32BigEndian(bytes[20..]));
        if (bytes[28] != 0)
            throw new InvalidDataException("it is an interlaced PNG; save it without interlacing");
    }
}
