using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;
using DataType = QuantizeTasks.Onnx.Proto.TensorProto.Types.DataType;

namespace QuantizeTasks.Tests.Quantization;

/// <summary>
/// Computes a small Q/DQ model one scalar at a time, as the ONNX operators' definitions say it, without a runtime: what int8 kernels are held against.
/// Knows the operators that the tests of written forms need, and fails on others.
/// </summary>
internal sealed class ScalarModel
{
    private readonly Dictionary<string, Values> _tensors = new(StringComparer.Ordinal);

    private ScalarModel()
    {
    }

    /// <summary>A tensor's extents and elements, integers too.</summary>
    internal sealed record Values(int[] Dims, double[] Data)
    {
        public int Length => Data.Length;
    }

    /// <summary>The outputs by name.</summary>
    public static IReadOnlyDictionary<string, Values> Run(OnnxModel model, IReadOnlyDictionary<string, Tensor> inputs)
    {
        var run = new ScalarModel();
        foreach (var (name, tensor) in inputs)
            run._tensors[name] = new([.. tensor.Shape], tensor.ElementType == typeof(float) ? [.. tensor.As<float>()] : [.. tensor.As<long>()]);
        foreach (var constant in model.Graph.Initializers)
            run._tensors[constant.Name] = new([.. constant.Dims.Select(d => (int)d)], constant.IsFloat() ? [.. constant.ToFloats()] : [.. Integers(constant)]);
        foreach (var node in model.Graph.Nodes)
            run._tensors[node.Output[0]] = run.Compute(node, model.Graph);
        return model.Graph.Outputs.ToDictionary(o => o, o => run._tensors[o]);
    }

    private static IEnumerable<double> Integers(TensorProto tensor) => tensor.ToInt64s().Select(v => (double)v);

    private Values Compute(NodeProto node, OnnxGraph graph)
    {
        var inputs = node.Input.Select(i => i.Length == 0 ? null : _tensors[i]).ToArray();
        return node.OpType switch
        {
            "QuantizeLinear" => Quantize(node, inputs, TypeOf(graph, node.Input[2])),
            "DequantizeLinear" => AlongAxis(node, inputs, (x, scale, zero) => (float)(x - zero) * (float)scale),
            "Conv" => Convolve(node, inputs),
            "MatMul" => Multiply(inputs[0]!, inputs[1]!),
            "Gemm" => Gemm(node, inputs),
            "Add" => Elementwise(inputs[0]!, inputs[1]!, (a, b) => a + b),
            "Mul" => Elementwise(inputs[0]!, inputs[1]!, (a, b) => (float)a * (float)b),
            "Relu" => inputs[0]! with { Data = [.. inputs[0]!.Data.Select(v => Math.Max(v, 0))] },
            "Cast" => inputs[0]!,
            "Gather" when node.Int("axis", 0) == 0 => Gather(inputs[0]!, inputs[1]!),
            "GlobalAveragePool" => Pool(inputs[0]!),
            "Squeeze" => inputs[0]! with { Dims = [.. inputs[0]!.Dims.Where((_, axis) => !inputs[1]!.Data.Contains(axis))] },
            "Reshape" => Reshape(inputs[0]!, inputs[1]!),
            _ => throw new NotSupportedException(node.OpType),
        };
    }

    private static (double Low, double High) TypeOf(OnnxGraph graph, string zeroPoint) => graph.TryGetConstant(zeroPoint, out var value) ? (DataType)value.DataType switch
    {
        DataType.Uint8 => (0, 255),
        DataType.Int8 => (-128, 127),
        DataType.Uint16 => (0, 65535),
        DataType.Int16 => (-32768, 32767),
        _ => throw new NotSupportedException(),
    } : throw new NotSupportedException();

    // In float, as ONNX defines it: saturate(round half to even(x / scale) + zero point).
    private static Values Quantize(NodeProto node, Values?[] inputs, (double Low, double High) type) =>
        AlongAxis(node, inputs, (x, scale, zero) => Math.Clamp(Math.Round((float)x / (float)scale, MidpointRounding.ToEven) + zero, type.Low, type.High));

    private static Values AlongAxis(NodeProto node, Values?[] inputs, Func<double, double, double, double> apply)
    {
        var (x, scales, zeros) = (inputs[0]!, inputs[1]!, inputs[2]!);
        var axis = (int)node.Int("axis", 1);
        var stride = scales.Length == 1 ? 1 : x.Dims.Skip((axis + x.Dims.Length) % x.Dims.Length + 1).Aggregate(1, (a, b) => a * b);
        return x with { Data = [.. x.Data.Select((v, i) => apply(v, scales.Data[i / stride % scales.Length], zeros.Data[i / stride % scales.Length]))] };
    }

    private static Values Multiply(Values a, Values b)
    {
        var (m, k, n) = (a.Dims[^2], a.Dims[^1], b.Dims[^1]);
        var (outerA, outerB) = (a.Dims[..^2], b.Dims[..^2]);
        var batches = Broadcast(outerA, outerB);
        var result = new double[batches.Aggregate(1, (x, y) => x * y) * m * n];
        for (var i = 0; i < result.Length; i++)
        {
            var (batch, row, column) = (i / (m * n), i / n % m, i % n);
            var (offsetA, offsetB) = (Index(batch, batches, outerA) * m * k, Index(batch, batches, outerB) * k * n);
            for (var j = 0; j < k; j++)
                result[i] += a.Data[offsetA + (row * k) + j] * b.Data[offsetB + (j * n) + column];
        }
        return new([.. batches, m, n], result);
    }

