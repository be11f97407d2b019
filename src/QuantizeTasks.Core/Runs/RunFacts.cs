using System.Collections.Immutable;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Data;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Locking;
using QuantizeTasks.Manifest;
using QuantizeTasks.Metrics;

namespace QuantizeTasks.Runs;

/// <summary>All that the result of a run depends on, by name: what a lock file records and compares.</summary>
/// <param name="Values">Fingerprints, options and versions.</param>
/// <param name="Absent">Names of those that could not be computed because their data is not there.</param>
internal sealed record RunFacts(ImmutableSortedDictionary<string, Located<string>> Values, ImmutableArray<string> Absent)
{
    /// <summary>The name of what identifies the calibration samples.</summary>
    public const string Calibration = "data.calibration";

    /// <param name="manifest">The manifest.</param>
    /// <param name="model">The float model.</param>
    /// <param name="runtime">The runtime that the verdict will hold for.</param>
    /// <param name="validation">The data that the run uses; null when it uses none, to identify what the manifest names.</param>
    /// <param name="allowsAbsentData">Whether data that is not there is passed over.</param>
    /// <exception cref="QuantizeException">Data cannot be read.</exception>
    public static RunFacts Of(QuantizationManifest manifest, ModelFile model, RuntimeIdentity runtime, ValidationSet? validation, bool allowsAbsentData)
    {
        var facts = ManifestFacts.Of(manifest).ToBuilder();
        var absent = ImmutableArray.CreateBuilder<string>();
        Add("model", model.Fingerprint, manifest.Model.Position);
        AddData(Calibration, manifest.Calibration, () => CalibrationData.Fingerprint(manifest));
        AddData("data.validation", manifest.Validation, () => validation?.Identity() ?? DataSource.Fingerprint(manifest.Validation!));
        AddData("data.certification", manifest.Certification, () => validation?.Certification?.Value.Identity() ?? DataSource.Fingerprint(manifest.Certification!));
        foreach (var same in BudgetedMetrics.Of(manifest.Metrics, manifest.PostProcessing).GroupBy(e => e.Metric.Name, StringComparer.Ordinal))
            Add($"metric {same.Key}", string.Join("; ", same.Select(e => e.Metric.Definition)), same.First().Specification.Name.Position);
        Add("runtime.isa", runtime.Isa, null);
        Add("runtime.package", runtime.Package, null);
        Add("runtime.platform", runtime.RuntimeIdentifier, null);
        Add("runtime.version", runtime.Version, null);
        Add("tool", ToolVersion.Current, null);
        return new RunFacts(facts.ToImmutable(), absent.ToImmutable());

        void Add(string name, string value, SourcePosition? position) => facts[name] = new Located<string>(value, position ?? new SourcePosition(""));

        void AddData(string name, DataSourceSpecification? source, Func<string> identify)
        {
            try
            {
                if (source is not null)
                    Add(name, identify(), source.Position);
            }
            catch (QuantizeException e) when (allowsAbsentData && e.Diagnostics[0].Code == DiagnosticCodes.DataNotFound)
            {
                absent.Add(name);
            }
        }
    }
}
