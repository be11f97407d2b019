namespace QuantizeTasks.Metrics;

/// <summary>The least number of insertions, deletions and substitutions between two sequences (Levenshtein 1966), by Wagner and Fischer's recurrence (Journal of the ACM 21, 1974) in two rows.</summary>
internal static class EditDistance
{
    public static int Of(ReadOnlySpan<string> from, ReadOnlySpan<string> to)
    {
        var (above, row) = (new int[to.Length + 1], new int[to.Length + 1]);
        for (var j = 0; j <= to.Length; j++)
            above[j] = j;
        for (var i = 1; i <= from.Length; i++)
        {
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
                row[j] = Math.Min(Math.Min(above[j], row[j - 1]) + 1, above[j - 1] + (string.Equals(from[i - 1], to[j - 1], StringComparison.Ordinal) ? 0 : 1));
            (above, row) = (row, above);
        }
        return above[to.Length];
    }
}
