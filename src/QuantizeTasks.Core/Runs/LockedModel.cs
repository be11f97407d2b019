using QuantizeTasks.Accuracy;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Locking;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization;
using QuantizeTasks.Quantization.Writing;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Runs;

/// <summary>The lock file's decision on a quantized model.</summary>
internal sealed class LockedModel
{
    private readonly CalibratedModel _calibrated;
    private readonly QuantizedModelVariants _usual;

    /// <param name="run">What the lock file says to the run.</param>
    /// <param name="calibrated">The float model and its statistics.</param>
    /// <param name="variants">The model under the manifest's settings.</param>
    /// <param name="settings">These settings.</param>
    /// <param name="quantize">Quantizes under others.</param>
    public LockedModel(LockedRun run, CalibratedModel calibrated, QuantizedModelVariants variants, CompressionSettings settings, Func<CompressionSettings, QuantizedModelVariants> quantize)
    {
        (Run, _calibrated, _usual, Settings, Variants, SchemeName) = (run, calibrated, variants, settings, variants, "");
        if (run.Decision is not { } decision)
            return;
        if (decision.Settings.Length > 0 && SettingsGrid.TryApply(settings, decision.Settings) is { } changed)
            (Settings, Variants, SchemeName) = (changed, quantize(changed), decision.Settings);
        Candidate = Translate(decision);
    }

    /// <summary>What the lock file says to the run.</summary>
    public LockedRun Run { get; }

    /// <summary>What the decision changes in the manifest's settings; empty for nothing.</summary>
    public string SchemeName { get; }

    /// <summary>The settings with these changes.</summary>
    public CompressionSettings Settings { get; }

    /// <summary>The model under these settings.</summary>
    public QuantizedModelVariants Variants { get; }

    /// <summary>The decision in terms of this model; null without one.</summary>
    public Configuration? Candidate { get; }

    /// <summary>What a run judges in any case: the decision, or everything in int8.</summary>
    public (QuantizedModelVariants Variants, Configuration Configuration) First =>
        Candidate is null || IsUsual || IsSecond ? (_usual, Configuration.FullyQuantized) : (Variants, Candidate);

    /// <summary>
    /// Judges where a search may start: the lock file's decision, and when that is not within budget the model in which everything is int8 that may be. With another budget the latter comes first, which
    /// the store mostly knows: a looser budget may need nothing in float any more. In locked mode there is nothing but the decision.
    /// </summary>
    /// <param name="isBudgetStated">Whether there is anything to miss.</param>
    /// <param name="judgeLocked">Evaluates the decision on the whole validation data.</param>
    /// <param name="judgeUsual">Evaluates where a search starts otherwise.</param>
    /// <returns>Where to start; the other one, when it was judged, is of the same settings and is not within budget; and whether the start is the decision.</returns>
    public (Judgement Start, Judgement? Rejected, bool IsLocked) Start(bool isBudgetStated, Func<Configuration, Judgement> judgeLocked, Func<Judgement> judgeUsual)
    {
        if (Candidate is null || (IsUsual && !Run.IsMatch))
            return (judgeUsual(), null, false);
        var isFirst = !IsSecond;
        if (isFirst && judgeLocked(Candidate) is var locked && (locked.Verdict.WithinBudget || Run.IsStrict || (Run.IsMatch && !isBudgetStated)))
            return (locked, null, true);
        var usual = judgeUsual();
        if (usual.Verdict.WithinBudget || IsUsual)
            return (usual, null, false);
        var other = judgeLocked(Candidate);
        var (start, rejected) = isFirst || !other.Verdict.WithinBudget ? (usual, other) : (other, usual);
        return (start, SchemeName.Length == 0 ? rejected : null, start == other);
    }

    /// <summary>Says that a search did not start from the decision although it was made from the very inputs.</summary>
    public void WarnIfItMisses()
    {
        if (Run.IsMatch)
            Run.Report(DiagnosticCodes.LockNotReproduced, DiagnosticSeverity.Warning, "The decision of the lock file is not within the budget that it was made for. The file was edited or merged, or something of the quantizer is not deterministic. The search begins anew.");
    }

    /// <summary>Holds what was built against what the lock file recorded.</summary>
    /// <exception cref="QuantizeException">The bytes are others, and they must not be.</exception>
    public void Compare(string sha256, string scheme, QuantizedModelVariants variants, Configuration configuration) =>
        Run.Compare(sha256, () => LockedDecisions.Of(scheme, configuration, _calibrated, variants));

    /// <summary>Writes what a run that passed has decided.</summary>
    public void Record(RunReport report, string scheme, QuantizedModelVariants variants, Configuration configuration) =>
        Run.Record(report, () => LockedDecisions.Of(scheme, configuration, _calibrated, variants));

    private bool IsUsual => Candidate == Configuration.FullyQuantized && SchemeName.Length == 0;

    private bool IsSecond => !Run.IsStrict && Run.IsBudgetChanged;

    /// <summary>By names: groups that are gone are passed over with a message, and a rung that is gone means what reverting means.</summary>
    private Configuration Translate(LockedDecision decision)
    {
        var groups = Variants.Groups.ToDictionary(g => g.Name, StringComparer.Ordinal);
        var revertible = ((IModelVariants)Variants).Revertible;
        var changed = decision.Groups.Where(g => g.Value != LockedDecisions.Int8).ToArray();
        if (changed.Where(g => !groups.ContainsKey(g.Key)).Select(g => g.Key).ToArray() is { Length: > 0 } gone)
            Run.Report(DiagnosticCodes.LockFileOutdated, DiagnosticSeverity.Information, $"The lock file speaks of groups that the model does not have any more; they are passed over: {string.Join(", ", gone)}.");
        return changed.Where(g => groups.ContainsKey(g.Key)).Aggregate(Configuration.FullyQuantized, (configuration, g) =>
            Variants.RungsOf(groups[g.Key].Id).FirstOrDefault(r => r.Name == g.Value) is { } rung ? configuration.Put(groups[g.Key].Id, rung) : revertible.Contains(groups[g.Key]) ? configuration.Revert(groups[g.Key]) : configuration);
    }
}
