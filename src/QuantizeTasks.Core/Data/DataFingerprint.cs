using System.Security.Cryptography;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Plugins;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Data;

/// <summary>The identity of a data source. Relative names only, so that a colleague with the same files has the same fingerprint.</summary>
internal static class DataFingerprint
{
    public static string Of(DataSourceSpecification source) => source switch
    {
        ImageSourceSpecification { Annotations: { } annotations } images => OfAnnotated(images, annotations),
        ImageSourceSpecification images => OfImages(images),
        TensorSourceSpecification tensors => OfTensors(tensors),
        PluginSourceSpecification plugin => PluginLoader.Open(plugin).Fingerprint(),
        _ => throw new ArgumentException($"Unknown data source {source.GetType().Name}.", nameof(source)),
    };

    private static string OfImages(ImageSourceSpecification source)
    {
        var folder = ImageFolder.Open(source.Images);
        using var fingerprint = new FingerprintBuilder("images/1");
        fingerprint.Add("input", source.Input?.Value).Add("steps", PreprocessText.Of(source.Preprocess)).Add("count", folder.Files.Count);
        AddFiles(fingerprint, folder.Files, source.Images.Position);
        if (source.Labels is { Value: not "folders" } labels)
            AddArray(fingerprint, "labels", labels);
        else
            fingerprint.Add("classes", string.Join('/', folder.SubFolders)).Add("labels", source.Labels?.Value);
        return fingerprint.Finish();
    }

    private static string OfAnnotated(ImageSourceSpecification source, AnnotationSpecification annotations)
    {
        var set = AnnotationSet.Open(annotations, source.Images);
        using var fingerprint = new FingerprintBuilder("annotated images/1");
        fingerprint.Add("input", source.Input?.Value).Add("steps", PreprocessText.Of(source.Preprocess)).Add("format", annotations.Format.ToString())
            .Add("first class", annotations.FirstClass).Add("by id", annotations.ByCategoryId).Add("classes", annotations.Classes.Length);
        foreach (var name in annotations.Classes)
            fingerprint.Add("class", name.Value);
        fingerprint.Add("count", set.Images.Count).Add("files", set.Files.Count);
        AddFiles(fingerprint, [.. set.Images.Select(i => i.File)], source.Images.Position);
        foreach (var file in set.Files)
            fingerprint.Add("annotation", Hash(file, annotations.Path.Position));
        return fingerprint.Finish();
    }

    private static void AddFiles(FingerprintBuilder fingerprint, IReadOnlyList<ImageFile> files, SourcePosition position)
    {
        var hashes = new byte[files.Count][];
        try
        {
            Parallel.For(0, hashes.Length, i => hashes[i] = Hash(files[i].Path, position));
        }
        catch (AggregateException e)
        {
            throw e.InnerExceptions[0];
        }
        for (var i = 0; i < hashes.Length; i++)
            fingerprint.Add(files[i].Name, hashes[i]);
    }

    private static string OfTensors(TensorSourceSpecification source)
    {
        using var fingerprint = new FingerprintBuilder("tensors/1");
        foreach (var (input, path) in source.Tensors)
            AddArray(fingerprint.Add("input", input), "array", path);
        if (source.Labels is { } labels)
            AddArray(fingerprint, "labels", labels);
        return fingerprint.Finish();
    }

    private static void AddArray(FingerprintBuilder fingerprint, string name, Located<string> path)
    {
        var array = ArrayPath.Parse(path.Value);
        fingerprint.Add(name, Hash(array.File, path.Position)).Add("member", array.Member);
    }

    private static byte[] Hash(string path, SourcePosition position)
    {
        try
        {
            using var stream = File.OpenRead(path);
            return SHA256.HashData(stream);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new QuantizeException(DiagnosticCodes.DataNotFound, $"There is no file '{path}'.", position, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"'{path}' cannot be read: {e.Message}", position, e);
        }
    }
}
