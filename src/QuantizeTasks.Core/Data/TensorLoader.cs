using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Data;

/// <summary>Samples that are rows of npy arrays, one array per model input.</summary>
internal sealed class TensorLoader : IDataLoader
{
    private readonly SortedDictionary<string, NpyArray> _inputs = new(StringComparer.Ordinal);
    private readonly NpyArray? _labels;

    public TensorLoader(TensorSourceSpecification source)
    {
        if (source.Tensors.IsEmpty)
            throw new QuantizeException(DiagnosticCodes.MissingKey, "'tensors' names no input.", source.Position);
        foreach (var (input, path) in source.Tensors)
        {
            var array = _inputs[input] = NpyArray.Open(path.Value, path.Position);
            var (first, other) = (_inputs.First(), array.Count);
            if (first.Value.Count != other)
                throw new QuantizeException(DiagnosticCodes.ShapeMismatch, $"The input '{input}' has {other} samples, but '{first.Key}' has {first.Value.Count}.", path.Position);
        }
        Count = _inputs.First().Value.Count;
        if (source.Labels is { } labels)
            _labels = LabelArray.Open(labels, Count);
    }

    public int Count { get; }

    public Sample Load(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        var name = $"row {index}";
        var inputs = new Dictionary<string, Tensor>(_inputs.Count, StringComparer.Ordinal);
        foreach (var (input, array) in _inputs)
            inputs[input] = FiniteTensor.Require(array.Row(index, batchAxis: true), input, name);
        return new Sample(name, inputs, _labels?.Row(index, batchAxis: false));
    }
}
