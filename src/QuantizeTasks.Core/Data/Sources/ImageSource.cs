using QuantizeTasks.Manifest;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Data;

/// <summary><c>images:</c>.</summary>
internal sealed class ImageSource(ImageSourceSpecification source) : ISource
{
    public IEnumerable<string> Files =>
        [.. ImageFolder.FilesOf(source.Images), .. ImageLabels.FilesOf(source.Labels), .. source.Annotations is { } annotations ? AnnotationSet.Inputs(annotations) : []];

    public IEnumerable<string> FilesRead
    {
        get
        {
            if (source.Annotations is { } annotations)
            {
                var set = AnnotationSet.Open(annotations, source.Images);
                return [.. set.Images.Select(i => i.File.Path), .. set.Files];
            }
            var folder = ImageFolder.Open(source.Images, ImageFolder.ImageExtensions);
            return [.. folder.Files.Select(f => f.Path), .. ImageLabels.FilesRead(source.Labels, folder)];
        }
    }

    public IDataLoader Open() => new ImageLoader(source);

    public void Identify(FingerprintBuilder fingerprint)
    {
        fingerprint.Add("input", source.Input?.Value).Add("upright", source.Upright).Add("steps", PreprocessText.Of(source.Preprocess));
        if (source.Annotations is { } annotations)
        {
            Identify(annotations, fingerprint);
            return;
        }
        var folder = ImageFolder.Open(source.Images, ImageFolder.ImageExtensions);
        FileHash.AddAll(fingerprint, folder.Files, source.Images.Position);
        ImageLabels.Identify(source.Labels, folder, fingerprint);
    }

    private void Identify(AnnotationSpecification annotations, FingerprintBuilder fingerprint)
    {
        var set = AnnotationSet.Open(annotations, source.Images);
        fingerprint.Add("format", annotations.Format.ToString()).Add("first class", annotations.FirstClass).Add("by id", annotations.ByCategoryId).Add("classes", annotations.Classes.Length)
            .Add("colors", string.Join(' ', annotations.Colors)).Add("follows", annotations.FollowsImage);
        foreach (var name in annotations.Classes)
            fingerprint.Add("class", name.Value);
        FileHash.AddAll(fingerprint, [.. set.Images.Select(i => i.File)], source.Images.Position);
        fingerprint.Add("files", set.Files.Count);
        foreach (var file in set.Files)
            fingerprint.Add("annotation", FileHash.Of(file, annotations.Path.Position));
    }
}
