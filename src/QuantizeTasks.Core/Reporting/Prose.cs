namespace QuantizeTasks.Reporting;

/// <summary>A sentence in which what stands between two backticks is code: a key of the manifest, an option, a command.</summary>
internal readonly record struct Prose(string Text)
{
    /// <summary>The sentence in pieces, without the backticks; one that has no partner is a character like any other.</summary>
    public IEnumerable<(string Text, bool IsCode)> Pieces
    {
        get
        {
            var from = 0;
            while (Text.IndexOf('`', from) is >= 0 and var open && Text.IndexOf('`', open + 1) is >= 0 and var close)
            {
                yield return (Text[from..open], false);
                yield return (Text[(open + 1)..close], true);
                from = close + 1;
            }
            yield return (Text[from..], false);
        }
    }
}
