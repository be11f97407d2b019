using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Data;

/// <summary>Samples that are rows of an IDX file. Bytes with two more axes, or three of which the last is of 1 or 3, are images and go through preprocessing as decoded files do; anything else is fed as it is.</summary>
internal sealed class IdxLoader : IDataLoader
{
    private readonly IdxFile _file;
    private readonly PreprocessPipeline? _pipeline;
    private readonly Func<int, Tensor>? _labels;
    private readonly string _input;

    public IdxLoader(IdxSourceSpecification source)
    {
        _file = IdxFile.Open(source.File.Value, source.File.Position);
        _input = source.Input?.Value ?? "";
        if (_file.IsBytes && _file.Shape is { Length: 3 } or [_, _, _, 1 or 3])
        {
            if (_file.Shape.Skip(1).Any(extent => extent == 0))
                throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"'{source.File.Value}' has images without pixels.", source.File.Position);
            _pipeline = new PreprocessPipeline(source.Preprocess);
        }
        else if (source.Preprocess is [var step, ..])
        {
            throw new QuantizeException(DiagnosticCodes.ConflictingKeys, $"'preprocess' is for images, but the samples of '{source.File.Value}' are of the shape [{string.Join(", ", _file.Shape.Skip(1))}]. Remove it.", step.Position);
        }
        _labels = source.Labels is { } labels ? Labels(labels, _file.Count) : null;
    }

    public int Count => _file.Count;

    public Sample Load(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        var name = FormattableString.Invariant($"row {index}");
        var inputs = new Dictionary<string, Tensor>(1, StringComparer.Ordinal) { [_input] = _pipeline is null ? FiniteTensor.Require(_file.Row(index, batchAxis: true), _input, name) : Image(index, name) };
        return new Sample(name, inputs, _labels?.Invoke(index));
    }

    private Tensor Image(int index, string name)
    {
        var row = _file.Row(index, batchAxis: false);
        return _pipeline!.Run(Tensor.Create(row.As<byte>(), row.Shape[0], row.Shape[1], row.Shape is [_, _, var channels] ? channels : 1), name);
    }

    private static Func<int, Tensor> Labels(Located<string> path, int samples)
    {
        if (Path.GetExtension(ArrayPath.Parse(path.Value).File).ToUpperInvariant() is ".NPY" or ".NPZ")
        {
            var array = LabelArray.Open(path, samples);
            return index => array.Row(index, batchAxis: false);
        }
        var file = IdxFile.Open(path.Value, path.Position);
        return file.Count == samples ? index => file.Row(index, batchAxis: false)
            : throw new QuantizeException(file.Count < samples ? DiagnosticCodes.LabelMissing : DiagnosticCodes.LabelInvalid, $"There are {samples} samples, but '{path.Value}' has {file.Count} labels.", path.Position);
    }
}
