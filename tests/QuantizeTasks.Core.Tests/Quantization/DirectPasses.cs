using System.Collections.Immutable;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx.Values;
using QuantizeTasks.Quantization.Calibration;
using QuantizeTasks.Quantization.Preparation;

namespace QuantizeTasks.Tests.Quantization;

/// <summary>Passes over calibration samples that remember nothing.</summary>
internal sealed class DirectPasses(IDataLoader data, DefaultQuantizationParameters parameters, int workers = 1) : ICalibrationPasses
{
    public int Samples => SampleSubset.Select(data.Count, parameters).Length;

    public CalibrationStatistics Observe(PreparedModel prepared, ImmutableArray<Observation> observations, int atMost = int.MaxValue) =>
        Collector.Collect(prepared, observations, data, atMost < Samples ? parameters with { StatSubsetSize = new(atMost, default) } : parameters, workers, (_, _) => { }, CancellationToken.None);

    public IEnumerable<IReadOnlyDictionary<string, Tensor>> Run(SerializedModel model, int count)
    {
        using var session = ModelSession.Create(model, "calibrated");
        foreach (var outputs in SampleRuns.Run(session, data, SampleSubset.Select(data.Count, parameters)[..count], workers, (_, _) => { }, CancellationToken.None))
            yield return outputs;
    }

    public byte[] Remember(string kind, SerializedModel model, string arguments, Func<byte[]> compute) => compute();
}
