using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization.Placement;

namespace QuantizeTasks.Quantization.Corrections;

/// <summary>The blocks of the second moments of a layer's inputs: output channels of one group of a convolution (elsewhere all) see the same inputs.</summary>
/// <param name="Groups">How many groups.</param>
/// <param name="BlocksPerGroup">Blocks that follow each other along an output channel's weights; more than one where a whole block would be too large.</param>
/// <param name="Size">Rows and columns of each block.</param>
internal sealed record MomentShape(int Groups, int BlocksPerGroup, int Size)
{
    /// <summary>The largest block: its factorization takes about three seconds on one core.</summary>
    private const int LargestBlock = 2048;

    /// <summary>How many blocks.</summary>
    public int Blocks => Groups * BlocksPerGroup;

    /// <summary>How many inputs each output channel has.</summary>
    public int Inputs => BlocksPerGroup * Size;

    /// <summary>Bytes in memory.</summary>
    public long Bytes => (long)Blocks * Size * Size * sizeof(double);

    /// <summary>Null for a layer whose sums do not run over an axis of one activation in the same way for all channels.</summary>
    /// <param name="graph">The layer's.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="rows">From how many rows the moments will be taken: fewer than a block has say nothing about how all of its inputs correlate.</param>
    public static MomentShape? Of(OnnxGraph graph, QuantizedLayer layer, long rows)
    {
        if (layer.Weights is not { Input: 1, IsBatched: false } weights || !graph.TryGetConstant(weights.Tensor, out var tensor))
            return null;
        var perChannel = (int)(tensor.Length() / weights.Channels);
        var inputs = layer.OperatorType == "Conv" ? (int)tensor.Dims[1] : perChannel;
        var taps = perChannel / inputs;
        // Whole input channels, as many as divide evenly.
        var (together, largest) = (inputs, Math.Min(LargestBlock, rows));
        while (together > 1 && (inputs % together != 0 || together * taps > largest))
            together--;
        return new(weights.Groups, inputs / together, together * taps);
    }
}
