using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Tests.Reference;

/// <summary>Matrix products.</summary>
internal static class Products
{
    public static Dictionary<string, ReferenceRuntime.Operator> Operators { get; } = new(StringComparer.Ordinal) { ["MatMul"] = (_, x) => [MatMul(x[0]!, x[1]!)], ["Gemm"] = Gemm };

    /// <summary>numpy.matmul: the last two axes are matrices, those before them broadcast, a vector gets an axis for the time of the product.</summary>
    public static Values MatMul(Values a, Values b)
    {
        if (a.Rank == 1)
            return MatMul(a.Reshape(1, a.Shape[0]), b) is var row ? row.Reshape([.. row.Shape[..^2], row.Shape[^1]]) : throw new InvalidOperationException();
        if (b.Rank == 1)
            return MatMul(a, b.Reshape(b.Shape[0], 1)) is var column ? column.Reshape(column.Shape[..^1]) : throw new InvalidOperationException();
        var (rows, inner, columns) = (a.Shape[^2], a.Shape[^1], b.Shape[^1]);
        var batch = Values.Combine(Values.Zeros(a.Shape[..^2]), Values.Zeros(b.Shape[..^2]), (p, q) => 0);
        var result = Values.Zeros([.. batch.Shape, rows, columns]);
        int Start(Values v, int[] index)
        {
            var offset = 0;
            for (var axis = 0; axis < v.Rank - 2; axis++)
                offset = (offset * v.Shape[axis]) + (v.Shape[axis] == 1 ? 0 : index[index.Length - (v.Rank - 2) + axis]);
            return offset * v.Shape[^2] * v.Shape[^1];
        }
        var at = 0;
        foreach (var index in batch.Indices())
        {
            var (left, right) = (Start(a, index), Start(b, index));
            for (var r = 0; r < rows; r++)
                for (var c = 0; c < columns; c++, at++)
                    for (var k = 0; k < inner; k++)
                        result.Data[at] += a.Data[left + (r * inner) + k] * b.Data[right + (k * columns) + c];
        }
        return result;
    }

    private static Values[] Gemm(NodeProto node, Values?[] inputs)
    {
        Values Matrix(int input, string transposed) => node.Int(transposed, 0) == 0 ? inputs[input]! : Movements.Transpose(inputs[input]!, [1, 0]);
        var (alpha, beta) = (node.Float("alpha", 1), node.Float("beta", 1));
        var product = MatMul(Matrix(0, "transA"), Matrix(1, "transB")).Map(v => v * alpha);
        return [inputs.ElementAtOrDefault(2) is { } bias ? Values.Combine(product, bias, (p, b) => p + (beta * b)) : product];
    }
}
