using System.Globalization;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Tests.Data;

namespace QuantizeTasks.Tests.Pot;

/// <summary>A folder with a small image classifier, images of two sizes and lists of them, for configurations to name.</summary>
internal sealed class PotProject : IDisposable
{
    public const int Images = 12;
    private readonly TemporaryFolder _folder = new();

    public PotProject()
    {
        Model(3).Save(Path("model.onnx"));
        for (var i = 0; i < Images; i++)
        {
            var seed = i;
            PngFile.Write(Path("images", Name(i)), 20 + i, 18, (x, y, c) => (byte)((x * 7 * (seed + 1)) + (y * 5) + (c * 60) + (seed * 31)));
        }
        Write("val.txt", string.Concat(Enumerable.Range(0, Images).Select(i => $"{Name(i)} {i % 4}\n")));
    }

    public string Folder => _folder.Path;

    public static string Name(int image) => string.Create(CultureInfo.InvariantCulture, $"i{image:D2}.png");

    public string Path(params string[] parts) => _folder.File(parts);

    public void Write(string name, string text)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path(name))!);
        File.WriteAllText(Path(name), text);
    }

    /// <summary>A classifier of four classes over 16 x 16 pixels.</summary>
    public static OnnxModel Model(int channels, bool channelsLast = false)
    {
        var model = channelsLast
            ? TestModels.Opset(13).Input("image", 1, 16, 16, channels).Named("turn", "Transpose", ["image"], ["x"], n => n.With("perm", 0, 3, 1, 2))
            : TestModels.Opset(13).Input("x", 1, channels, 16, 16);
        return model.Random("w", 8, channels, 3, 3).Random("b", 8).Named("conv", "Conv", ["x", "w", "b"], ["c"], n => n.With("strides", 2, 2))
            .Named("relu", "Relu", ["c"], ["r"]).Named("mean", "GlobalAveragePool", ["r"], ["p"]).Named("flatten", "Flatten", ["p"], ["f"])
            .Random("v", 8, 4).Named("classes", "Gemm", ["f", "v"], ["y"]).Output("y").Build();
    }

    /// <summary>Reads a configuration of that text.</summary>
    public QuantizationManifest Read(string json, string name = "pot.json", ManifestOverrides? overrides = null)
    {
        Write(name, json);
        return ManifestFile.Read(Path(name), overrides);
    }

    /// <summary>What reading a configuration is ended by.</summary>
    public IReadOnlyList<Diagnostic> Errors(string json, string name = "pot.json") => Assert.ThrowsExactly<QuantizeException>(() => Read(json, name)).Diagnostics;

    public void Dispose() => _folder.Dispose();
}
