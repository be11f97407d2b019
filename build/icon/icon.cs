// Draws the icon of the packages: a curve, and the steps that it is rounded to.
//     dotnet run build/icon/icon.cs -- build/icon/icon.png
#:property PublishAot=false
using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

const int Size = 128;
const int Samples = 4; // of a pixel, each way
const double Corner = 24;

(double R, double G, double B) background = (24, 38, 66), curve = (126, 160, 214), steps = (255, 184, 64);

var rows = new MemoryStream();
for (var y = 0; y < Size; y++)
{
    rows.WriteByte(0); // PNG: this row is not filtered
    for (var x = 0; x < Size; x++)
    {
        var (r, g, b, a) = (0.0, 0.0, 0.0, 0.0);
        for (var i = 0; i < Samples * Samples; i++)
        {
            if (Colour(x + (((i % Samples) + 0.5) / Samples), y + (((i / Samples) + 0.5) / Samples)) is { } c)
                (r, g, b, a) = (r + c.R, g + c.G, b + c.B, a + 1);
        }
        foreach (var value in (double[])[r / Math.Max(a, 1), g / Math.Max(a, 1), b / Math.Max(a, 1), a * 255 / (Samples * Samples)])
            rows.WriteByte((byte)Math.Round(value));
    }
}

using var png = File.Create(args[0]);
png.Write([0x89, .. "PNG\r\n"u8, 0x1A, (byte)'\n']);
Chunk("IHDR", [0, 0, 0, Size, 0, 0, 0, Size, 8, 6, 0, 0, 0]); // 8 bits a channel, RGBA
var deflated = new MemoryStream();
using (var zlib = new ZLibStream(deflated, CompressionLevel.SmallestSize, leaveOpen: true))
    rows.WriteTo(zlib);
// The stream was written to; its position is at its end.
Chunk("IDAT", deflated.ToArray());
Chunk("IEND", []);
return 0;

(double R, double G, double B)? Colour(double x, double y)
{
    var (dx, dy) = (Math.Max(Math.Abs(x - (Size / 2)) - ((Size / 2) - Corner), 0), Math.Max(Math.Abs(y - (Size / 2)) - ((Size / 2) - Corner), 0));
    if ((dx * dx) + (dy * dy) > Corner * Corner)
        return null;
    const double Margin = 16, Step = 16;
    if (x is < Margin or > Size - Margin)
        return background;
    var column = Math.Min(Math.Floor((x - Margin) / Step), 5);
    if (Math.Abs(y - Rounded(column)) < 3.5 || (column > 0 && Math.Abs(x - (Margin + (column * Step))) < 3.5 && y > Rounded(column) && y < Rounded(column - 1)))
        return steps;
    return Math.Abs(y - Height(x)) < 2 ? curve : background;

    double Rounded(double index) => Math.Round(Height(Margin + ((index + 0.5) * Step)) / Step) * Step;
    // A sigmoid from the lower left to the upper right.
    double Height(double at) => 104 - (80 / (1 + Math.Exp(-(at - (Size / 2)) / 13)));
}

void Chunk(string type, ReadOnlySpan<byte> data)
{
    Span<byte> number = stackalloc byte[4];
    byte[] body = [.. Encoding.ASCII.GetBytes(type), .. data];
    BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
    png.Write(number);
    png.Write(body);
    BinaryPrimitives.WriteUInt32BigEndian(number, Checksum(body));
    png.Write(number);
}

// CRC-32 of ISO 3309, as the PNG specification's annex D computes it.
static uint Checksum(ReadOnlySpan<byte> bytes)
{
    var crc = uint.MaxValue;
    foreach (var value in bytes)
    {
        crc ^= value;
        for (var bit = 0; bit < 8; bit++)
            crc = (crc & 1) == 0 ? crc >> 1 : 0xEDB88320 ^ (crc >> 1);
    }
    return ~crc;
}
