using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Plugins;

namespace QuantizeTasks.Data;

/// <summary>A manifest's data source as samples, as an identity, and as files on disk.</summary>
internal static class DataSource
{
    /// <summary>Opens a source. Lists files and reads headers and labels, but no sample yet.</summary>
    /// <exception cref="QuantizeException">Something it names is missing, malformed or empty, or a step cannot follow the ones before it.</exception>
    public static IDataLoader Open(DataSourceSpecification source)
    {
        IDataLoader loader = source switch
        {
            ImageSourceSpecification images => new ImageLoader(images),
            TensorSourceSpecification tensors => new TensorLoader(tensors),
            PluginSourceSpecification plugin => PluginLoader.Open(plugin),
            _ => throw new ArgumentException($"Unknown data source {source.GetType().Name}.", nameof(source)),
        };
        return loader.Count > 0 ? loader : throw new QuantizeException(DiagnosticCodes.TooFewSamples, "The data source has no sample.", source.Position);
    }

    /// <summary>Hex SHA-256 over names, contents and steps: equal for equal samples, wherever the files lie. Reads every file.</summary>
    public static string Fingerprint(DataSourceSpecification source) => DataFingerprint.Of(source);

    /// <summary>Every file that <see cref="Open"/> and its loader read, as absolute paths and, for images, an absolute glob, so that an added image is noticed. In ordinal order.</summary>
    public static IReadOnlyList<string> Files(DataSourceSpecification source) => [.. FilesOf(source).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private static IEnumerable<string> FilesOf(DataSourceSpecification source)
    {
        switch (source)
        {
            case ImageSourceSpecification images:
                var (root, glob) = ImageFolder.Split(images.Images.Value);
                yield return Path.Combine(root, glob?.Pattern ?? "**/*").Replace('/', Path.DirectorySeparatorChar);
                if (images.Labels is { Value: not "folders" } labels)
                    yield return ArrayPath.Parse(labels.Value).File;
                foreach (var file in images.Annotations is { } annotations ? AnnotationSet.Inputs(annotations) : [])
                    yield return file;
                break;
            case PluginSourceSpecification plugin:
                foreach (var path in PluginClass.Find<IDataLoader>(plugin.Loader).Files)
                    yield return path;
                break;
            case TensorSourceSpecification tensors:
                foreach (var path in tensors.Tensors.Values)
                    yield return ArrayPath.Parse(path.Value).File;
                if (tensors.Labels is { } array)
                    yield return ArrayPath.Parse(array.Value).File;
                break;
        }
    }
}
