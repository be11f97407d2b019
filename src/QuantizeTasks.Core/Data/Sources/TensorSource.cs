using QuantizeTasks.Manifest;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Data;

/// <summary><c>tensors:</c>.</summary>
internal sealed class TensorSource(TensorSourceSpecification source) : ISource
{
    public IEnumerable<string> Files => (source.Labels is { } labels ? source.Tensors.Values.Append(labels) : source.Tensors.Values).Select(path => ArrayPath.Parse(path.Value).File);

    public IDataLoader Open() => new TensorLoader(source);

    public void Identify(FingerprintBuilder fingerprint)
    {
        foreach (var (input, path) in source.Tensors)
            AddArray(fingerprint.Add("input", input), "array", path);
        if (source.Labels is { } labels)
            AddArray(fingerprint, "labels", labels);
    }

    /// <summary>Adds an .npy file, or an archive and which member of it.</summary>
    public static void AddArray(FingerprintBuilder fingerprint, string name, Located<string> path)
    {
        var array = ArrayPath.Parse(path.Value);
        fingerprint.Add(name, FileHash.Of(array.File, path.Position)).Add("member", array.Member);
    }
}
