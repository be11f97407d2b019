using QuantizeTasks.Diagnostics;
using QuantizeTasks.Onnx.Proto;

namespace QuantizeTasks.Onnx.Upgrade;

/// <summary>
/// Brings models of the operator sets 7 to 12 to 13, the first that quantization can use: per-channel QuantizeLinear exists from there on.
/// What changed is listed, operator by operator, in ONNX's Changelog.md; operators without a rule here only took on more types or negative axes.
/// </summary>
internal static class OpsetUpgrade
{
    public const long Target = 13;

    /// <summary>ONNX Runtime runs nothing older (its documentation, "ONNX opset support"), so nothing older could be compared with its original.</summary>
    public const long Oldest = 7;

    /// <summary>Which version of an operator brought a change that older nodes must be adapted to, and how.</summary>
    private static readonly Dictionary<string, (long Since, Action<GraphUpgrade, NodeProto> Adapt)> Rules = new(StringComparer.Ordinal)
    {
        ["BatchNormalization"] = (9, OtherRules.BatchNormalization),
        ["Clip"] = (11, AttributeRules.Clip),
        ["Dropout"] = (12, OtherRules.Dropout),
        ["Hardmax"] = (13, SoftmaxRule.Adapt),
        ["LogSoftmax"] = (13, SoftmaxRule.Adapt),
        ["Pad"] = (11, AttributeRules.Pad),
        ["ReduceSum"] = (13, AttributeRules.Axes),
        ["Resize"] = (11, ResizeRule.Resize),
        ["Scan"] = (9, OtherRules.Scan),
        ["Scatter"] = (11, OtherRules.Scatter),
        ["Slice"] = (10, AttributeRules.Slice),
        ["Softmax"] = (13, SoftmaxRule.Adapt),
        ["Split"] = (13, AttributeRules.Split),
        ["Squeeze"] = (13, AttributeRules.Axes),
        ["TopK"] = (10, AttributeRules.TopK),
        ["Unsqueeze"] = (13, AttributeRules.Axes),
        ["Upsample"] = (10, ResizeRule.Upsample),
    };

    /// <summary>Returns the model itself when it is at opset 13 or later, otherwise an upgraded copy. Node names, inputs and outputs stay.</summary>
    /// <param name="model">The model.</param>
    /// <param name="known">What is known about a tensor of the main graph, null for nothing. It makes some results simpler, and some possible.</param>
    /// <exception cref="QuantizeException">The opset is too old, or a node has no counterpart in opset 13.</exception>
    public static OnnxModel Upgrade(OnnxModel model, Func<string, KnownTensor?>? known = null)
    {
        Check(model);
        if (model.Opset >= Target)
            return model;
        var upgraded = model.Clone();
        Upgrade(new GraphUpgrade(upgraded, upgraded.Graph, known ?? (_ => null)));
        foreach (var import in upgraded.Proto.OpsetImport)
            if (import.Domain is "" or "ai.onnx")
                import.Version = Target;
        return upgraded;
    }

    /// <summary>Refuses what cannot be upgraded for its opset alone.</summary>
    /// <exception cref="QuantizeException">The opset is older than 7.</exception>
    public static void Check(OnnxModel model)
    {
        if (model.Opset < Oldest)
            throw new QuantizeException(DiagnosticCodes.OpsetUnsupported, $"The model uses opset {model.Opset}; {Oldest} is the oldest that is supported. Export it again with opset {Target} or later.", new SourcePosition(model.Name));
    }

    private static void Upgrade(GraphUpgrade upgrade)
    {
        foreach (var node in upgrade.Graph.Nodes.ToArray())
        {
            foreach (var body in node.Attribute.SelectMany(a => a.Bodies()))
                Upgrade(upgrade.Inside(body));
            if (node.Domain is "" or "ai.onnx" && Rules.TryGetValue(node.OpType, out var rule) && upgrade.Opset < rule.Since)
                rule.Adapt(upgrade, node);
        }
        upgrade.Graph.SortTopologically();
    }
}
