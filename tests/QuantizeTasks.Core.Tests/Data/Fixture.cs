using QuantizeTasks.Data;

namespace QuantizeTasks.Tests.Data;

/// <summary>Files that Fixtures/generate.py made with Pillow and numpy.</summary>
internal static class Fixture
{
    public static string PathOf(string name) => Path.Combine(Repository.Root, "tests", "QuantizeTasks.Core.Tests", "Data", "Fixtures", name);

    public static byte[] Bytes(string name) => File.ReadAllBytes(PathOf(name));

    /// <summary>
    /// The elements of an expected array, read without the code under test: of version 1, C order and a single-letter type, a file of numpy is 10 bytes, a header of the
    /// length those state, and the elements.
    /// </summary>
    public static byte[] Elements(string name)
    {
        var bytes = Bytes(name);
        return bytes[(10 + bytes[8] + (bytes[9] << 8))..];
    }

    /// <summary>The picture that generate.py calls picture(width, height), as decoded: uint8 [height, width, 3].</summary>
    public static Tensor Picture(int width, int height)
    {
        var pixels = new byte[width * height * 3];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                for (var c = 0; c < 3; c++)
                    pixels[(((y * width) + x) * 3) + c] = (byte)(c == 1 ? (9 * x) + (4 * y) : (3 * x * x) + (5 * y * y) + (7 * x * y * (c + 1)) + (40 * c));
            }
        }
        return Tensor.Create(pixels, height, width, 3);
    }

    public static Tensor Row(string name, int index, bool batchAxis = false)
    {
        using var array = NpyArray.Open(PathOf(name), Sources.Here);
        return array.Row(index, batchAxis);
    }
}
