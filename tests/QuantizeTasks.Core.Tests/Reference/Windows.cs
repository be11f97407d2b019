using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Tests.Reference;

/// <summary>Convolutions and pools over any number of spatial axes.</summary>
internal static class Windows
{
    public static Dictionary<string, ReferenceRuntime.Operator> Operators { get; } = new(StringComparer.Ordinal)
    {
        ["Conv"] = Convolve,
        ["ConvTranspose"] = ConvolveTransposed,
        ["MaxPool"] = (n, x) => [Pool(n, x[0]!, values => values.Max())],
        ["AveragePool"] = (n, x) => [Average(n, x[0]!)],
        ["GlobalAveragePool"] = (_, x) => [Global(x[0]!, values => values.Average())],
        ["GlobalMaxPool"] = (_, x) => [Global(x[0]!, values => values.Max())],
    };

    /// <summary>Kernel, strides, dilations and pads of a node; ceil_mode and auto_pad other than NOTSET do not occur in tests.</summary>
    private sealed class Window
    {
        public Window(NodeProto node, int[] kernel)
        {
            if (node.Text("auto_pad", "NOTSET") != "NOTSET" || node.Int("ceil_mode", 0) != 0)
                throw new NotSupportedException("auto_pad and ceil_mode");
            Kernel = kernel;
            Strides = node.Ints("strides") ?? [.. kernel.Select(_ => 1L)];
            Dilations = node.Ints("dilations") ?? [.. kernel.Select(_ => 1L)];
            Pads = node.Ints("pads") ?? new long[2 * kernel.Length];
        }

        public int[] Kernel { get; }

        public long[] Strides { get; }

        public long[] Dilations { get; }

        public long[] Pads { get; }

        public int[] OutputOf(ReadOnlySpan<int> spatial)
        {
            var output = new int[spatial.Length];
            for (var i = 0; i < output.Length; i++)
                output[i] = (int)((spatial[i] + Pads[i] + Pads[i + output.Length] - (Dilations[i] * (Kernel[i] - 1)) - 1) / Strides[i]) + 1;
            return output;
        }

        /// <summary>Where a tap of an output's window lies in the input; may be outside.</summary>
        public int Input(int axis, int output, int tap) => (int)((output * Strides[axis]) - Pads[axis] + (tap * Dilations[axis]));
    }

    private static Values[] Convolve(NodeProto node, Values?[] inputs)
    {
        var (x, w, bias) = (inputs[0]!, inputs[1]!, inputs.ElementAtOrDefault(2));
        var group = (int)node.Int("group", 1);
        var window = new Window(node, w.Shape[2..]);
        var (channels, perGroup) = (w.Shape[0], w.Shape[1]);
        var y = Values.Zeros([x.Shape[0], channels, .. window.OutputOf(x.Shape.AsSpan(2))]);
        foreach (var at in y.Indices())
        {
            var sum = bias?.Data[at[1]] ?? 0;
            var first = at[1] / (channels / group) * perGroup;
            foreach (var tap in Values.Indices(window.Kernel))
                if (Position(window, x, at, tap) is { } position)
                    for (var c = 0; c < perGroup; c++)
                        sum += x[[at[0], first + c, .. position]] * w[[at[1], c, .. tap]];
            y[at] = sum;
        }
        return [y];
    }

    private static Values[] ConvolveTransposed(NodeProto node, Values?[] inputs)
    {
        var (x, w, bias) = (inputs[0]!, inputs[1]!, inputs.ElementAtOrDefault(2));
        var group = (int)node.Int("group", 1);
        var window = new Window(node, w.Shape[2..]);
        var extra = node.Ints("output_padding") ?? new long[window.Kernel.Length];
        var spatial = window.Kernel.Select((k, i) => (int)((window.Strides[i] * (x.Shape[2 + i] - 1)) + extra[i] + (window.Dilations[i] * (k - 1)) + 1 - window.Pads[i] - window.Pads[i + window.Kernel.Length])).ToArray();
        var (perGroupIn, perGroupOut) = (x.Shape[1] / group, w.Shape[1]);
        var y = Values.Zeros([x.Shape[0], perGroupOut * group, .. spatial]);
        foreach (var at in y.Indices())
            y[at] = bias?.Data[at[1]] ?? 0;
        foreach (var at in x.Indices())
            foreach (var tap in Values.Indices(window.Kernel))
            {
                // The scatter of what Conv gathers.
                int[] position = [.. tap.Select((t, i) => window.Input(i, at[2 + i], t))];
                if (position.Where((p, i) => p < 0 || p >= spatial[i]).Any())
                    continue;
                for (var o = 0; o < perGroupOut; o++)
                    y[[at[0], (at[1] / perGroupIn * perGroupOut) + o, .. position]] += x[at] * w[[at[1], o, .. tap]];
            }
        return [y];
    }

    private static Values Pool(NodeProto node, Values x, Func<List<double>, double> reduce)
    {
        var window = new Window(node, [.. node.Ints("kernel_shape")!.Select(k => (int)k)]);
        var y = Values.Zeros([x.Shape[0], x.Shape[1], .. window.OutputOf(x.Shape.AsSpan(2))]);
        foreach (var at in y.Indices())
        {
            var values = new List<double>();
            foreach (var tap in Values.Indices(window.Kernel))
                if (Position(window, x, at, tap) is { } position)
                    values.Add(x[[at[0], at[1], .. position]]);
            y[at] = reduce(values);
        }
        return y;
    }

    private static Values Average(NodeProto node, Values x)
    {
        var taps = node.Ints("kernel_shape")!.Aggregate(1L, (a, b) => a * b);
        return Pool(node, x, values => values.Sum() / (node.Int("count_include_pad", 0) == 0 ? values.Count : taps));
    }

    private static Values Global(Values x, Func<double[], double> reduce)
    {
        var area = x.Shape.Skip(2).Aggregate(1, (a, b) => a * b);
        return new([x.Shape[0], x.Shape[1], .. x.Shape.Skip(2).Select(_ => 1)], [.. x.Data.Chunk(area).Select(reduce)]);
    }

    private static int[]? Position(Window window, Values x, int[] output, int[] tap)
    {
        var position = new int[tap.Length];
        for (var i = 0; i < tap.Length; i++)
        {
            position[i] = window.Input(i, output[2 + i], tap[i]);
            if (position[i] < 0 || position[i] >= x.Shape[2 + i])
                return null;
        }
        return position;
    }
}
