using QuantizeTasks;

namespace TestPlugins;

/// <summary>Pictures of noise, each from a generator of its own, so that threads share nothing.</summary>
public sealed class Noise(int count = 20, int channels = 3, int size = 16) : IDataLoader
{
    public int Count => count;

    public Sample Load(int index)
    {
        var random = new Random(index);
        float[] values = [.. Enumerable.Range(0, channels * size * size).Select(_ => (random.NextSingle() * 2) - 1)];
        return new Sample($"noise {index}", new Dictionary<string, Tensor> { [""] = Tensor.Create(values, 1, channels, size, size) }, Tensor.Create([(float)(index % 10)]), index % 2 == 0 ? "even" : "odd");
    }
}

/// <summary>Lines of a file, one number each.</summary>
public sealed class Lines([InputPath] string file) : IDataLoader
{
    private readonly string[] _lines = File.ReadAllLines(file);

    public int Count => _lines.Length;

    public Sample Load(int index) =>
        new($"line {index + 1}", new Dictionary<string, Tensor> { ["x"] = Tensor.Create([float.Parse(_lines[index], System.Globalization.CultureInfo.InvariantCulture)], 1, 1) });
}

/// <summary>Does what it is told to: how a loader can be wrong.</summary>
public sealed class BrokenLoader(string how) : IDataLoader
{
    private int _calls;

    public int Count => how switch { "negative" => -1, "counts again" => Interlocked.Increment(ref _calls), _ => 3 };

    public Sample Load(int index)
    {
        var inputs = new Dictionary<string, Tensor> { ["x"] = Tensor.Create([how == "changes" ? Interlocked.Increment(ref _calls) : how == "nan" ? float.NaN : 1f], 1, 1) };
        return how switch
        {
            "too few" => new Sample($"s{new[] { 0, 1 }[index]}", inputs),
            "null" => null!,
            "no inputs" => new Sample("s", new Dictionary<string, Tensor>()),
            "null input" => new Sample("s", new Dictionary<string, Tensor> { ["x"] = null! }),
            _ => new Sample("s", inputs),
        };
    }
}

/// <summary>Twice the first output, under another name; how often it was asked is its own business.</summary>
public sealed class Doubles(string name = "doubled", bool returnsNull = false) : IPostProcessing
{
    public IReadOnlyDictionary<string, Tensor> Process(IReadOnlyDictionary<string, Tensor> outputs) => returnsNull ? null! :
        new Dictionary<string, Tensor> { [name] = Tensor.Create(Array.ConvertAll(outputs.Values.First().As<float>(), v => v * 2), [.. outputs.Values.First().Shape]) };
}
