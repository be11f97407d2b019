using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Manifest;

/// <summary>What a row of a table has besides the inputs.</summary>
/// <param name="Label">The columns that make the label; empty for none.</param>
/// <param name="Slice">The column that names the slice; null for none.</param>
public sealed record RowAnnotations(ImmutableArray<Located<string>> Label, Located<string>? Slice)
{
    /// <summary>Neither.</summary>
    public static RowAnnotations None { get; } = new([], null);
}

/// <summary><c>csv: file</c> (or .tsv) with a header, and <c>jsonl: file</c>: a sample a row.</summary>
/// <param name="Position">Where the source is written.</param>
/// <param name="File">The absolute path.</param>
/// <param name="IsJson">Whether a row is a JSON object instead of separated fields.</param>
/// <param name="Columns">For each input the columns (of JSON, members) that make it; empty: all but label and slice, for the model's only input.</param>
/// <param name="Types">Element types of inputs, such as <c>int64</c>; float32 for those that are not named.</param>
/// <param name="Annotations">Label and slice.</param>
public sealed record TableSourceSpecification(
    SourcePosition Position, Located<string> File, bool IsJson, ImmutableSortedDictionary<string, ImmutableArray<Located<string>>> Columns, ImmutableSortedDictionary<string, Located<string>> Types, RowAnnotations Annotations)
    : DataSourceSpecification(Position);

/// <summary><c>text: file</c>: a text a row (.csv, .tsv, .jsonl) or line (.txt), turned into tokens.</summary>
/// <param name="Position">Where the source is written.</param>
/// <param name="File">The absolute path.</param>
/// <param name="Tokenizer">How.</param>
/// <param name="Annotations">Label and slice; none for a .txt.</param>
public sealed record TextSourceSpecification(SourcePosition Position, Located<string> File, TokenizerSpecification Tokenizer, RowAnnotations Annotations) : DataSourceSpecification(Position);

/// <summary><c>tokenizer</c>.</summary>
/// <param name="Kind"><c>wordpiece</c>, or one of ONNX Runtime Extensions: <c>bert</c>, <c>gpt2</c>, <c>sentencepiece</c>.</param>
/// <param name="Vocabulary">The absolute path of the vocabulary.</param>
/// <param name="Length">Tokens a sample; shorter texts are padded, longer ones are cut. Null: as many as there are.</param>
public sealed record TokenizerSpecification(Located<string> Kind, Located<string> Vocabulary, Located<int>? Length)
{
    /// <summary>The merges file of <c>gpt2</c>.</summary>
    public Located<string>? Merges { get; init; }

    /// <summary>Whether texts are lowered and stripped of accents first.</summary>
    public bool LowerCase { get; init; } = true;

    /// <summary>For <c>sentencepiece</c>: a text begins with the token for that.</summary>
    public bool AddBos { get; init; }

    /// <summary>For <c>sentencepiece</c>: a text ends with the token for that, also when it is cut.</summary>
    public bool AddEos { get; init; }

    /// <summary>For <c>sentencepiece</c>: ids are those of fairseq.</summary>
    public bool Fairseq { get; init; }

    /// <summary>The column of the text, and of a second one that follows it; the line itself in a .txt.</summary>
    public Located<string>? Text { get; init; }

    /// <summary>The column of the second text.</summary>
    public Located<string>? Pair { get; init; }

    /// <summary>Model inputs for token ids, mask and segment; null for an input that the model does not have.</summary>
    public (string Ids, string? Mask, string? Segments) Inputs { get; init; } = ("input_ids", null, null);

    /// <summary>What fills up short texts.</summary>
    public int PadId { get; init; }

    /// <summary><c>int64</c> or <c>int32</c>.</summary>
    public string Type { get; init; } = "int64";
}
