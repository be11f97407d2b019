using System.Globalization;

namespace QuantizeTasks.Reporting.Html.Network;

/// <summary>The line from one box to another that reads it.</summary>
internal static class NetworkEdge
{
    private const int Lanes = 5;
    private const double LaneWidth = 4;

    /// <summary>As data of an SVG path.</summary>
    /// <param name="layout">The drawing.</param>
    /// <param name="from">The box that is read.</param>
    /// <param name="to">The box that reads.</param>
    /// <param name="number">Spreads lines that would run in one place.</param>
    public static string Path(NetworkLayout layout, int from, int to, int number)
    {
        var (a, b) = (layout.Places[from], layout.Places[to]);
        const double halfHeight = NetworkLayout.BoxHeight / 2;
        var (right, rightOfB) = (a.X + NetworkLayout.BoxWidth, b.X + NetworkLayout.BoxWidth);
        if (a.Column == b.Column && b.Rank == a.Rank + 1)
        {
            // Straight down, or a gentle S.
            var (x1, y1, x2, y2) = (a.X + (NetworkLayout.BoxWidth / 2), a.Y + NetworkLayout.BoxHeight, b.X + (NetworkLayout.BoxWidth / 2), b.Y);
            return Text($"M{x1:F1} {y1:F1}C{x1:F1} {(y1 + y2) / 2:F1} {x2:F1} {(y1 + y2) / 2:F1} {x2:F1} {y2:F1}");
        }
        if (a.Column == b.Column)
        {
            // Past the boxes between, bowing out to the right.
            var bow = Math.Max(right, rightOfB) + Math.Min(layout.Gutter - 10, 14 + (4.0 * (b.Rank - a.Rank)));
            return Text($"M{right:F1} {a.Y + halfHeight:F1}C{bow:F1} {a.Y + halfHeight:F1} {bow:F1} {b.Y + halfHeight:F1} {rightOfB:F1} {b.Y + halfHeight:F1}");
        }
        // Through the space between the columns; below all of them when there are columns between.
        var lane = (number % Lanes) * LaneWidth;
        var down = ((a.Column + 1) * layout.ColumnWidth) - (layout.Gutter / 3) + lane - 8;
        var up = (b.Column * layout.ColumnWidth) - (layout.Gutter / 3) + lane - 8;
        var bottom = layout.Height - 4 - (lane / 2);
        return b.Column == a.Column + 1
            ? Text($"M{right:F1} {a.Y + halfHeight:F1}H{down:F1}V{b.Y + halfHeight:F1}H{b.X:F1}")
            : Text($"M{right:F1} {a.Y + halfHeight:F1}H{down:F1}V{bottom:F1}H{up:F1}V{b.Y + halfHeight:F1}H{b.X:F1}");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
