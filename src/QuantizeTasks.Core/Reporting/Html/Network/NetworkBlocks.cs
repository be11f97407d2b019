using System.Collections.Immutable;

namespace QuantizeTasks.Reporting.Html.Network;

/// <summary>
/// How a network becomes few enough boxes to be drawn. A small one is drawn operator by operator. In a larger one, operators that follow each other without a branch and share their state become one box;
/// where that is not enough, so do as many operators as it takes that follow each other in graph order. That order is topological, so the boxes of both have no cycles.
/// </summary>
/// <param name="Blocks">The boxes, in graph order.</param>
/// <param name="Kind">How they were made.</param>
internal sealed record NetworkBlocks(ImmutableArray<NetworkBlock> Blocks, NetworkBlocks.Collapse Kind)
{
    /// <summary>As many as can be told apart on one page.</summary>
    public const int MostBlocks = 240;

    /// <summary>How operators became boxes.</summary>
    internal enum Collapse
    {
        None,
        Chains,
        Runs,
    }

    public static NetworkBlocks Of(ImmutableArray<NetworkNode> network)
    {
        if (network.Length <= MostBlocks)
            return new(Contract(network, [.. Enumerable.Range(0, network.Length)]), Collapse.None);
        var chains = Contract(network, Chains(network));
        if (chains.Length <= MostBlocks)
            return new(chains, Collapse.Chains);
        return new(Contract(network, [.. Enumerable.Range(0, network.Length).Select(i => (int)((long)i * MostBlocks / network.Length))]), Collapse.Runs);
    }

    /// <summary>True for what computes on or hands on integers.</summary>
    public static bool IsInt8(NetworkNode node) => node.State is not ("float" or "skipped");

    /// <summary>The chain that each operator belongs to, numbered by their first operators. An operator joins its only producer when that has no other reader and the same state.</summary>
    private static int[] Chains(ImmutableArray<NetworkNode> network)
    {
        var readers = new int[network.Length];
        foreach (var input in network.SelectMany(n => n.Inputs))
            readers[input]++;
        var (chain, count) = (new int[network.Length], 0);
        for (var i = 0; i < network.Length; i++)
            chain[i] = network[i].Inputs is [var only] && readers[only] == 1 && network[only].State == network[i].State ? chain[only] : count++;
        return chain;
    }

    private static ImmutableArray<NetworkBlock> Contract(ImmutableArray<NetworkNode> network, int[] blockOf)
    {
        var blocks = ImmutableArray.CreateBuilder<NetworkBlock>();
        // Both ways of numbering ascend with the first operator of a box.
        foreach (var members in Enumerable.Range(0, network.Length).GroupBy(i => blockOf[i]).OrderBy(g => g.Key))
        {
            var nodes = members.ToArray();
            blocks.Add(new NetworkBlock(nodes[0], nodes.Length, nodes.Count(i => IsInt8(network[i])), nodes.Count(i => network[i].State == "float"),
                [.. nodes.SelectMany(i => network[i].Inputs).Select(input => blockOf[input]).Where(b => b != members.Key).Distinct().Order()]));
        }
        return blocks.ToImmutable();
    }
}
