using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Tests.Reference;

/// <summary>Operators that move, repeat or select values.</summary>
internal static class Movements
{
    public static Dictionary<string, ReferenceRuntime.Operator> Operators { get; } = new(StringComparer.Ordinal)
    {
        ["Reshape"] = (_, x) => [Reshape(x[0]!, x[1]!.Data)],
        ["Flatten"] = (n, x) => [Flatten(x[0]!, (int)n.Int("axis", 1))],
        ["Transpose"] = (n, x) => [Transpose(x[0]!, [.. (n.Ints("perm") ?? [.. Enumerable.Range(0, x[0]!.Rank).Select(i => (long)i).Reverse()]).Select(p => (int)p)])],
        ["Squeeze"] = (_, x) => [x[0]!.Reshape([.. x[0]!.Shape.Where((_, axis) => !Axes(x[1]!, x[0]!.Rank).Contains(axis))])],
        ["Unsqueeze"] = (_, x) => [Unsqueeze(x[0]!, x[1]!)],
        ["Expand"] = (_, x) => [Values.Combine(x[0]!, Values.Zeros([.. x[1]!.Data.Select(d => (int)d)]), (a, _) => a)],
        ["Tile"] = (_, x) => [Gather(x[0]!, [.. x[0]!.Shape.Select((extent, axis) => Enumerable.Range(0, extent * (int)x[1]!.Data[axis]).Select(i => i % extent).ToArray())])],
        ["Slice"] = (_, x) => [Slice(x)],
        ["Split"] = Split,
        ["Concat"] = (n, x) => [Concat([.. x.Select(v => v!)], x[0]!.Axis(n.Int("axis", 0)))],
        ["Gather"] = (n, x) => [Gather(x[0]!, x[1]!, x[0]!.Axis(n.Int("axis", 0)))],
        ["Pad"] = (n, x) => [Pad(n, x)],
        ["DepthToSpace"] = (n, x) => [DepthToSpace(n, x[0]!)],
        ["SpaceToDepth"] = (n, x) => [SpaceToDepth(n, x[0]!)],
        ["Resize"] = (n, x) => [ResizeNearest(n, x)],
    };

    public static Values Transpose(Values x, int[] permutation)
    {
        var y = Values.Zeros([.. permutation.Select(p => x.Shape[p])]);
        var from = new int[x.Rank];
        foreach (var at in y.Indices())
        {
            for (var i = 0; i < from.Length; i++)
                from[permutation[i]] = at[i];
            y[at] = x[from];
        }
        return y;
    }

    private static Values Reshape(Values x, double[] target)
    {
        var shape = target.Select((d, i) => d == 0 ? x.Shape[i] : (int)d).ToArray();
        if (Array.IndexOf(shape, -1) is >= 0 and var open)
            shape[open] = x.Data.Length / -shape.Aggregate(1, (a, b) => a * b);
        return x.Reshape(shape);
    }

    private static Values Flatten(Values x, int axis)
    {
        var rows = x.Shape.Take(axis).Aggregate(1, (a, b) => a * b);
        return x.Reshape(rows, x.Data.Length / rows);
    }

    private static Values Unsqueeze(Values x, Values axes)
    {
        var added = Axes(axes, x.Rank + axes.Data.Length);
        var left = new Queue<int>(x.Shape);
        return x.Reshape([.. Enumerable.Range(0, x.Rank + added.Count).Select(axis => added.Contains(axis) ? 1 : left.Dequeue())]);
    }

    private static HashSet<int> Axes(Values axes, int rank) => [.. axes.Data.Select(a => (int)(a < 0 ? a + rank : a))];

    private static Values Slice(Values?[] x)
    {
        var data = x[0]!;
        int[][] picked = [.. data.Shape.Select(extent => Enumerable.Range(0, extent).ToArray())];
        var axes = x.ElementAtOrDefault(3)?.Data ?? [.. Enumerable.Range(0, x[1]!.Data.Length).Select(a => (double)a)];
        for (var i = 0; i < axes.Length; i++)
        {
            var axis = data.Axis((long)axes[i]);
            var (extent, step) = (data.Shape[axis], (int)(x.ElementAtOrDefault(4)?.Data[i] ?? 1));
            if (step <= 0)
                throw new NotSupportedException("Slice backwards");
            int At(double value) => (int)Math.Clamp(value < 0 ? value + extent : value, 0, extent);
            var (start, end) = (At(x[1]!.Data[i]), At(x[2]!.Data[i]));
            picked[axis] = [.. Enumerable.Range(0, extent).Where(k => k >= start && k < end && (k - start) % step == 0)];
        }
        return Gather(data, picked);
    }

