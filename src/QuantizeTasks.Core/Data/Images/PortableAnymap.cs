namespace QuantizeTasks.Data;

/// <summary>Decodes Netpbm's formats: PBM (P1, P4), PGM (P2, P5) and PPM (P3, P6). Values of another maximum than 255 are scaled to it, rounded, as Pillow does.</summary>
internal static class PortableAnymap
{
    /// <returns>uint8 [height, width, 1 or 3].</returns>
    /// <exception cref="InvalidDataException">It is damaged or too large.</exception>
    public static Tensor Decode(ReadOnlySpan<byte> file)
    {
        var kind = file[1] - '0';
        var at = 2;
        var (width, height) = (Number(file, ref at), Number(file, ref at));
        ImageStructure.CheckSize(width, height);
        var maximum = kind is 1 or 4 ? 1 : Number(file, ref at);
        if (maximum is < 1 or > 65535)
            throw new InvalidDataException($"its largest value is {maximum}; 1 to 65535 are possible");
        var channels = kind is 3 or 6 ? 3 : 1;
        if (kind > 3 && (at >= file.Length || !IsSpace(file[at++])))
            throw new InvalidDataException("it ends within its header");
        var count = (long)width * height * channels;
        // A text value takes a digit at least; so no header makes us take memory that the file could not fill.
        var least = kind == 4 ? (width + 7L) / 8 * height : count * (kind > 3 && maximum > 255 ? 2 : 1);
        if (file.Length - at < least)
            throw new InvalidDataException("it ends before its picture does");
        var pixels = new byte[count];
        for (var i = 0; i < pixels.Length; i++)
        {
            var value = kind switch
            {
                1 => Bit(file, ref at),
                4 => (file[at + (i / width * ((width + 7) / 8)) + (i % width / 8)] >> (7 - (i % width % 8))) & 1,
                2 or 3 => Number(file, ref at),
                _ when maximum > 255 => (file[at + (2 * i)] << 8) | file[at + (2 * i) + 1],
                _ => file[at + i],
            };
            if (value > maximum)
                throw new InvalidDataException($"it has the value {value}, above its largest of {maximum}");
            // In a bitmap 1 is black.
            pixels[i] = (byte)(kind is 1 or 4 ? (1 - value) * 255 : maximum == 255 ? value : ((value * 255) + (maximum / 2)) / maximum);
        }
        return Tensor.Create(pixels, height, width, channels);
    }

    /// <summary>The next decimal number; white space and comments come before it.</summary>
    private static int Number(ReadOnlySpan<byte> file, ref int at)
    {
        SkipSpace(file, ref at);
        var (start, number) = (at, 0L);
        for (; at < file.Length && file[at] is >= (byte)'0' and <= (byte)'9' && number < 1_000_000_000; at++)
            number = (number * 10) + (file[at] - '0');
        return at > start && number < 1_000_000_000 ? (int)number : throw new InvalidDataException("a number is missing or too large");
    }

    /// <summary>In a text bitmap, digits need no space between them.</summary>
    private static int Bit(ReadOnlySpan<byte> file, ref int at)
    {
        SkipSpace(file, ref at);
        return at < file.Length && file[at] is (byte)'0' or (byte)'1' ? file[at++] - '0' : throw new InvalidDataException("a pixel is neither 0 nor 1");
    }

    private static void SkipSpace(ReadOnlySpan<byte> file, ref int at)
    {
        for (; at < file.Length && (IsSpace(file[at]) || file[at] == '#'); at++)
        {
            if (file[at] == '#')
                while (at + 1 < file.Length && file[at] is not ((byte)'\n' or (byte)'\r'))
                    at++;
        }
    }

    private static bool IsSpace(byte character) => character is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r' or 11 or 12;
}
