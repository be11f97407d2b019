using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;

namespace QuantizeTasks.Data;

/// <summary>Decodes an image file of any kind that is read, by what it starts with and not by what it is called.</summary>
internal static class ImageFileDecoder
{
    /// <summary>Decodes a file's bytes.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="name">Its path, for messages.</param>
    /// <param name="upright">Whether a JPEG is turned as its EXIF orientation says.</param>
    /// <returns>uint8 of shape [height, width, 1 or 3] in RGB order.</returns>
    /// <exception cref="QuantizeException">It is of another kind, damaged, or too large.</exception>
    public static Tensor Decode(byte[] bytes, string name, bool upright)
    {
        try
        {
            if (bytes.AsSpan().StartsWith("BM"u8))
                return Bitmap.Decode(bytes);
            if (bytes is [(byte)'P', >= (byte)'1' and <= (byte)'6', ..])
                return PortableAnymap.Decode(bytes);
        }
        catch (InvalidDataException e)
        {
            throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"The image cannot be decoded: {e.Message}.", new SourcePosition(name), e);
        }
        ImageStructure.Check(bytes, name);
        var image = ImageDecoder.Shared.Decode(bytes, name);
        return upright ? ExifOrientation.Apply(image, ExifOrientation.Of(bytes)) : image;
    }
}
