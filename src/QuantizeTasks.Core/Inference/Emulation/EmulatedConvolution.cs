using System.Buffers;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Inference.Emulation;

/// <summary>QLinearConv and ConvInteger, in either layout.</summary>
internal sealed class EmulatedConvolution : EmulatedOperator
{
    /// <summary>Output elements computed at once, so that what they read stays in the cache.</summary>
    private const int BlockRows = 64;

    private readonly bool _isChannelsLast;
    private readonly int _groups;
    private readonly int _groupInputs;
    private readonly int _groupOutputs;
    private readonly int[] _kernel;
    private readonly byte _zeroPoint;
    private readonly int[] _offsets;
    private readonly OutputStage _stage;
    private readonly PackedWeights[] _weights;

    public EmulatedConvolution(NodeProto node, OnnxGraph graph, int weights)
        : base(node, graph)
    {
        var isInteger = node.OpType == "ConvInteger";
        _isChannelsLast = node.Int("channels_last", 0) != 0;
        _groups = checked((int)node.Int("group", 1));
        var dims = Array.ConvertAll(Constant(weights)!.Dims.ToArray(), d => checked((int)d));
        if (dims.Length < 3 || _groups < 1 || dims[0] % _groups != 0)
            throw NotEmulated(node, "its weights have no shape of a convolution");
        (_groupInputs, _groupOutputs, _kernel) = (dims[1], dims[0] / _groups, dims[2..]);
        _zeroPoint = ZeroPoint(2);
        var values = Weights(weights, isInteger ? 3 : 5);
        var size = _kernel.Aggregate(1, (a, b) => a * b);
        // From (output, input, position) to (position, input): the order in which the kernels sum.
        _weights = [.. Enumerable.Range(0, _groups).Select(group => new PackedWeights(size * _groupInputs, _groupOutputs,
            (row, column) => values[((((group * _groupOutputs) + column) * _groupInputs) + (row % _groupInputs)) * size + (row / _groupInputs)]))];
        var bias = isInteger ? null : Constant(8)?.ToInt64s();
        _offsets = [.. _weights.SelectMany(w => w.ColumnSums).Select((sum, channel) => unchecked((int)(bias?[channel] ?? 0) - (sum * _zeroPoint)))];
        _stage = isInteger ? new OutputStage(null, null) : new OutputStage([.. Scales(4).Select(w => Scales(1)[0] * w / Scales(6)[0])], ZeroPoint(7));
    }

    public override (long Risky, long All) WeightPairs => (_weights.Sum(w => w.RiskyPairs), _weights.Sum(w => w.Pairs));

    /// <summary>One channel in, one channel out, for each group: another kernel, which does not saturate.</summary>
    public static bool IsDepthwise(NodeProto node, OnnxGraph graph, int weights) =>
        graph.TryGetConstant(node.Input[weights], out var constant) && constant.Dims.Count > 2 && constant.Dims[1] == 1 && constant.Dims[0] == node.Int("group", 1);

    public override (Tensor Output, long Pairs, long Saturated) Run(IReadOnlyDictionary<string, Tensor> tensors)
    {
        var input = tensors[Node.Input[0]];
        int[] shape = [.. input.Shape];
        var (inputs, outputs) = (_groups * _groupInputs, _groups * _groupOutputs);
        var spatial = _isChannelsLast ? shape[1..^1] : shape[2..];
        if (spatial.Length != _kernel.Length || shape[_isChannelsLast ? ^1 : 1] != inputs)
            throw new QuantizeException(DiagnosticCodes.ShapeMismatch, $"'{Node.Name}' takes {inputs} channels and {_kernel.Length} spatial axes, but was given {input}.");
        var geometry = new ConvolutionGeometry(Node, spatial, _kernel);
        var (pixels, positions) = (Product(spatial), Product(geometry.Output));
        var data = _isChannelsLast ? input.As<byte>() : Transpose(input.As<byte>(), shape[0], inputs, pixels);

        var sums = new int[checked(shape[0] * positions * outputs)];
        var saturated = 0L;
        for (var image = 0; image < shape[0]; image++)
            for (var group = 0; group < _groups; group++)
                saturated += Convolve(geometry, data.AsSpan(image * pixels * inputs, pixels * inputs), inputs, group, positions, sums.AsSpan(image * positions * outputs, positions * outputs));

        int[] result = _isChannelsLast ? [shape[0], .. geometry.Output, outputs] : [shape[0], outputs, .. geometry.Output];
        var output = _stage.Apply(sums, outputs, [shape[0], positions, outputs]);
        return (Shaped(output, shape[0], positions, outputs, result), _weights.Sum(w => w.Columns * ((w.Rows + 1L) / 2)) * shape[0] * positions, saturated);
    }

    private long Convolve(ConvolutionGeometry geometry, ReadOnlySpan<byte> image, int channels, int group, int positions, Span<int> sums)
    {
        var weights = _weights[group];
        var (width, outputs, saturated) = (weights.Steps * PackedWeights.Step, _groups * _groupOutputs, 0L);
        var rows = ArrayPool<byte>.Shared.Rent(BlockRows * width);
        var block = ArrayPool<int>.Shared.Rent(BlockRows * weights.Columns);
        for (var start = 0; start < positions; start += BlockRows)
        {
            var count = Math.Min(BlockRows, positions - start);
            for (var i = 0; i < count; i++)
                geometry.Gather(image, channels, group * _groupInputs, _groupInputs, start + i, _zeroPoint, rows.AsSpan(i * width, width));
            saturated += SaturatingProduct.Multiply(rows, count, weights, block);
            for (var i = 0; i < count; i++)
                for (var j = 0; j < weights.Columns; j++)
                    sums[((start + i) * outputs) + (group * _groupOutputs) + j] = unchecked(block[(i * weights.Columns) + j] + _offsets[(group * _groupOutputs) + j]);
        }
        ArrayPool<byte>.Shared.Return(rows);
        ArrayPool<int>.Shared.Return(block);
        return saturated;
    }

    private Tensor Shaped(Tensor output, int images, int positions, int channels, int[] shape) => output.Data switch
    {
        _ when _isChannelsLast && output.ElementType == typeof(byte) => Tensor.Create(output.As<byte>(), shape),
        _ when _isChannelsLast => Tensor.Create(output.As<int>(), shape),
        _ when output.ElementType == typeof(byte) => Tensor.Create(Transpose(output.As<byte>(), images, positions, channels), shape),
        _ => Tensor.Create(Transpose(output.As<int>(), images, positions, channels), shape),
    };

    /// <summary>Swaps the two last of three axes.</summary>
    private static T[] Transpose<T>(T[] values, int outer, int rows, int columns)
    {
        var result = new T[values.Length];
        for (var o = 0; o < outer; o++)
            for (var r = 0; r < rows; r++)
                for (var c = 0; c < columns; c++)
                    result[(((o * columns) + c) * rows) + r] = values[(((o * rows) + r) * columns) + c];
        return result;
    }

    private static int Product(int[] extents) => extents.Aggregate(1, (a, b) => checked(a * b));
}
