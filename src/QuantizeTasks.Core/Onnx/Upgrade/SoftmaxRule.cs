using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Onnx.Upgrade;

/// <summary>
/// Softmax, LogSoftmax and Hardmax 13. Before, they took their input for a matrix, the axes from <c>axis</c> on being its columns, and normalized each row;
/// now they normalize along <c>axis</c> alone. Its default was 1 and is -1.
/// </summary>
internal static class SoftmaxRule
{
    public static void Adapt(GraphUpgrade upgrade, NodeProto node)
    {
        var axis = GraphUpgrade.Take(node, "axis")?.I ?? 1;
        if (upgrade.Shape(node.Input[0]) is { Count: > 0 } shape && axis >= -shape.Count && axis < shape.Count)
        {
            var first = (int)(axis < 0 ? axis + shape.Count : axis);
            // The columns are one axis when all other axes after it have the extent 1, as in [N, C, 1, 1].
            if (shape.Skip(first + 1).All(e => e == 1))
            {
                node.With("axis", first);
                return;
            }
        }
        else if (axis == -1)
        {
            node.With("axis", -1L);
            return;
        }
        ThroughMatrix(upgrade, node, axis);
    }

    private static void ThroughMatrix(GraphUpgrade upgrade, NodeProto node, long axis)
    {
        var (input, output) = (node.Input[0], node.Output[0]);
        var (shape, matrix, normalized) = (upgrade.Unique(node, "shape"), upgrade.Unique(node, "matrix"), upgrade.Unique(node, "rows"));
        upgrade.Graph.Add(NodeAttributes.Node("Shape", shape, [input], shape));
        upgrade.Graph.Add(NodeAttributes.Node("Flatten", matrix, [input], matrix).With("axis", axis));
        upgrade.Graph.SetInput(node, 0, matrix);
        upgrade.Graph.SetOutput(node, 0, normalized);
        node.With("axis", -1L);
        upgrade.Graph.Add(NodeAttributes.Node("Reshape", upgrade.Unique(node, "reshape"), [normalized, shape], output));
    }
}
