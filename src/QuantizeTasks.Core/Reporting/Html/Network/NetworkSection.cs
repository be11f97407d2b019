using System.Collections.Immutable;
using System.Globalization;

namespace QuantizeTasks.Reporting.Html.Network;

/// <summary>The network with what runs in int8 and what in float in two colours.</summary>
internal static class NetworkSection
{
    /// <summary>A dense network has an edge between nearly every two boxes, which is no picture any more.</summary>
    private const int MostEdges = 1500;

    private const int LongestLabel = 13;

    public static void Render(HtmlBuilder html, RunReport report)
    {
        var network = report.Network;
        if (network.IsDefaultOrEmpty)
            return;
        var drawn = NetworkBlocks.Of(network);
        var layout = NetworkLayout.Of(drawn.Blocks);
        var (int8, returned) = (network.Count(NetworkBlocks.IsInt8), network.Count(n => n.State == "float"));
        html.Line($"<section aria-labelledby=\"network\"><h2 id=\"network\">Network</h2>")
            .Line($"<p>{Explanation(network.Length, drawn)} Read it down, column by column.</p>")
            .Line($"<ul class=\"legend\"><li><span class=\"swatch int8\"></span> int8 ({Units.Count(int8)})</li><li><span class=\"swatch returned\"></span> returned to float by the search ({Units.Count(returned)})</li><li><span class=\"swatch plain\"></span> float, never quantized ({Units.Count(network.Length - int8 - returned)})</li></ul>")
            .Add($"<div class=\"scroll network\" tabindex=\"0\" role=\"group\" aria-label=\"drawing of the network\"><svg class=\"network\" viewBox=\"0 0 {layout.Width:F0} {layout.Height:F0}\" width=\"{layout.Width:F0}\" height=\"{layout.Height:F0}\" role=\"img\" ")
            .Line($"aria-label=\"{Units.Plural(network.Length, "operator")}: {int8} in int8, {returned} returned to float by the search, {network.Length - int8 - returned} in float because they are never quantized. The table of layers has them by name.\">");
        Edges(html, drawn.Blocks, layout);
        var rows = Rows(report.Layers);
        for (var i = 0; i < drawn.Blocks.Length; i++)
            Box(html, drawn.Blocks[i], layout.Places[i], network, rows);
        html.Line($"</svg></div></section>");
    }

    private static string Explanation(int operators, NetworkBlocks drawn) => drawn.Kind switch
    {
        NetworkBlocks.Collapse.None => "Every operator of the model as it was quantized, constants left out.",
        NetworkBlocks.Collapse.Chains => $"{Units.Count(operators)} operators as {Units.Count(drawn.Blocks.Length)} boxes: those that follow each other without a branch and are alike in what they run in are one.",
        _ => $"{Units.Count(operators)} operators are too many to draw: each box stands for up to {Units.Count(drawn.Blocks.Max(b => b.Operators))} that follow each other, and its colours for what part of them runs in what. report.json has every operator.",
    };

    private static void Edges(HtmlBuilder html, ImmutableArray<NetworkBlock> blocks, NetworkLayout layout)
    {
        html.Add($"<path class=\"edge\" d=\"");
        var number = 0;
        foreach (var (from, to) in blocks.SelectMany((block, i) => block.Inputs.Select(input => (input, i))).Take(MostEdges))
            html.Add($"{NetworkEdge.Path(layout, from, to, number++)}");
        html.Line($"\"/>");
    }

    private static Dictionary<string, int> Rows(LayerRecord layers) =>
        layers.Details.IsDefault ? [] : layers.Details.Select((layer, i) => (layer.Name, i)).GroupBy(p => p.Name, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.First().i, StringComparer.Ordinal);

    private static void Box(HtmlBuilder html, NetworkBlock block, PlacedBlock place, ImmutableArray<NetworkNode> network, Dictionary<string, int> rows)
    {
        var node = network[block.First];
        const double width = NetworkLayout.BoxWidth, height = NetworkLayout.BoxHeight;
        var row = block.Operators == 1 && rows.TryGetValue(node.Name, out var index) ? string.Create(CultureInfo.InvariantCulture, $"l{index}") : "";
        html.Add($"<g class=\"box\" data-row=\"{row}\"><title>{Title(block, network)}</title>");
        var (int8, returned) = ((double)block.Int8 / block.Operators * width, (double)block.Returned / block.Operators * width);
        if (int8 > 0)
            html.Add($"<rect class=\"int8\" x=\"{place.X:F1}\" y=\"{place.Y:F1}\" width=\"{int8:F1}\" height=\"{height}\" rx=\"3\"/>");
        if (returned > 0)
            html.Add($"<rect class=\"returned\" x=\"{place.X + int8:F1}\" y=\"{place.Y:F1}\" width=\"{returned:F1}\" height=\"{height}\" rx=\"3\"/>");
        if (int8 + returned < width - 0.05)
            html.Add($"<rect class=\"plain\" x=\"{place.X + int8 + returned:F1}\" y=\"{place.Y:F1}\" width=\"{width - int8 - returned:F1}\" height=\"{height}\" rx=\"3\"/>");
        html.Line($"<text x=\"{place.X + (width / 2):F1}\" y=\"{place.Y + 14:F1}\" class=\"{(block.Int8 * 2 >= block.Operators ? "on-int8" : block.Returned * 2 >= block.Operators ? "on-returned" : "on-plain")}\">{Label(block, node)}</text></g>");
    }

    private static string Label(NetworkBlock block, NetworkNode node) =>
        block.Operators > 1 ? $"{Short(node.OpType, LongestLabel - 5)} +{Units.Count(block.Operators - 1)}" : Short(node.OpType, LongestLabel);

    private static string Short(string text, int length) => text.Length <= length ? text : text[..(length - 1)] + "\u2026";

    private static string Title(NetworkBlock block, ImmutableArray<NetworkNode> network)
    {
        var node = network[block.First];
        if (block.Operators > 1)
            return $"{Units.Plural(block.Operators, "operator")} from {node.Name} ({node.OpType}): {block.Int8} int8, {block.Returned} returned to float";
        return $"{node.Name} ({node.OpType}): " + node.State switch { "skipped" => "float, never quantized", "float" => "returned to float by the search", "passes" => "passes integers on", var state => state };
    }
}
