using System.Buffers.Binary;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Data;

/// <summary>
/// A RIFF WAVE file (Microsoft, Multimedia Programming Interface and Data Specifications 1.0, and WAVEFORMATEXTENSIBLE): PCM of 8, 16, 24 or 32 bits, or floats of 32 or 64.
/// </summary>
/// <param name="SampleRate">In Hz.</param>
/// <param name="Channels">One array a channel; integers divided by 2^(bits - 1), so from -1 to 1.</param>
internal sealed record WavFile(int SampleRate, float[][] Channels)
{
    private const int Pcm = 1, Float = 3, Extensible = 0xFFFE;
    private const int MostChannels = 64;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="most">Values a channel that are wanted; the rest is not decoded.</param>
    /// <exception cref="QuantizeException">It is missing, damaged or of a kind that is not read.</exception>
    public static WavFile Read(string path, int most)
    {
        try
        {
            return Decode(File.ReadAllBytes(path), most);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"The audio cannot be read: {e.Message.TrimEnd('.')}.", new SourcePosition(path), e);
        }
    }

    internal static WavFile Decode(ReadOnlySpan<byte> file, int most)
    {
        if (file.Length < 12 || !file.StartsWith("RIFF"u8) || !file[8..12].SequenceEqual("WAVE"u8))
            throw new InvalidDataException("it is no WAV file");
        ReadOnlySpan<byte> format = [];
        for (long at = 12; at + 8 <= file.Length;)
        {
            var (start, length) = ((int)at + 8, BinaryPrimitives.ReadUInt32LittleEndian(file[((int)at + 4)..]));
            var type = file.Slice((int)at, 4);
            var isData = type.SequenceEqual("data"u8);
            // Writers that stream leave the lengths open, as 0 or all ones: then the data goes to the end.
            if (isData && (length == uint.MaxValue || (length == 0 && BinaryPrimitives.ReadUInt32LittleEndian(file[4..]) is 0 or uint.MaxValue)))
                length = (uint)(file.Length - start);
            if (length > file.Length - start)
                throw new InvalidDataException("a chunk is longer than the file");
            if (type.SequenceEqual("fmt "u8))
                format = file.Slice(start, (int)length);
            else if (isData)
                return Decode(format, file.Slice(start, (int)length), most);
            at = start + (long)length + (length & 1);
        }
        throw new InvalidDataException("it has no data");
    }

    private static WavFile Decode(ReadOnlySpan<byte> format, ReadOnlySpan<byte> data, int most)
    {
        if (format.Length < 16)
            throw new InvalidDataException("it does not say its format before its data");
        int code = BinaryPrimitives.ReadUInt16LittleEndian(format), channels = BinaryPrimitives.ReadUInt16LittleEndian(format[2..]), bits = BinaryPrimitives.ReadUInt16LittleEndian(format[14..]);
        if (code == Extensible && format.Length >= 26)
            code = BinaryPrimitives.ReadUInt16LittleEndian(format[24..]);
        var rate = BinaryPrimitives.ReadInt32LittleEndian(format[4..]);
        if ((code, bits) is not ((Pcm, 8 or 16 or 24 or 32) or (Float, 32 or 64)))
            throw new InvalidDataException($"it has the format {code} with {bits} bits; PCM of 8, 16, 24 and 32 bits and floats of 32 and 64 are read");
        if (channels is < 1 or > MostChannels || rate <= 0 || BinaryPrimitives.ReadUInt16LittleEndian(format[12..]) != channels * bits / 8)
            throw new InvalidDataException($"it has {channels} channels, {rate} Hz and blocks that do not fit");
        var count = Math.Min(data.Length / (channels * bits / 8), most);
        var result = new float[channels][];
        for (var c = 0; c < channels; c++)
        {
            result[c] = new float[count];
            for (var i = 0; i < count; i++)
                result[c][i] = Value(data[(((i * channels) + c) * (bits / 8))..], bits, code == Float);
            if (!result[c].All(float.IsFinite))
                throw new InvalidDataException("it has a value that is not finite");
        }
        return new WavFile(rate, result);
    }

    /// <summary>Of 8 bits values are unsigned with 128 in the middle, of more signed.</summary>
    private static float Value(ReadOnlySpan<byte> bytes, int bits, bool isFloat) => bits switch
    {
        8 => (bytes[0] - 128) / 128f,
        16 => BinaryPrimitives.ReadInt16LittleEndian(bytes) / 32768f,
        24 => ((bytes[2] << 24) | (bytes[1] << 16) | (bytes[0] << 8)) / 2147483648f,
        32 when isFloat => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        32 => BinaryPrimitives.ReadInt32LittleEndian(bytes) / 2147483648f,
        _ => (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes),
    };
}
