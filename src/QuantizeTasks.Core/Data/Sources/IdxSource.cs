using QuantizeTasks.Manifest;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Data;

/// <summary><c>idx:</c>.</summary>
internal sealed class IdxSource(IdxSourceSpecification source) : ISource
{
    public IEnumerable<string> Files => source.Labels is { } labels ? [source.File.Value, ArrayPath.Parse(labels.Value).File] : [source.File.Value];

    public IDataLoader Open() => new IdxLoader(source);

    public void Identify(FingerprintBuilder fingerprint)
    {
        fingerprint.Add("file", FileHash.Of(source.File.Value, source.File.Position)).Add("input", source.Input?.Value).Add("steps", PreprocessText.Of(source.Preprocess));
        if (source.Labels is { } labels)
            TensorSource.AddArray(fingerprint, "labels", labels);
    }
}
