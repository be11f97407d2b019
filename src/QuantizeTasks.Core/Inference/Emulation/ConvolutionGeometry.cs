using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Inference.Emulation;

/// <summary>Where a convolution reads, for any number of spatial axes. Tensors are in channels-last order.</summary>
internal sealed class ConvolutionGeometry
{
    private readonly int[] _input;
    private readonly int[] _kernel;
    private readonly int[] _strides;
    private readonly int[] _dilations;
    private readonly int[] _begins;

    /// <param name="node">Has the attributes of Conv.</param>
    /// <param name="input">Spatial extents of the input.</param>
    /// <param name="kernel">Spatial extents of the filter.</param>
    public ConvolutionGeometry(NodeProto node, int[] input, int[] kernel)
    {
        (_input, _kernel) = (input, kernel);
        _strides = Attribute("strides", 1);
        _dilations = Attribute("dilations", 1);
        _begins = new int[kernel.Length];
        Output = new int[kernel.Length];
        var (pads, auto) = (node.Ints("pads"), node.Text("auto_pad", "NOTSET"));
        for (var axis = 0; axis < kernel.Length; axis++)
        {
            var extent = ((kernel[axis] - 1) * _dilations[axis]) + 1;
            if (auto is "SAME_UPPER" or "SAME_LOWER")
            {
                Output[axis] = (input[axis] + _strides[axis] - 1) / _strides[axis];
                var padding = Math.Max(0, ((Output[axis] - 1) * _strides[axis]) + extent - input[axis]);
                _begins[axis] = auto == "SAME_UPPER" ? padding / 2 : (padding + 1) / 2;
                continue;
            }
            var explicitly = auto == "NOTSET" && pads is not null;
            _begins[axis] = explicitly ? checked((int)pads![axis]) : 0;
            var end = explicitly ? checked((int)pads![axis + kernel.Length]) : 0;
            Output[axis] = ((input[axis] + _begins[axis] + end - extent) / _strides[axis]) + 1;
        }

        int[] Attribute(string name, int fallback) => node.Ints(name) is { } values ? Array.ConvertAll(values, v => checked((int)v)) : [.. Enumerable.Repeat(fallback, kernel.Length)];
    }

    /// <summary>Spatial extents of the output.</summary>
    public int[] Output { get; }

    /// <summary>Elements of the filter in space.</summary>
    public int KernelSize => _kernel.Aggregate(1, (a, b) => a * b);

    /// <summary>Copies what one output element reads: for each element of the filter the channels of a group, or as many zero points where it lies in the padding.</summary>
    /// <param name="image">One image, channels last.</param>
    /// <param name="channels">Channels of the image.</param>
    /// <param name="first">First channel of the group.</param>
    /// <param name="taken">Channels of the group.</param>
    /// <param name="position">Index of the output element in row-major order.</param>
    /// <param name="zeroPoint">What padding holds.</param>
    /// <param name="row">Receives the values.</param>
    public void Gather(ReadOnlySpan<byte> image, int channels, int first, int taken, int position, byte zeroPoint, Span<byte> row)
    {
        Span<int> origin = stackalloc int[_kernel.Length];
        for (var axis = _kernel.Length - 1; axis >= 0; axis--)
        {
            origin[axis] = (position % Output[axis] * _strides[axis]) - _begins[axis];
            position /= Output[axis];
        }
        for (var k = 0; k < KernelSize; k++)
        {
            var (offset, stride, rest, inside) = (0, 1, k, true);
            for (var axis = _kernel.Length - 1; axis >= 0; axis--)
            {
                var at = origin[axis] + (rest % _kernel[axis] * _dilations[axis]);
                rest /= _kernel[axis];
                inside &= (uint)at < (uint)_input[axis];
                offset += at * stride;
                stride *= _input[axis];
            }
            var target = row.Slice(k * taken, taken);
            if (inside)
                image.Slice((offset * channels) + first, taken).CopyTo(target);
            else
                target.Fill(zeroPoint);
        }
    }
}
