using System.Text;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Proto;

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
        _endsWithSeparator = source.Kind.Value == "bert" || source.AddEos;
        try
        {
            _tokenizer = Create(source);
        }
        catch (QuantizeException e) when (e.Diagnostics[0].Code == DiagnosticCodes.RuntimeRejectedModel)
        {
            throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"ONNX Runtime Extensions cannot use '{source.Vocabulary.Value}' for the tokenizer '{source.Kind.Value}': {e.InnerException?.Message.ReplaceLineEndings(" ")}", source.Vocabulary.Position, e);
        }
    }

    private static RuntimeTokenizer Create(TokenizerSpecification source) => source.Kind.Value == "sentencepiece" ? SentencePiece(source) : source.Kind.Value == "bert"
        ? new RuntimeTokenizer("BertTokenizer", new Dictionary<string, object> { ["vocab_file"] = Read(source.Vocabulary), ["do_lower_case"] = source.LowerCase ? 1L : 0L, ["strip_accents"] = source.LowerCase ? 1L : 0L }, [], "ids", "segments", "mask")
        : new RuntimeTokenizer("GPT2Tokenizer", new Dictionary<string, object>
        {
            ["vocab"] = Read(source.Vocabulary),
            ["merges"] = Read(source.Merges ?? throw new QuantizeException(DiagnosticCodes.MissingKey, "The tokenizer 'gpt2' needs 'merges'.", source.Kind.Position)),
        }, [], "ids", "mask");

    /// <summary>Its inputs are the text, nbest_size, alpha (of sampling, which is off), add_bos, add_eos, reverse and, if wanted, fairseq; the model is in base64, as an attribute may hold no zero byte.</summary>
    private static RuntimeTokenizer SentencePiece(TokenizerSpecification source)
    {
        List<TensorProto> constants = [TensorData.Int64s("nbest_size", [0], 1), TensorData.Floats("alpha", [0], 1), Flag("add_bos", source.AddBos), Flag("add_eos", source.AddEos), Flag("reverse", false)];
        if (source.Fairseq)
            constants.Add(Flag("fairseq", true));
        return new RuntimeTokenizer("SentencepieceTokenizer", new Dictionary<string, object> { ["model"] = Convert.ToBase64String(Bytes(source.Vocabulary)) }, constants, "ids", "texts", "places");
    }

    private static TensorProto Flag(string name, bool value) => new() { Name = name, DataType = (int)TensorProto.Types.DataType.Bool, Dims = { 1 }, Int32Data = { value ? 1 : 0 } };

    public (long[] Ids, long[] Segments) Encode(string text, string? pair, int length)
    {
        var ids = _tokenizer.Encode(text);
        // BERT's last token is its separator, and an end of sentence stays one, also of a text that was cut.
        if (ids.Length > length)
            ids = _endsWithSeparator && length > 0 ? [.. ids.AsSpan(0, length - 1), ids[^1]] : ids[..length];
        return (ids, new long[ids.Length]);
    }

    private static string Read(Located<string> path) => Encoding.UTF8.GetString(Bytes(path)).TrimStart('\uFEFF');

    private static byte[] Bytes(Located<string> path)
    {
        if (!File.Exists(path.Value))
            throw new QuantizeException(DiagnosticCodes.DataNotFound, $"There is no file '{path.Value}'.", path.Position);
        try
        {
            return File.ReadAllBytes(path.Value);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"'{path.Value}' cannot be read: {e.Message}", path.Position, e);
        }
    }
}
