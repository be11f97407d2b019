using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Onnx.Upgrade;

/// <summary>
/// Upsample 7 and 9, and Resize 10, as Resize 13. They had no attributes for how coordinates map: ONNX Runtime takes x / scale ("asymmetric"),
/// and for nearest the lower neighbour when enlarging, the upper one when reducing (its upsample kernel, "simple" mode).
/// </summary>
internal static class ResizeRule
{
    public static void Upsample(GraphUpgrade upgrade, NodeProto node)
    {
        var scales = GraphUpgrade.Take(node, "scales") is { } attribute ? upgrade.Constant(node, "scales", [.. attribute.Floats]) : node.Input[1];
        node.OpType = "Resize";
        // An Upsample only enlarges: its scales are at least 1.
        Adapt(upgrade, node, scales, "floor");
    }

    public static void Resize(GraphUpgrade upgrade, NodeProto node) => Adapt(upgrade, node, node.Input[1], node.Text("mode", "nearest") == "nearest" ? Rounding(upgrade, node) : "floor");

    private static void Adapt(GraphUpgrade upgrade, NodeProto node, string scales, string rounding)
    {
        upgrade.SetInput(node, 1, "");
        upgrade.SetInput(node, 2, scales);
        node.With("coordinate_transformation_mode", "asymmetric");
        if (node.Text("mode", "nearest") == "nearest")
            node.With("nearest_mode", rounding);
    }

    private static string Rounding(GraphUpgrade upgrade, NodeProto node)
    {
        if (!upgrade.Graph.TryGetConstant(node.Input[1], out var scales) || !scales.IsFloat())
            throw upgrade.Unsupported(node, "nearest neighbours with scales that are not constant");
        var values = scales.ToFloats();
        if (!values.Any(s => s < 1))
            return "floor";
        return values.Any(s => s > 1) ? throw upgrade.Unsupported(node, "nearest neighbours that enlarge one axis and reduce another") : "ceil";
    }
}
