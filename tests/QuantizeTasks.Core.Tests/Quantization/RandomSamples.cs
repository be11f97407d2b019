using QuantizeTasks.Onnx;

namespace QuantizeTasks.Tests.Quantization;

/// <summary>Random calibration samples for any model.</summary>
internal sealed class RandomSamples(OnnxModel model, int count) : IDataLoader
{
    private readonly IReadOnlyDictionary<string, Tensor>[] _samples = [.. Enumerable.Range(0, count).Select(i => TestRuns.RandomInputs(model, i + 1, open: 1))];

    public int Count => _samples.Length;

    public Sample Load(int index) => new($"row {index}", _samples[index]);
}
