namespace QuantizeTasks.Data;

/// <summary>Turns a text, or two, into tokens. Thread-safe.</summary>
internal interface ITokenizer
{
    /// <summary>Token ids with the special tokens of the model, at most <paramref name="length"/>, and for each whether it is of the second text (1) or not (0).</summary>
    /// <param name="text">The text.</param>
    /// <param name="pair">The second text; null for none.</param>
    /// <param name="length">Texts that give more are cut.</param>
    (long[] Ids, long[] Segments) Encode(string text, string? pair, int length);
}
