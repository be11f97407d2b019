using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;

namespace QuantizeTasks.Quantization.Corrections;

/// <summary>
/// On how much of the calibration data second moments are taken. What they are used for hardly gains from more rows than some for each input, and neighbouring positions of a picture say almost the same;
/// all positions of all samples took thirty times as long on pictures of 224 x 224.
/// </summary>
/// <param name="Samples">How many of the samples.</param>
/// <param name="Steps">For each layer: every how many positions along each axis of a picture, or rows of a product.</param>
internal sealed record MomentSampling(int Samples, IReadOnlyList<int> Steps)
{
    /// <summary>Rows for each row of a block.</summary>
    private const int RowsPerInput = 32;

    /// <summary>Rows of a small block, which cost little.</summary>
    private const int LeastRows = 8192;

    /// <summary>However many positions a sample has: different samples say different things.</summary>
    private const int LeastSamples = 4;

    /// <summary>However few it has.</summary>
    private const int MostSamples = 128;

    /// <summary>How many rows all samples that may be taken have for a layer; as many as it takes where that is not known.</summary>
    /// <param name="prepared">The model.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="available">How many samples there are.</param>
    /// <param name="wished">How many are asked for; null for as many as it takes.</param>
    public static long Rows(PreparedModel prepared, QuantizedLayer layer, int available, int? wished) =>
        Positions(Space(prepared, layer), 1) is var positions and > 0 ? positions * Math.Min(available, wished ?? MostSamples) : long.MaxValue;

    /// <summary>Chooses for some layers of a model.</summary>
    /// <param name="prepared">The model.</param>
    /// <param name="layers">The layers, with the shape of their moments.</param>
    /// <param name="available">How many samples there are.</param>
    /// <param name="wished">How many are asked for; null for as many as it takes.</param>
    public static MomentSampling Choose(PreparedModel prepared, IReadOnlyList<(QuantizedLayer Layer, MomentShape Shape)> layers, int available, int? wished)
    {
        var needs = layers.Select(l => (Rows: Math.Max(LeastRows, (long)RowsPerInput * l.Shape.Size), Space: Space(prepared, l.Layer))).ToArray();
        var samples = (int)Math.Min(available, wished ?? Math.Clamp(needs.Select(need => Positions(need.Space, 1) is var positions and > 0 ? (need.Rows + positions - 1) / positions : MostSamples).Append(0).Max(), LeastSamples, MostSamples));
        return new(samples, [.. needs.Select(need => Step(need.Space, (need.Rows + samples - 1) / samples))]);
    }

    /// <summary>The largest step that leaves that many positions of each sample.</summary>
    private static int Step(long[] space, long rows)
    {
        var step = 1;
        while (space.Length > 0 && Positions(space, step + 1) >= rows && step < space.Max())
            step++;
        return step;
    }

    /// <summary>0 where the shape is not known.</summary>
    private static long Positions(long[] space, int step) => space.Length == 0 ? 0 : space.Aggregate(1L, (product, extent) => product * ((extent + step - 1) / step));

    /// <summary>The extents that sums of different positions lie along, at least 1 where they depend on the input; none where not even their number is known.</summary>
    private static long[] Space(PreparedModel prepared, QuantizedLayer layer)
    {
        if (prepared.Tensors.Shape(layer.Output) is not { } shape)
            return [];
        long[] extents = [.. shape.Select(extent => Math.Max(1L, extent))];
        return layer.OperatorType == "Conv" ? extents[2..] : [extents.SkipLast(1).Aggregate(1L, (product, extent) => product * extent)];
    }
}
