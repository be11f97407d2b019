using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Onnx.Upgrade;

/// <summary>Changes that are of no common kind.</summary>
internal static class OtherRules
{
    /// <summary>BatchNormalization 9 has no <c>spatial</c>: statistics are per channel, which was the default.</summary>
    public static void BatchNormalization(GraphUpgrade upgrade, NodeProto node)
    {
        if (GraphUpgrade.Take(node, "spatial") is { I: 0 })
            throw upgrade.Unsupported(node, "statistics for every position (spatial = 0)");
    }

    /// <summary>Dropout 12 takes the ratio as an input, and drops nothing unless it is told to train; before, it never did when a model was run. Its mask is of bools from version 10 on.</summary>
    public static void Dropout(GraphUpgrade upgrade, NodeProto node)
    {
        _ = GraphUpgrade.Take(node, "ratio");
        if (node.Output.Count < 2 || node.Output[1].Length == 0)
            return;
        if (upgrade.Graph.IsOutput(node.Output[1]) || upgrade.Graph.Consumers(node.Output[1]).Count > 0)
            throw upgrade.Unsupported(node, "a mask that is read");
        upgrade.Graph.SetOutput(node, 1, "");
    }

    /// <summary>Scatter 11 was replaced by ScatterElements, which does the same.</summary>
    public static void Scatter(GraphUpgrade upgrade, NodeProto node) => node.OpType = "ScatterElements";

    /// <summary>Scan 9 lost the batch axis and the sequence lengths.</summary>
    public static void Scan(GraphUpgrade upgrade, NodeProto node) => throw upgrade.Unsupported(node, "the batch axis of Scan 8");
}
