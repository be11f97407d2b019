using System.Numerics.Tensors;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using QuantizeTasks.Quantization.Calibration;
using QuantizeTasks.Quantization.Placement;

namespace QuantizeTasks.Quantization.Corrections;

/// <summary>
/// The second moments E[x x^T] of what the weights of one output channel are multiplied with (for a convolution the patch under the kernel, zeros of padding included), and the means E[x].
/// They are block-diagonal: a depthwise convolution has a block for each channel, and a layer whose moments would be too large is treated as if its blocks of input channels did not correlate.
/// </summary>
/// <param name="Shape">Number and size of the blocks.</param>
/// <param name="Products">Blocks, rows, columns.</param>
/// <param name="Means">Blocks, rows.</param>
internal sealed record InputMoments(MomentShape Shape, double[] Products, double[] Means)
{
    /// <summary>Collects them in one pass, reduced in the runtime for each sample.</summary>
    /// <param name="model">The float model.</param>
    /// <param name="layers">The layers, with the shape of their moments.</param>
    /// <param name="sampling">On how much of the calibration data.</param>
    /// <param name="passes">Runs the model.</param>
    public static InputMoments[] Collect(OnnxModel model, IReadOnlyList<(QuantizedLayer Layer, MomentShape Shape)> layers, MomentSampling sampling, ICalibrationPasses passes)
    {
        var probe = model.Clone();
        var nodes = probe.Graph.Nodes.ToDictionary(n => n.Name, StringComparer.Ordinal);
        var added = layers.Select((l, i) => MomentNodes.Add(probe.Graph, nodes[l.Layer.Name], l.Shape, sampling.Steps[i])).ToArray();
        probe.Proto.Graph.Output.Clear();
        probe.Proto.Graph.Output.AddRange(added.SelectMany(a => new[] { a.Products, a.Sums, a.Columns }).Select(name => new ValueInfoProto { Name = name }));

        var moments = layers.Select(l => new InputMoments(l.Shape, new double[(long)l.Shape.Blocks * l.Shape.Size * l.Shape.Size], new double[l.Shape.Blocks * l.Shape.Size])).ToArray();
        foreach (var sample in passes.Run(probe.Serialize(), sampling.Samples))
            Parallel.For(0, moments.Length, i =>
            {
                var columns = sample[added[i].Columns].As<long>();
                var weight = 1.0 / columns[0] / columns[3] / sampling.Samples;
                Add(sample[added[i].Products].As<float>(), weight, moments[i].Products);
                Add(sample[added[i].Sums].As<float>(), weight, moments[i].Means);
            });
        for (var i = 0; i < moments.Length; i++)
            if (!double.IsFinite(moments[i].Products.Sum()))
                throw new QuantizeException(DiagnosticCodes.ValueNotFinite, $"On a calibration sample the input of '{layers[i].Layer.Name}' holds a value that is not finite, or too large to be squared, so its weights cannot be tuned. Check the samples, or keep the operator in float (ignored.scope).");
        return moments;
    }

    /// <summary>One block; with the means taken off, as for a layer whose bias takes back the shift of its mean.</summary>
    public double[] Block(int index, bool isCentered)
    {
        var size = Shape.Size;
        var block = Products.AsSpan(index * size * size, size * size).ToArray();
        for (var i = 0; isCentered && i < size; i++)
            for (var j = 0; j < size; j++)
                block[(i * size) + j] -= Means[(index * size) + i] * Means[(index * size) + j];
        return block;
    }

    /// <summary>An element of the diagonal, counted through all blocks; with the mean taken off.</summary>
    public double Variance(int index, bool isCentered)
    {
        var (block, row) = (index / Shape.Size, index % Shape.Size);
        var square = Products[(block * Shape.Size * Shape.Size) + (row * Shape.Size) + row];
        return isCentered ? Math.Max(0, square - (Means[index] * Means[index])) : square;
    }

    /// <summary>A run on several rows gives a set for each.</summary>
    private static void Add(ReadOnlySpan<float> values, double weight, double[] sums)
    {
        Span<double> wide = stackalloc double[Math.Min(1024, sums.Length)];
        for (var set = 0; set < values.Length; set += sums.Length)
            for (var start = 0; start < sums.Length; start += wide.Length)
            {
                var into = sums.AsSpan(start, Math.Min(wide.Length, sums.Length - start));
                TensorPrimitives.ConvertTruncating(values.Slice(set + start, into.Length), wide);
                TensorPrimitives.MultiplyAdd(wide[..into.Length], weight, into, into);
            }
    }
}
