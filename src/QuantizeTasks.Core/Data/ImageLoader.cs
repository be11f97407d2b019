using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Data;

/// <summary>Samples that are image files: decoded, preprocessed, labelled.</summary>
internal sealed class ImageLoader : IDataLoader
{
    private readonly ImageSet _images;
    private readonly ImmutableArray<PreprocessStep> _steps;
    private readonly PreprocessPipeline _pipeline;
    private readonly string _input;

    public ImageLoader(ImageSourceSpecification source)
    {
        _pipeline = new PreprocessPipeline(source.Preprocess);
        _steps = source.Preprocess;
        _images = ImageSet.Open(source);
        _input = source.Input?.Value ?? "";
    }

    public int Count => _images.Files.Count;

    public Sample Load(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        var file = _images.Files[index];
        var image = Decode(file.Path);
        var tensor = _pipeline.Run(image, file.Path);
        return new Sample(file.Name, new Dictionary<string, Tensor>(1, StringComparer.Ordinal) { [_input] = tensor }, _images.Label(index, image, _steps), _images.Slice(index));
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
