using System.Text;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Data;

/// <summary>The tokenizers that an app runs with ONNX Runtime Extensions, so that the model sees what it will see there. One text a sample.</summary>
internal sealed class ExtensionsTokenizer : ITokenizer
{
    private readonly RuntimeTokenizer _tokenizer;
    private readonly bool _endsWithSeparator;

    public ExtensionsTokenizer(TokenizerSpecification source)
    {
        if (source.Pair is { } pair)
            throw new QuantizeException(DiagnosticCodes.ConflictingKeys, $"'pair' is for the tokenizer 'wordpiece'; '{source.Kind.Value}' reads one text.", pair.Position);
        _endsWithSeparator = source.Kind.Value == "bert";
        try
        {
            _tokenizer = Create(source);
        }
        catch (QuantizeException e) when (e.Diagnostics[0].Code == DiagnosticCodes.RuntimeRejectedModel)
        {
            throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"ONNX Runtime Extensions cannot use '{source.Vocabulary.Value}' for the tokenizer '{source.Kind.Value}': {e.InnerException?.Message.ReplaceLineEndings(" ")}", source.Vocabulary.Position, e);
        }
    }

    private static RuntimeTokenizer Create(TokenizerSpecification source) => source.Kind.Value == "bert"
        ? new RuntimeTokenizer("BertTokenizer", new Dictionary<string, object> { ["vocab_file"] = Read(source.Vocabulary), ["do_lower_case"] = source.LowerCase ? 1L : 0L, ["strip_accents"] = source.LowerCase ? 1L : 0L }, "ids", "segments", "mask")
        : new RuntimeTokenizer("GPT2Tokenizer", new Dictionary<string, object>
        {
            ["vocab"] = Read(source.Vocabulary),
            ["merges"] = Read(source.Merges ?? throw new QuantizeException(DiagnosticCodes.MissingKey, "The tokenizer 'gpt2' needs 'merges'.", source.Kind.Position)),
        }, "ids", "mask");

    public (long[] Ids, long[] Segments) Encode(string text, string? pair, int length)
    {
        var ids = _tokenizer.Encode(text);
        // BERT's last token is its separator, also of a text that was cut.
        if (ids.Length > length)
            ids = _endsWithSeparator && length > 0 ? [.. ids.AsSpan(0, length - 1), ids[^1]] : ids[..length];
        return (ids, new long[ids.Length]);
    }

    private static string Read(Located<string> path)
    {
        if (!File.Exists(path.Value))
            throw new QuantizeException(DiagnosticCodes.DataNotFound, $"There is no file '{path.Value}'.", path.Position);
        try
        {
            return File.ReadAllText(path.Value, Encoding.UTF8);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"'{path.Value}' cannot be read: {e.Message}", path.Position, e);
        }
    }
}
