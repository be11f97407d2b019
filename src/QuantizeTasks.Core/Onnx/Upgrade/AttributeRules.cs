using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Onnx.Upgrade;

/// <summary>Operators whose attributes became inputs.</summary>
internal static class AttributeRules
{
    /// <summary>Squeeze, Unsqueeze and ReduceSum 13. Without axes they mean all, then as now.</summary>
    public static void Axes(GraphUpgrade upgrade, NodeProto node) => Move(upgrade, node, "axes", 1);

    /// <summary>Split 13. Without sizes the parts are equal, then as now.</summary>
    public static void Split(GraphUpgrade upgrade, NodeProto node) => Move(upgrade, node, "split", 1);

    /// <summary>TopK 10.</summary>
    public static void TopK(GraphUpgrade upgrade, NodeProto node)
    {
        if (GraphUpgrade.Take(node, "k") is { } k)
            upgrade.SetInput(node, 1, upgrade.Constant(node, "k", k.I));
    }

    /// <summary>Slice 10.</summary>
    public static void Slice(GraphUpgrade upgrade, NodeProto node)
    {
        Move(upgrade, node, "starts", 1);
        Move(upgrade, node, "ends", 2);
        Move(upgrade, node, "axes", 3);
    }

    /// <summary>Pad 11. The value to pad with is zero by default, then as now.</summary>
    public static void Pad(GraphUpgrade upgrade, NodeProto node)
    {
        Move(upgrade, node, "pads", 1);
        if (GraphUpgrade.Take(node, "value") is { F: not 0 } value)
            upgrade.SetInput(node, 2, upgrade.ConstantLike(node, "value", node.Input[0], value.F));
    }

    /// <summary>Clip 11. A bound that is not there is the largest number of the type, then as now.</summary>
    public static void Clip(GraphUpgrade upgrade, NodeProto node)
    {
        if (GraphUpgrade.Take(node, "min") is { } min)
            upgrade.SetInput(node, 1, upgrade.ConstantLike(node, "min", node.Input[0], min.F));
        if (GraphUpgrade.Take(node, "max") is { } max)
            upgrade.SetInput(node, 2, upgrade.ConstantLike(node, "max", node.Input[0], max.F));
    }

    private static void Move(GraphUpgrade upgrade, NodeProto node, string attribute, int input)
    {
        if (GraphUpgrade.Take(node, attribute) is { } taken)
            upgrade.SetInput(node, input, upgrade.Constant(node, attribute, [.. taken.Ints]));
    }
}
