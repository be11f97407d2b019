using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Tests.Reference;

/// <summary>A tensor of the reference runtime. Integers are doubles too: all that occur are exact.</summary>
internal sealed class Values(int[] shape, double[] data)
{
    public int[] Shape { get; } = shape;

    public double[] Data { get; } = data;

    public int Rank => Shape.Length;

    public static Values Zeros(params int[] shape) => new(shape, new double[shape.Aggregate(1, (a, b) => a * b)]);

    public static Values Scalar(double value) => new([], [value]);

    public static Values Of(TensorProto tensor) => new(
        [.. tensor.Dims.Select(d => (int)d)], tensor.IsFloat() ? tensor.ToDoubles() : [.. tensor.ToInt64s().Select(i => (double)i)]);

    public static Values Of(Tensor tensor) => new([.. tensor.Shape], Type.GetTypeCode(tensor.ElementType) switch
    {
        TypeCode.Single => [.. tensor.As<float>().ToArray().Select(f => (double)f)],
        TypeCode.Int64 => [.. tensor.As<long>().ToArray().Select(i => (double)i)],
        var other => throw new NotSupportedException($"{other} is no input of the reference runtime."),
    });

    public Values Map(Func<double, double> f) => new(Shape, [.. Data.Select(f)]);

    public Values Reshape(params int[] shape) => new(shape, Data);

    /// <summary>Elementwise with numpy's broadcasting.</summary>
    public static Values Combine(Values a, Values b, Func<double, double, double> f)
    {
        var rank = Math.Max(a.Rank, b.Rank);
        int Extent(Values v, int axis) => axis - rank + v.Rank is >= 0 and var own ? v.Shape[own] : 1;
        var result = Zeros([.. Enumerable.Range(0, rank).Select(axis => Extent(a, axis) == 1 ? Extent(b, axis) : Extent(a, axis))]);
        foreach (var index in result.Indices())
            result[index] = f(a.Broadcast(index), b.Broadcast(index));
        return result;
    }

    public double this[params ReadOnlySpan<int> index]
    {
        get => Data[Offset(index)];
        set => Data[Offset(index)] = value;
    }

    /// <summary>Every index, last axis fastest. The array is reused.</summary>
    public IEnumerable<int[]> Indices() => Indices(Shape);

    public static IEnumerable<int[]> Indices(int[] shape)
    {
        var index = new int[shape.Length];
        for (var left = shape.Aggregate(1, (a, b) => a * b); left > 0; left--)
        {
            yield return index;
            for (var axis = shape.Length - 1; axis >= 0 && ++index[axis] == shape[axis]; axis--)
                index[axis] = 0;
        }
    }

    /// <summary>An axis counted from the end when negative.</summary>
    public int Axis(long axis) => (int)(axis < 0 ? axis + Rank : axis);

    private double Broadcast(int[] index)
    {
        var offset = 0;
        for (var axis = 0; axis < Rank; axis++)
            offset = (offset * Shape[axis]) + (Shape[axis] == 1 ? 0 : index[index.Length - Rank + axis]);
        return Data[offset];
    }

    private int Offset(ReadOnlySpan<int> index)
    {
        var offset = 0;
        for (var axis = 0; axis < Rank; axis++)
            offset = (offset * Shape[axis]) + index[axis];
        return offset;
    }
}
