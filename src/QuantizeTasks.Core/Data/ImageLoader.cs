using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Data;

/// <summary>Samples that are image files: decoded, preprocessed, labelled.</summary>
internal sealed class ImageLoader : IDataLoader
{
    private readonly ImageFolder _folder;
    private readonly ImageLabels _labels;
    private readonly PreprocessPipeline _pipeline;
    private readonly string _input;

    public ImageLoader(ImageSourceSpecification source)
    {
        _pipeline = new PreprocessPipeline(source.Preprocess);
        _folder = ImageFolder.Open(source.Images);
        _labels = ImageLabels.Open(source.Labels, _folder);
        _input = source.Input?.Value ?? "";
    }

    public int Count => _folder.Files.Count;

    public Sample Load(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        var file = _folder.Files[index];
        var image = Decode(file.Path);
        var tensor = _pipeline.Run(image, file.Path);
        return new Sample(file.Name, new Dictionary<string, Tensor>(1, StringComparer.Ordinal) { [_input] = tensor }, _labels.Label(index), _labels.Slice(index));
    }

    private static Tensor Decode(string path)
    {
        try
        {
            var bytes = File.ReadAllBytes(path);
            ImageStructure.Check(bytes, path);
            return ImageDecoder.Shared.Decode(bytes, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"The image cannot be read: {e.Message}", new SourcePosition(path), e);
        }
    }
}
