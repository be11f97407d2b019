using System.Collections.Immutable;

namespace QuantizeTasks.Reporting.Html.Network;

/// <summary>Where a box lies, by its upper left corner, and in which column of the drawing.</summary>
internal readonly record struct PlacedBlock(double X, double Y, int Column, int Rank);

/// <summary>
/// A layered drawing (Sugiyama, Tagawa and Toda 1981) in its simplest form: a box lies one rank below the lowest box that it reads, boxes of a rank are ordered by the mean place of what they read,
/// and ranks run down in columns side by side, as text in a newspaper does, because networks are far longer than wide.
/// </summary>
/// <param name="Places">One for each box.</param>
/// <param name="Width">Of the drawing.</param>
/// <param name="Height">Of the drawing.</param>
/// <param name="Gutter">Width of the space right of each column, which edges between columns run through.</param>
/// <param name="ColumnWidth">Width of a column with its gutter.</param>
internal sealed record NetworkLayout(ImmutableArray<PlacedBlock> Places, double Width, double Height, double Gutter, double ColumnWidth)
{
    public const double BoxWidth = 92;
    public const double BoxHeight = 20;
    private const double Across = 8;
    private const double Down = 14;
    private const double Border = 8;
    private const double PageWidth = 1150;
    private const int FewestRanks = 14;

    public static NetworkLayout Of(ImmutableArray<NetworkBlock> blocks)
    {
        var ranks = Ranks(blocks);
        var rows = Enumerable.Range(0, blocks.Length).GroupBy(i => ranks[i]).OrderBy(g => g.Key).Select(g => g.ToArray()).ToArray();
        Order(blocks, rows);
        var widest = rows.DefaultIfEmpty([]).Max(r => r.Length);
        // Arcs of edges that pass over ranks need room beside the boxes.
        const double gutter = 56;
        var columnWidth = (widest * (BoxWidth + Across)) + gutter;
        var columns = Math.Max(1, (int)(PageWidth / columnWidth));
        var perColumn = Math.Max(FewestRanks, (rows.Length + columns - 1) / columns);
        var places = new PlacedBlock[blocks.Length];
        for (var rank = 0; rank < rows.Length; rank++)
        {
            var (column, row) = (rank / perColumn, rows[rank]);
            var left = Border + (column * columnWidth) + ((widest - row.Length) * (BoxWidth + Across) / 2);
            for (var i = 0; i < row.Length; i++)
                places[row[i]] = new(left + (i * (BoxWidth + Across)), Border + (rank % perColumn * (BoxHeight + Down)), column, rank);
        }
        var used = Math.Max(1, (rows.Length + perColumn - 1) / perColumn);
        return new([.. places], (2 * Border) + (used * columnWidth), (2 * Border) + (Math.Min(perColumn, Math.Max(1, rows.Length)) * (BoxHeight + Down)), gutter, columnWidth);
    }

    private static int[] Ranks(ImmutableArray<NetworkBlock> blocks)
    {
        var ranks = new int[blocks.Length];
        for (var i = 0; i < ranks.Length; i++)
            ranks[i] = blocks[i].Inputs.IsEmpty ? 0 : blocks[i].Inputs.Max(input => ranks[input]) + 1;
        // What reads nothing belongs right above its first reader rather than at the top.
        var firstReader = new int[blocks.Length];
        Array.Fill(firstReader, int.MaxValue);
        for (var i = 0; i < ranks.Length; i++)
            foreach (var input in blocks[i].Inputs)
                firstReader[input] = Math.Min(firstReader[input], ranks[i]);
        for (var i = 0; i < ranks.Length; i++)
            if (blocks[i].Inputs.IsEmpty && firstReader[i] != int.MaxValue)
                ranks[i] = firstReader[i] - 1;
        return ranks;
    }

    private static void Order(ImmutableArray<NetworkBlock> blocks, int[][] rows)
    {
        var place = new double[blocks.Length];
        foreach (var row in rows)
        {
            var means = row.ToDictionary(i => i, i => blocks[i].Inputs.IsEmpty ? 0 : blocks[i].Inputs.Average(input => place[input]));
            Array.Sort(row, (a, b) => (means[a], a).CompareTo((means[b], b)));
            for (var i = 0; i < row.Length; i++)
                place[row[i]] = i - ((row.Length - 1) / 2.0);
        }
    }
}
