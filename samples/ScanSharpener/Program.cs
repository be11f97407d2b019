using System.Globalization;
using Microsoft.ML.OnnxRuntime;

if (args.Length != 2)
{
    Console.Error.WriteLine("Doubles the size of a scanned page. Give it a picture in PGM (P5) and the name of the one to write.");
    return 1;
}
var (width, height, pixels) = Pgm.Read(args[0]);
var page = Array.ConvertAll(pixels, p => p / 255f);
using var sharpen = new InferenceSession(Path.Combine(AppContext.BaseDirectory, "models", "sharpen.int8.onnx"));
using var run = new RunOptions();
using var input = OrtValue.CreateTensorValueFromMemory(page, [1, 1, height, width]);
using var outputs = sharpen.Run(run, ["page"], [input], ["sharp"]);
byte[] sharp = [.. outputs[0].GetTensorDataAsSpan<float>().ToArray().Select(v => (byte)Math.Round(Math.Clamp(v, 0, 1) * 255))];
Pgm.Write(args[1], 2 * width, 2 * height, sharp);
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{args[1]}: {2 * width} x {2 * height}"));
return 0;

/// <summary>The simplest picture files that other programs read: a header of four words and a byte a pixel.</summary>
static class Pgm
{
    public static (int Width, int Height, byte[] Pixels) Read(string path)
    {
        using var file = File.OpenRead(path);
        if (Word(file) != "P5")
            throw new InvalidDataException($"{path} is no PGM file of the kind P5.");
        var (width, height) = (int.Parse(Word(file), CultureInfo.InvariantCulture), int.Parse(Word(file), CultureInfo.InvariantCulture));
        if (Word(file) != "255")
            throw new InvalidDataException($"{path} does not have 8 bits a pixel.");
        var pixels = new byte[checked(width * height)];
        file.ReadExactly(pixels);
        return (width, height, pixels);
    }

    public static void Write(string path, int width, int height, byte[] pixels)
    {
        using var file = File.Create(path);
        file.Write(System.Text.Encoding.ASCII.GetBytes($"P5\n{width} {height}\n255\n"));
        file.Write(pixels);
    }

    private static string Word(Stream file)
    {
        var word = new System.Text.StringBuilder();
        for (var c = file.ReadByte(); c >= 0; c = file.ReadByte())
        {
            if (!char.IsWhiteSpace((char)c))
                word.Append((char)c);
            else if (word.Length > 0)
                break;
        }
        return word.ToString();
    }
}
