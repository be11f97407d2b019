using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Data;

/// <summary>Samples that are image files: decoded, preprocessed, labelled.</summary>
internal sealed class ImageLoader : IDataLoader
{
    private readonly ImageSet _images;
    private readonly ImmutableArray<PreprocessStep> _steps;
    private readonly PreprocessPipeline _pipeline;
    private readonly string _input;
    private readonly bool _upright;

    public ImageLoader(ImageSourceSpecification source)
    {
        _pipeline = new PreprocessPipeline(source.Preprocess);
        _steps = source.Preprocess;
        _images = ImageSet.Open(source);
        _input = source.Input?.Value ?? "";
        _upright = source.Upright;
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

    private Tensor Decode(string path)
    {
        try
        {
            return ImageFileDecoder.Decode(File.ReadAllBytes(path), path, _upright);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"The image cannot be read: {e.Message}", new SourcePosition(path), e);
        }
    }
}
