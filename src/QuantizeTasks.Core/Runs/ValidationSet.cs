using System.Collections.Immutable;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Data;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Metrics;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Runs;

/// <summary>Labelled samples and what is measured on them.</summary>
/// <param name="Loader">The samples.</param>
/// <param name="Entries">What is measured: the manifest's metrics in its order, then their parts that have a budget of their own.</param>
/// <param name="Identity">Identifies names, contents and preprocessing of the samples, as they were before they were opened.</param>
/// <param name="Watch">Tells whether the files are still what <paramref name="Identity"/> says.</param>
internal sealed record ValidationSet(IDataLoader Loader, ImmutableArray<BudgetedMetrics.Entry> Entries, Func<string> Identity, DataWatch Watch)
{
    /// <summary>Data of its own for the verdict (<c>data.certification</c>), the same for all who ask.</summary>
    public Lazy<ValidationSet>? Certification { get; private init; }

    /// <summary>The metrics of <see cref="Entries"/>.</summary>
    public ImmutableArray<IMetric> Metrics => [.. Entries.Select(e => e.Metric)];

    /// <summary>Whether slices or classes have budgets of their own.</summary>
    public bool HasParts => Entries.Any(e => e.PartBudget is not null);

    /// <summary>Opens the manifest's validation data; null when it asks for no metric and states no budget, so that there is nothing to prove.</summary>
    /// <exception cref="QuantizeException">A budget is stated and nothing to measure it with, or the data cannot be read.</exception>
    public static ValidationSet? Open(QuantizationManifest manifest)
    {
        if (manifest.Metrics.IsEmpty)
        {
            if (manifest.Compression.IsAccuracyAware || manifest.Compression.Accuracy.MaximalDrop is not null)
                throw new QuantizeException(DiagnosticCodes.MissingKey, "A budget needs at least one entry under `metrics`.", manifest.Compression.Accuracy.MaximalDrop?.Position ?? new SourcePosition(manifest.Path));
            if (manifest.Compression.Accuracy.TuneHyperparams)
                throw new QuantizeException(DiagnosticCodes.MissingKey, "`tune_hyperparams` takes the settings that score best, and needs at least one entry under `metrics` for that.", new SourcePosition(manifest.Path));
            return null;
        }
        if (manifest.Validation is not { } source)
            throw new QuantizeException(DiagnosticCodes.MissingKey, "Metrics need `data: validation:` to be measured on.", manifest.Metrics[0].Name.Position);
        return Of(source, manifest) with { Certification = manifest.Certification is { } unseen ? new(() => Of(unseen, manifest)) : null };
    }

    /// <summary>What a search may see, and what the verdict is given on when that is something else (<c>data.certification</c> or <c>data.certify</c>).</summary>
    public (ValidationSet Search, ValidationSet? Certification) Divide(QuantizationManifest manifest)
    {
        if (Certification is not null)
            return (this, Certification.Value);
        if (manifest.Holdout is not { } specification)
            return (this, null);
        var holdout = Holdout.Divide(Loader.Count, specification);
        return (Part(holdout.Used), Part(holdout.KeptBack));
    }

    /// <summary>What each metric may lose: its part's budget, its own, or the algorithm's.</summary>
    public ImmutableArray<BudgetTerm> Terms(QuantizationManifest manifest)
    {
        var accuracy = manifest.Compression.Accuracy;
        double? fallback = accuracy.MaximalDrop?.Value ?? (manifest.Compression.IsAccuracyAware ? AccuracyAwareParameters.DefaultMaximalDrop : null);
        var position = accuracy.MaximalDrop?.Position ?? new SourcePosition(manifest.Path);
        return [.. Entries.Select(e => e switch
        {
            { PartBudget: { } part } => new BudgetTerm(part.Value, DropType.Absolute, part.Position),
            { Specification: { MaximalDrop: { } own } specification } => new BudgetTerm(own.Value, specification.DropType ?? accuracy.DropType, own.Position),
            _ => new BudgetTerm(fallback, e.Specification.DropType ?? accuracy.DropType, position),
        })];
    }

    /// <summary>Checks that every part that has a budget has samples.</summary>
    /// <param name="evaluation">Any model's evaluation on all samples.</param>
    /// <exception cref="QuantizeException">A slice or class has none: a name is misspelled, or the labels have no slices.</exception>
    public void RequireParts(Evaluation evaluation)
    {
        for (var i = 0; i < Entries.Length; i++)
            if (Entries[i].PartBudget is { } budget && evaluation.Metrics[i].ForVerdict is var (metric, contributions)
                && !(metric is PartMetric ? PartMetric.HasAny(contributions) : contributions.Any(c => !double.IsNaN(c[0]))))
                throw new QuantizeException(DiagnosticCodes.UnknownName, $"There is a budget for '{metric.Name}', but no sample of the data belongs to it. Slices come from the column `slice` of the label file, classes from labels that are class indices.", budget.Position);
    }

    private static ValidationSet Of(DataSourceSpecification source, QuantizationManifest manifest)
    {
        // Before anything is opened: what is read while it stays unchanged is what its identity says.
        var watch = DataSource.Watch(source);
        return new(DataSource.Open(source), BudgetedMetrics.Of(manifest.Metrics, manifest.PostProcessing), () => watch.Identity, watch);
    }

    private ValidationSet Part(ImmutableArray<int> indices) => this with
    {
        Loader = new SampleSelection(Loader, indices),
        Identity = () =>
        {
            using var fingerprint = new FingerprintBuilder("samples/1");
            fingerprint.Add("of", Identity()).Add("count", indices.Length);
            foreach (var index in indices)
                fingerprint.Add("index", index);
            return fingerprint.Finish();
        },
    };
}
