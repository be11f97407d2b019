using QuantizeTasks.Manifest;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Data;

/// <summary><c>text:</c>.</summary>
internal sealed class TextSource(TextSourceSpecification source) : ISource
{
    public IEnumerable<string> Files => [source.File.Value, source.Tokenizer.Vocabulary.Value, .. source.Tokenizer.Merges is { } merges ? [merges.Value] : (string[])[]];

    public IDataLoader Open() => new TextLoader(source);

    public void Identify(FingerprintBuilder fingerprint)
    {
        var tokenizer = source.Tokenizer;
        fingerprint.Add("file", FileHash.Of(source.File.Value, source.File.Position)).Add("extension", Path.GetExtension(source.File.Value))
            .Add("kind", tokenizer.Kind.Value).Add("vocabulary", FileHash.Of(tokenizer.Vocabulary.Value, tokenizer.Vocabulary.Position));
        if (tokenizer.Merges is { } merges)
            fingerprint.Add("merges", FileHash.Of(merges.Value, merges.Position));
        fingerprint.Add("length", tokenizer.Length?.Value ?? 0).Add("lower", tokenizer.LowerCase).Add("text", tokenizer.Text?.Value).Add("pair", tokenizer.Pair?.Value)
            .Add("ids", tokenizer.Inputs.Ids).Add("mask", tokenizer.Inputs.Mask).Add("segments", tokenizer.Inputs.Segments).Add("bos", tokenizer.AddBos).Add("eos", tokenizer.AddEos).Add("fairseq", tokenizer.Fairseq)
            .Add("pad", tokenizer.PadId).Add("type", tokenizer.Type);
        TableSource.AddAnnotations(fingerprint, source.Annotations);
    }
}
