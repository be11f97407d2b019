using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Onnx.Values;

namespace QuantizeTasks.Quantization.Placement;

/// <summary>The values of a layer's weights, and which output and input channel each belongs to.</summary>
internal sealed class WeightValues
{
    private const long LargestKept = ScratchValues.SmallestInFile;

    private readonly TensorProto _tensor;
    private readonly float[]? _values;
    private readonly WeakReference<float[]> _large = new(null!);
    private readonly int _outputStride;
    private readonly int _inputStride;
    private readonly int _inputExtent;
    private readonly int _channelsInGroup;

    public WeightValues(LayerWeights weights, TensorProto tensor, bool isConvolution)
    {
        _tensor = tensor;
        _values = TensorData.StoredBytes(tensor) < LargestKept ? tensor.ToFloats() : null;
        Channels = weights.Channels;
        Dims = [.. tensor.Dims];
        _outputStride = Stride(weights.Axis);
        // Conv: (output, input / group, ...). Matrices: that of the last two axes which is not the output's.
        var inputAxis = isConvolution ? 1 : (2 * Dims.Length) - 3 - weights.Axis;
        _inputStride = Stride(inputAxis);
        _inputExtent = (int)Dims[inputAxis];
        _channelsInGroup = weights.Channels / weights.Groups;
        InputChannels = _inputExtent * weights.Groups;
    }

    /// <summary>The values in row-major order. Those of large weights are read again when they are asked for after some time: a model's together may not fit into memory.</summary>
    public float[] Values
    {
        get
        {
            if (_values is not null)
                return _values;
            if (!_large.TryGetTarget(out var values))
                _large.SetTarget(values = _tensor.ToFloats());
            return values;
        }
    }

    public long[] Dims { get; }

    /// <summary>Number of output channels.</summary>
    public int Channels { get; }

    /// <summary>Number of input channels, of all groups of a convolution.</summary>
    public int InputChannels { get; }

    /// <summary>The position of one of the weights that an output channel's sum runs over, in the order of the input's channels and, for a convolution, of the kernel's taps.</summary>
    public int Index(int outputChannel, int position) => _outputStride == 1 ? (position * Channels) + outputChannel : (outputChannel * _outputStride) + position;

    public int OutputChannel(int index) => index / _outputStride % Channels;

    public int InputChannel(int index) => (OutputChannel(index) / _channelsInGroup * _inputExtent) + (index / _inputStride % _inputExtent);

    private int Stride(int axis) => (int)Dims.Skip(axis + 1).Aggregate(1L, (product, extent) => product * extent);
}