    private static Values Gemm(NodeProto node, Values?[] inputs)
    {
        var product = Multiply(node.Int("transA", 0) != 0 ? Transposed(inputs[0]!) : inputs[0]!, node.Int("transB", 0) != 0 ? Transposed(inputs[1]!) : inputs[1]!);
        var scaled = product with { Data = [.. product.Data.Select(v => v * node.Float("alpha", 1))] };
        return inputs.Length < 3 ? scaled : Elementwise(scaled, inputs[2]!, (a, b) => a + (b * node.Float("beta", 1)));
    }

    private static Values Transposed(Values x) => new([x.Dims[1], x.Dims[0]], [.. Enumerable.Range(0, x.Length).Select(i => x.Data[(i % x.Dims[0] * x.Dims[1]) + (i / x.Dims[0])])]);

    private static Values Convolve(NodeProto node, Values?[] inputs)
    {
        var (x, w) = (inputs[0]!, inputs[1]!);
        var axes = x.Dims.Length - 2;
        var pads = node.Ints("pads") ?? new long[2 * axes];
        var strides = node.Ints("strides") ?? [.. Enumerable.Repeat(1L, axes)];
        var groups = (int)node.Int("group", 1);
        int[] outer = [x.Dims[0], w.Dims[0], .. Enumerable.Range(0, axes).Select(a => (int)((x.Dims[a + 2] + pads[a] + pads[a + axes] - w.Dims[a + 2]) / strides[a]) + 1)];
        var result = new double[outer.Aggregate(1, (a, b) => a * b)];
        for (var i = 0; i < result.Length; i++)
        {
            var place = Coordinates(i, outer);
            var sum = inputs.Length > 2 ? inputs[2]!.Data[place[1]] : 0;
            for (var j = 0; j < w.Length / w.Dims[0]; j++)
            {
                var tap = Coordinates(j, w.Dims[1..]);
                int[] from = [place[0], (place[1] / (w.Dims[0] / groups) * w.Dims[1]) + tap[0], .. Enumerable.Range(0, axes).Select(a => (int)((place[a + 2] * strides[a]) + tap[a + 1] - pads[a]))];
                if (from.Zip(x.Dims).All(p => p.First >= 0 && p.First < p.Second))
                    sum += x.Data[Offset(from, x.Dims)] * w.Data[(place[1] * (w.Length / w.Dims[0])) + j];
            }
            result[i] = sum;
        }
        return new(outer, result);
    }

    private static Values Gather(Values table, Values indices)
    {
        var row = table.Length / table.Dims[0];
        return new([.. indices.Dims, .. table.Dims[1..]], [.. indices.Data.SelectMany(i => table.Data.Skip((int)i * row).Take(row))]);
    }

    private static Values Reshape(Values x, Values shape)
    {
        var known = shape.Data.Where(extent => extent > 0).Aggregate(1, (product, extent) => product * (int)extent);
        return x with { Dims = [.. shape.Data.Select(extent => extent < 0 ? x.Length / known : (int)extent)] };
    }

    private static Values Pool(Values x)
    {
        var area = x.Length / (x.Dims[0] * x.Dims[1]);
        return new([x.Dims[0], x.Dims[1], .. x.Dims[2..].Select(_ => 1)], [.. x.Data.Chunk(area).Select(c => c.Average())]);
    }

    private static Values Elementwise(Values a, Values b, Func<double, double, double> apply)
    {
        var dims = Broadcast(a.Dims, b.Dims);
        return new(dims, [.. Enumerable.Range(0, dims.Aggregate(1, (x, y) => x * y)).Select(i => apply(a.Data[Index(i, dims, a.Dims)], b.Data[Index(i, dims, b.Dims)]))]);
    }

    private static int[] Broadcast(int[] a, int[] b)
    {
        var rank = Math.Max(a.Length, b.Length);
        int[] Padded(int[] dims) => [.. Enumerable.Repeat(1, rank - dims.Length), .. dims];
        return [.. Padded(a).Zip(Padded(b)).Select(p => Math.Max(p.First, p.Second))];
    }

    private static int Index(int index, int[] dims, int[] broadcast)
    {
        var place = Coordinates(index, dims)[(dims.Length - broadcast.Length)..];
        return Offset([.. place.Zip(broadcast).Select(p => p.Second == 1 ? 0 : p.First)], broadcast);
    }

    private static int[] Coordinates(int index, int[] dims)
    {
        var place = new int[dims.Length];
        for (var axis = dims.Length - 1; axis >= 0; axis--)
            (index, place[axis]) = (index / dims[axis], index % dims[axis]);
        return place;
    }

    private static int Offset(int[] place, int[] dims) => place.Zip(dims).Aggregate(0, (offset, p) => (offset * p.Second) + p.First);
}
