using QuantizeTasks.Data;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization.Calibration;

namespace QuantizeTasks.Runs;

/// <summary>Looks at the calibration data before it is used, and warns of what is likely to be a mistake. <c>data: { check_calibration: false }</c> turns it off.</summary>
internal static class CalibrationDoctor
{
    /// <summary>So many samples of each set are looked at, evenly spaced: enough for a share, and read in well under a second.</summary>
    private const int Looks = 32;

    /// <summary>What there is to warn of; nothing when the manifest turns it off.</summary>
    public static IReadOnlyList<Diagnostic> Examine(QuantizationManifest manifest, int workers, CancellationToken cancellation)
    {
        if (!manifest.CheckCalibration)
            return [];
        var data = CalibrationData.Open(manifest);
        var used = SampleSubset.Select(data.Count, manifest.Compression.Quantization);
        var isOfItsOwn = manifest.Validation is not null && !ReferenceEquals(manifest.Calibration, manifest.Validation);
        return CalibrationExamination.Of(used.Length, Read(data, used, workers, cancellation), isOfItsOwn ? Read(DataSource.Open(manifest.Validation!), workers, cancellation) : [], manifest.Calibration.Position);
    }

    private static SampleSummary[] Read(IDataLoader data, int workers, CancellationToken cancellation) => Read(data, [.. Enumerable.Range(0, data.Count)], workers, cancellation);

    private static SampleSummary[] Read(IDataLoader data, IReadOnlyList<int> indices, int workers, CancellationToken cancellation)
    {
        var looks = Math.Min(Looks, indices.Count);
        int[] chosen = [.. Enumerable.Range(0, looks).Select(i => indices[(int)((long)i * indices.Count / looks)])];
        try
        {
            return [.. SampleStream.Read(data, chosen, workers, cancellation).Select(SampleSummary.Of)];
        }
        catch (TaskCanceledException) when (cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellation);
        }
    }
}
