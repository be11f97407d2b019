using System.Collections.Immutable;
using QuantizeTasks.Data;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Metrics;

namespace QuantizeTasks;

/// <summary>What a verdict is given on.</summary>
/// <param name="Source">Where the samples come from.</param>
/// <param name="Loader">The samples.</param>
/// <param name="Metrics">What is measured on them, in the manifest's order.</param>
internal sealed record ValidationSet(DataSourceSpecification Source, IDataLoader Loader, ImmutableArray<IMetric> Metrics)
{
    /// <summary>Opens the manifest's validation data; null when it asks for no metric and states no budget, so that there is nothing to prove.</summary>
    /// <exception cref="QuantizeException">A budget is stated and nothing to measure it with, or the data cannot be read.</exception>
    public static ValidationSet? Open(QuantizationManifest manifest)
    {
        if (manifest.Metrics.IsEmpty)
        {
            if (manifest.Compression.IsAccuracyAware || manifest.Compression.Accuracy.MaximalDrop is not null)
                throw new QuantizeException(DiagnosticCodes.MissingKey, "A budget needs at least one entry under `metrics`.", manifest.Compression.Accuracy.MaximalDrop?.Position ?? new SourcePosition(manifest.Path));
            return null;
        }
        if (manifest.Validation is not { } source)
            throw new QuantizeException(DiagnosticCodes.MissingKey, "Metrics need `data: validation:` to be measured on.", manifest.Metrics[0].Name.Position);
        return new ValidationSet(source, DataSource.Open(source), [.. manifest.Metrics.Select(MetricFactory.Create)]);
    }

    /// <summary>Identifies names, contents and preprocessing of the samples. Reads every file.</summary>
    public string Fingerprint() => DataSource.Fingerprint(Source);
}
