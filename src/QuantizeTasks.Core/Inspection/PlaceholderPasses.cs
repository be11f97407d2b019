using System.Collections.Immutable;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx.Values;
using QuantizeTasks.Quantization.Calibration;
using QuantizeTasks.Quantization.Preparation;

namespace QuantizeTasks.Inspection;

/// <summary>Calibration on <see cref="PlaceholderSamples"/>.</summary>
internal sealed class PlaceholderPasses(IDataLoader data, DefaultQuantizationParameters parameters, CancellationToken cancellation) : ICalibrationPasses
{
    public int Samples => data.Count;

    public CalibrationStatistics Observe(PreparedModel prepared, ImmutableArray<Observation> observations, int atMost = int.MaxValue) =>
        Collector.Collect(prepared, observations, data, parameters, 1, (_, _) => { }, cancellation);

    public IEnumerable<IReadOnlyDictionary<string, Tensor>> Run(SerializedModel model, int count)
    {
        using var session = ModelSession.Create(model, "the model with placeholder inputs");
        for (var i = 0; i < count; i++)
            yield return session.Run(data.Load(i).Inputs);
    }

    public byte[] Remember(string kind, SerializedModel model, string arguments, Func<byte[]> compute) => compute();
}
