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
    /// <param name="layers">The layers, each with a <see cref="MomentShape"/>.</param>
    /// <param name="samples">On how many of the calibration samples.</param>
    /// <param name="passes">Runs the model.</param>
    public static InputMoments[] Collect(OnnxModel model, IReadOnlyList<QuantizedLayer> layers, int samples, ICalibrationPasses passes)
    {
        var probe = model.Clone();
        var nodes = probe.Graph.Nodes.ToDictionary(n => n.Name, StringComparer.Ordinal);
        var shapes = layers.Select(l => MomentShape.Of(model.Graph, l)!).ToArray();
        var added = layers.Zip(shapes, (layer, shape) => MomentNodes.Add(probe.Graph, nodes[layer.Name], shape)).ToArray();
        probe.Proto.Graph.Output.Clear();
        probe.Proto.Graph.Output.AddRange(added.SelectMany(a => new[] { a.Products, a.Sums, a.Columns }).Select(name => new ValueInfoProto { Name = name }));

        var moments = shapes.Select(s => new InputMoments(s, new double[(long)s.Blocks * s.Size * s.Size], new double[s.Blocks * s.Size])).ToArray();
        foreach (var sample in passes.Run(probe.Serialize(), samples))
            for (var i = 0; i < moments.Length; i++)
            {
                var columns = sample[added[i].Columns].As<long>();
                var weight = 1.0 / columns[0] / columns[3] / samples;
                Add(sample[added[i].Products].As<float>(), weight, moments[i].Products, layers[i]);
                Add(sample[added[i].Sums].As<float>(), weight, moments[i].Means, layers[i]);
            }
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

    private static void Add(float[] values, double weight, double[] sums, QuantizedLayer layer)
    {
        // A run on several rows gives a set for each.
        for (var i = 0; i < values.Length; i++)
            sums[i % sums.Length] += float.IsFinite(values[i]) ? values[i] * weight
                : throw new QuantizeException(DiagnosticCodes.ValueNotFinite, $"On a calibration sample the input of '{layer.Name}' holds a value that is not finite, or too large to be squared, so its weights cannot be tuned. Check the samples, or keep the operator in float (ignored.scope).");
    }
}
