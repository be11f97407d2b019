namespace QuantizeTasks.Manifest;

/// <summary>Finds the word that somebody who mistyped one probably meant.</summary>
public static class DidYouMean
{
    /// <summary>" Did you mean 'x'?", or nothing when no candidate is near.</summary>
    public static string Hint(string word, IEnumerable<string> candidates) => Nearest(word, candidates) is { } nearest ? $" Did you mean '{nearest}'?" : "";

    /// <summary>The nearest candidate, the first in ordinal order among equals; null when more than a third of it would have to change.</summary>
    public static string? Nearest(string word, IEnumerable<string> candidates) => candidates
        .Where(c => Math.Abs(c.Length - word.Length) <= Limit(word, c))
        .Select(c => (Candidate: c, Distance: Distance(word.ToUpperInvariant(), c.ToUpperInvariant())))
        .Where(c => c.Distance <= Limit(word, c.Candidate))
        .OrderBy(c => c.Distance).ThenBy(c => c.Candidate, StringComparer.Ordinal)
        .FirstOrDefault().Candidate;

    private static int Limit(string a, string b) => Math.Max(a.Length, b.Length) / 3;

    /// <summary>
    /// Insertions, deletions, replacements and swaps of neighbours that turn one word into the other, no part edited twice
    /// (optimal string alignment; Boytsov, Indexing methods for approximate dictionary searching, 2011, section 2.1).
    /// </summary>
    internal static int Distance(string a, string b)
    {
        var (before, last, row) = (new int[b.Length + 1], new int[b.Length + 1], new int[b.Length + 1]);
        for (var j = 0; j <= b.Length; j++)
            last[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                row[j] = Math.Min(Math.Min(row[j - 1], last[j]) + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    row[j] = Math.Min(row[j], before[j - 2] + 1);
            }

            (before, last, row) = (last, row, before);
        }

        return last[b.Length];
    }
}
