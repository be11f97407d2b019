using System.Globalization;
using System.Text;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Data;

/// <summary>
/// BERT's tokenizer (Devlin et al. 2019; the reference is google-research/bert, tokenization.py): texts are cleaned, split at white space and punctuation and around CJK characters, and each word is cut into the longest pieces of
/// the vocabulary from the left, the later ones of which start with ##. A pair is cut by taking tokens from the longer text first.
/// </summary>
internal sealed class WordPiece : ITokenizer
{
    private const int LongestWord = 100;
    private readonly Dictionary<string, long> _vocabulary;
    private readonly bool _lowerCase;
    private readonly (long Unknown, long Start, long Separator) _special;

    public WordPiece(Located<string> vocabulary, bool lowerCase)
    {
        _lowerCase = lowerCase;
        _vocabulary = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (line, number) in TextLines.Read(vocabulary.Value, vocabulary.Position))
            _vocabulary.TryAdd(line.TrimEnd(), number - 1);
        long Special(string token) => _vocabulary.TryGetValue(token, out var id) ? id
            : throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"The vocabulary has no '{token}': a vocabulary of WordPiece has a token a line, and [UNK], [CLS] and [SEP] among them.", new SourcePosition(vocabulary.Value));
        _special = (Special("[UNK]"), Special("[CLS]"), Special("[SEP]"));
    }

    public (long[] Ids, long[] Segments) Encode(string text, string? pair, int length)
    {
        var (first, second) = (Tokens(text), pair is null ? null : Tokens(pair));
        var room = Math.Max(0, length - (second is null ? 2 : 3));
        while (first.Count + (second?.Count ?? 0) > room)
        {
            var longer = second is null || first.Count > second.Count ? first : second;
            longer.RemoveAt(longer.Count - 1);
        }
        long[] ids = [_special.Start, .. first, _special.Separator, .. second is null ? (long[])[] : [.. second, _special.Separator]];
        var segments = new long[ids.Length];
        segments.AsSpan(first.Count + 2).Fill(1);
        return (ids, segments);
    }

    private List<long> Tokens(string text)
    {
        var tokens = new List<long>();
        foreach (var word in Words(text))
            AddPieces(word, tokens);
        return tokens;
    }

    private void AddPieces(string word, List<long> tokens)
    {
        var before = tokens.Count;
        // Positions at which a character starts, so that no piece cuts one in half.
        int[] starts = [.. word.EnumerateRunes().Select(rune => rune.Utf16SequenceLength).Aggregate(new List<int> { 0 }, (all, length) => [.. all, all[^1] + length])];
        for (var start = 0; start < starts.Length - 1;)
        {
            var end = starts.Length - 1;
            long id = 0;
            while (end > start && !_vocabulary.TryGetValue((start > 0 ? "##" : "") + word[starts[start]..starts[end]], out id))
                end--;
            if (end == start || starts.Length - 1 > LongestWord)
            {
                tokens.RemoveRange(before, tokens.Count - before);
                tokens.Add(_special.Unknown);
                return;
            }
            tokens.Add(id);
            start = end;
        }
    }

    /// <summary>Words and punctuation marks.</summary>
    private List<string> Words(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        foreach (var rune in Normalize(text).EnumerateRunes())
        {
            if (rune.Value is 0 or 0xFFFD || IsControl(rune))
                continue;
            if (Rune.IsWhiteSpace(rune))
            {
                Flush();
            }
            else if (IsPunctuation(rune) || IsCjk(rune.Value))
            {
                Flush();
                words.Add(rune.ToString());
            }
            else
            {
                word.Append(rune.ToString());
            }
        }
        Flush();
        return words;

        void Flush()
        {
            if (word.Length > 0)
                words.Add(word.ToString());
            word.Clear();
        }
    }

    /// <summary>Lower case without accents: decomposed, and non-spacing marks dropped.</summary>
    private string Normalize(string text)
    {
        if (!_lowerCase)
            return text;
        var result = new StringBuilder(text.Length);
        foreach (var character in text.ToLowerInvariant())
            if (char.GetUnicodeCategory(character) != UnicodeCategory.NonSpacingMark)
                Unaccented.AddTo(result, character);
        return result.ToString();
    }

    private static bool IsControl(Rune rune) =>
        rune.Value is not ('\t' or '\n' or '\r') && Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;

    /// <summary>ASCII signs that are no letters or digits count too, such as $ and ^, which Unicode calls symbols.</summary>
    private static bool IsPunctuation(Rune rune) => rune.Value is (>= 33 and <= 47) or (>= 58 and <= 64) or (>= 91 and <= 96) or (>= 123 and <= 126) || Rune.IsPunctuation(rune);

    private static bool IsCjk(int character) => character is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F)
        or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B820 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
}