    private static Values[] Split(NodeProto node, Values?[] x)
    {
        var data = x[0]!;
        var axis = data.Axis(node.Int("axis", 0));
        var equal = (data.Shape[axis] + node.Output.Count - 1) / node.Output.Count;
        var sizes = x.ElementAtOrDefault(1)?.Data.Select(d => (int)d).ToArray() ?? [.. node.Output.Select((_, i) => Math.Min(equal, data.Shape[axis] - (i * equal)))];
        var start = 0;
        return [.. sizes.Select(size =>
        {
            var part = Gather(data, [.. data.Shape.Select((extent, a) => a == axis ? Enumerable.Range(start, size).ToArray() : [.. Enumerable.Range(0, extent)])]);
            start += size;
            return part;
        })];
    }

    private static Values Concat(Values[] parts, int axis)
    {
        var y = Values.Zeros([.. parts[0].Shape.Select((extent, a) => a == axis ? parts.Sum(p => p.Shape[axis]) : extent)]);
        var start = 0;
        foreach (var part in parts)
        {
            foreach (var at in part.Indices())
                y[[.. at.Select((i, a) => a == axis ? i + start : i)]] = part[at];
            start += part.Shape[axis];
        }
        return y;
    }

    /// <summary>Along one axis with indices of any shape, as the operator defines it.</summary>
    private static Values Gather(Values data, Values indices, int axis)
    {
        var y = Values.Zeros([.. data.Shape[..axis], .. indices.Shape, .. data.Shape[(axis + 1)..]]);
        foreach (var at in y.Indices())
        {
            var index = (int)indices[at.AsSpan(axis, indices.Rank)];
            y[at] = data[[.. at[..axis], index < 0 ? index + data.Shape[axis] : index, .. at[(axis + indices.Rank)..]]];
        }
        return y;
    }

    /// <summary>The given positions of every axis.</summary>
    private static Values Gather(Values data, int[][] positions)
    {
        var y = Values.Zeros([.. positions.Select(p => p.Length)]);
        foreach (var at in y.Indices())
            y[at] = data[[.. at.Select((i, axis) => positions[axis][i])]];
        return y;
    }

    private static Values Pad(NodeProto node, Values?[] x)
    {
        if (node.Text("mode", "constant") != "constant" || x.ElementAtOrDefault(3) is not null)
            throw new NotSupportedException("Pad other than constant on all axes");
        var (data, pads) = (x[0]!, x[1]!.Data);
        var y = Values.Zeros([.. data.Shape.Select((extent, a) => extent + (int)pads[a] + (int)pads[a + data.Rank])]).Map(_ => x.ElementAtOrDefault(2)?.Data[0] ?? 0);
        foreach (var at in data.Indices())
            y[[.. at.Select((i, a) => i + (int)pads[a])]] = data[at];
        return y;
    }

    private static Values DepthToSpace(NodeProto node, Values x)
    {
        var (block, n, c, h, w) = ((int)node.Int("blocksize", 1), x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[3]);
        var depth = c / (block * block);
        return (node.Text("mode", "DCR") == "DCR"
            ? Transpose(x.Reshape(n, block, block, depth, h, w), [0, 3, 4, 1, 5, 2])
            : Transpose(x.Reshape(n, depth, block, block, h, w), [0, 1, 4, 2, 5, 3])).Reshape(n, depth, h * block, w * block);
    }

    private static Values SpaceToDepth(NodeProto node, Values x)
    {
        var (block, n, c, h, w) = ((int)node.Int("blocksize", 1), x.Shape[0], x.Shape[1], x.Shape[2], x.Shape[3]);
        return Transpose(x.Reshape(n, c, h / block, block, w / block, block), [0, 3, 5, 1, 2, 4]).Reshape(n, c * block * block, h / block, w / block);
    }

    /// <summary>Mode nearest with asymmetric coordinates and floor, which is what exporters write for whole factors.</summary>
    private static Values ResizeNearest(NodeProto node, Values?[] x)
    {
        if (node.Text("mode", "nearest") != "nearest" || node.Text("coordinate_transformation_mode", "half_pixel") != "asymmetric" || node.Text("nearest_mode", "round_prefer_floor") != "floor")
            throw new NotSupportedException("Resize other than nearest, asymmetric, floor");
        var (data, scales) = (x[0]!, x[2]!.Data);
        return Gather(data, [.. data.Shape.Select((extent, axis) => Enumerable.Range(0, (int)(extent * scales[axis])).Select(i => Math.Min(extent - 1, (int)(i / scales[axis]))).ToArray())]);
    }
}
