using QuantizeTasks;

namespace SpotFinder;

/// <summary>Reads scenes in a format of our own: what a data source of one's own is for. Everything is read in the constructor and never changes, so threads need no lock.</summary>
public sealed class SceneFile : IDataLoader
{
    public const int Size = 48;

    private readonly List<(float[] Pixels, float[] Middles)> _scenes = [];

    /// <param name="path">`SCN1`, the count; for each scene its pixels, the number of its spots, and their middles. `params: { path: ... }` in quantize.yaml, relative to it.</param>
    public SceneFile([InputPath] string path)
    {
        using var reader = new BinaryReader(File.OpenRead(path));
        if (!reader.ReadBytes(4).AsSpan().SequenceEqual("SCN1"u8))
            throw new InvalidDataException($"'{path}' is no file of scenes.");
        for (var left = reader.ReadInt32(); left > 0; left--)
        {
            var pixels = Array.ConvertAll(reader.ReadBytes(Size * Size), value => value / 255f);
            float[] middles = [.. Enumerable.Range(0, reader.ReadInt32() * 2).Select(_ => reader.ReadSingle())];
            _scenes.Add((pixels, middles));
        }
    }

    public int Count => _scenes.Count;

    public Sample Load(int index)
    {
        var (pixels, middles) = _scenes[index];
        return new Sample(
            $"scene {index}",
            new Dictionary<string, Tensor> { ["scene"] = Tensor.Create(pixels, 1, 1, Size, Size) },
            Tensor.Create(middles, middles.Length / 2, 2),
            slice: middles.Length switch { 0 => "empty", <= 6 => "few", _ => "many" });
    }
}
