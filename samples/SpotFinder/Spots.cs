using QuantizeTasks;

namespace SpotFinder;

/// <summary>From the network's heat map to spots: peaks among their neighbours that are likely enough. The program uses it, and so does quantize.yaml: what is judged is what the program does.</summary>
/// <param name="minimalScore">How likely, from 0 to 1; `minimal_score` in quantize.yaml.</param>
public sealed class Spots(double minimalScore = 0.5) : IPostProcessing
{
    private const int Cell = 4;

    public IReadOnlyDictionary<string, Tensor> Process(IReadOnlyDictionary<string, Tensor> outputs)
    {
        var spots = Find(outputs["heat"].As<float>(), outputs["heat"].Shape[^1]);
        return new Dictionary<string, Tensor> { ["spots"] = Tensor.Create([.. spots.SelectMany(s => new[] { s.X, s.Y, s.Score })], spots.Count, 3) };
    }

    /// <summary>Position in pixels and likelihood, the likeliest first.</summary>
    public IReadOnlyList<(float X, float Y, float Score)> Find(ReadOnlySpan<float> heat, int width)
    {
        var spots = new List<(float X, float Y, float Score)>();
        var height = heat.Length / width;
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++)
            {
                var score = 1 / (1 + MathF.Exp(-heat[(y * width) + x]));
                if (score >= minimalScore && IsPeak(heat, width, height, x, y))
                    spots.Add(((x + 0.5f) * Cell, (y + 0.5f) * Cell, score));
            }
        return [.. spots.OrderByDescending(s => s.Score).ThenBy(s => s.Y).ThenBy(s => s.X)];
    }

    // Of equal neighbours, which int8 makes often, the first one counts.
    private static bool IsPeak(ReadOnlySpan<float> heat, int width, int height, int x, int y)
    {
        var here = heat[(y * width) + x];
        for (var ny = Math.Max(0, y - 1); ny <= Math.Min(height - 1, y + 1); ny++)
            for (var nx = Math.Max(0, x - 1); nx <= Math.Min(width - 1, x + 1); nx++)
            {
                var there = heat[(ny * width) + nx];
                if (there > here || (there == here && (ny < y || (ny == y && nx < x))))
                    return false;
            }
        return true;
    }
}
