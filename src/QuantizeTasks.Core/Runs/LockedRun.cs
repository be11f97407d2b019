using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Locking;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Quantization;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Runs;

/// <summary>What the lock file says to a run: which decision to try first, and whether it may be another one. Nothing is taken from it that an evaluation should say.</summary>
internal sealed class LockedRun
{
    private readonly QuantizationManifest _manifest;
    private readonly RunOptions _options;
    private readonly IProgress<RunEvent> _events;
    private readonly RunFacts? _facts;
    private readonly LockEntry? _entry;

    private LockedRun(QuantizationManifest manifest, RunOptions options, IProgress<RunEvent> events, RunFacts? facts, LockEntry? entry)
    {
        (_manifest, _options, _events, _facts, _entry) = (manifest, options, events, facts, entry);
        Changes = entry is null ? [] : [.. LockChange.Between(entry.Inputs, facts!.Values).Where(c => !facts.Absent.Contains(c.Name))];
    }

    /// <summary>What is not as when the lock file was written.</summary>
    public ImmutableArray<LockChange> Changes { get; }

    /// <summary>Whether the decision was made from the very inputs of this run, perhaps on another machine.</summary>
    public bool IsMatch => _entry is not null && Changes.All(c => c.IsMachine);

    /// <summary>Whether a budget is another one, so that fewer or more groups may have to be in float.</summary>
    public bool IsBudgetChanged => Changes.Any(c => c.Name.Contains("maximal_drop", StringComparison.Ordinal) || c.Name.Contains("drop_type", StringComparison.Ordinal));

    /// <summary>Whether the published bytes must be those of the lock file.</summary>
    public bool IsStrict => _options.LockedMode || _options.Verify == VerifyMode.Hashes;

    /// <summary>Identifies the calibration samples, also when they are not there; null when nobody computed it.</summary>
    public string? CalibrationFingerprint => _facts?.Values.GetValueOrDefault(RunFacts.Calibration)?.Value ?? _entry?.Inputs.GetValueOrDefault(RunFacts.Calibration)?.Value;

    /// <summary>Names of the data that could not be compared because it is not there.</summary>
    public ImmutableArray<string> AbsentData => _facts?.Absent ?? [];

    /// <summary>What the range estimator <c>auto</c> chose from the same inputs; null when it has to choose.</summary>
    public AutomaticRanges? Automatic => IsMatch ? AutomaticRanges.TryOf(_entry!.Decision.Preset, _entry.Decision.Estimator) : null;

    /// <summary>Reads the lock file and compares.</summary>
    /// <param name="manifest">The manifest.</param>
    /// <param name="options">Where the lock file is, and how strict it is.</param>
    /// <param name="facts">Computes what a run depends on; reads all data.</param>
    /// <param name="events">Told what has changed.</param>
    /// <exception cref="QuantizeException">The file is damaged; or it must match and does not, with an error for each thing that changed.</exception>
    public static LockedRun Open(QuantizationManifest manifest, RunOptions options, Func<RunFacts> facts, IProgress<RunEvent> events)
    {
        var isStrict = options.LockedMode || options.Verify == VerifyMode.Hashes;
        var file = options.LockFile is null ? null : LockFileReader.TryRead(options.LockFile, Path.GetFileName(manifest.Path));
        if (isStrict && file is not { Entries.Length: > 0 })
            throw new QuantizeException(DiagnosticCodes.LockFileMissing,
                $"{Asker(options)}, which needs {(options.LockFile is null ? "a lock file, and none is to be used" : $"the lock file '{options.LockFile}', and there is none")}. Build once without it, and put the lock file into source control.", new SourcePosition(manifest.Path));
        if (options.LockFile is null)
            return new LockedRun(manifest, options, events, null, null);
        var computed = facts();
        var run = file?.Entries.OrderBy(e => e.Variant != (options.Variant ?? "")).Select(e => new LockedRun(manifest, options, events, computed, e)).ToArray() ?? [];
        // The entry of this variant; for a variant that has none, the one that fits, else any.
        var chosen = run.FirstOrDefault(r => r.IsOwn || r.IsMatch) ?? run.FirstOrDefault() ?? new LockedRun(manifest, options, events, computed, null);
        chosen.Announce();
        return chosen;
    }

    /// <summary>The entry that is followed; null without one.</summary>
    public LockedDecision? Decision => _entry?.Decision;

    private bool IsOwn => _entry?.Variant == (_options.Variant ?? "");

    private void Announce()
    {
        if (Changes.IsEmpty)
            return;
        if (!IsMatch && IsStrict)
            throw new QuantizeException([.. Changes.Where(c => !c.IsMachine).Select(c => new Diagnostic(DiagnosticCodes.LockFileMismatch, DiagnosticSeverity.Error,
                $"{Asker(_options)}, and this is not what '{_options.LockFile}' was written for. {c.Text}. Build without it and commit the lock file, or take the change back.", c.Position ?? new SourcePosition(_options.LockFile!)))]);
        var what = string.Join("; ", Changes.Select(c => c.Text));
        Report(DiagnosticCodes.LockFileOutdated, DiagnosticSeverity.Information, IsMatch
            ? $"The lock file was written on another kind of machine, so its decision is evaluated again here. {what}."
            : $"The decision of the lock file is the first to be tried, because what it was made from has changed. {what}.");
    }

    /// <summary>What the lock file has to be int8 with <c>prefer: measured</c>; null when that has to be measured.</summary>
    public ImmutableHashSet<string>? Selection(OnnxGraph graph)
    {
        if (_entry is null || _manifest.Compression.Prefer != Preference.Measured)
            return null;
        var names = graph.Nodes.Select(n => n.Name).ToHashSet(StringComparer.Ordinal);
        return _entry.Decision.Int8.All(names.Contains) ? [.. _entry.Decision.Int8] : null;
    }

    /// <summary>What a run that evaluates nothing has to say for itself.</summary>
    public string Unverified()
    {
        var absent = AbsentData.IsEmpty ? "" : $" Not compared, because it is not here: {string.Join(", ", AbsentData)}.";
        if (_options.Verify == VerifyMode.Hashes)
            return $"Only hashes were verified: the model is, byte for byte, the one that '{_options.LockFile}' records. Its accuracy was not measured here.{absent}";
        var what = _entry is null ? "everything that may be is in int8, and no lock file says otherwise" : IsMatch ? "it is made as the lock file says" : $"it is made as the lock file says, which was written for something else ({string.Join("; ", Changes.Select(c => c.Text))})";
        return $"NOTHING WAS PROVEN about the int8 model, because verifying is switched off ({what}). Do not ship it.{absent}";
    }

    /// <summary>Holds what was built from the lock file's decision against what it recorded.</summary>
    /// <param name="sha256">Of the model that was built.</param>
    /// <param name="decision">What it was built from.</param>
    /// <exception cref="QuantizeException">The bytes are others, and they must not be.</exception>
    public void Compare(string sha256, Func<LockedDecision> decision)
    {
        if (!IsMatch || _entry!.Sha256.Value == sha256)
            return;
        var reasons = LockedDecisions.Differences(_entry.Decision, decision()).Concat(Changes.Select(c => c.Text)).DefaultIfEmpty("The decision is the same in all parts; the file was edited, or something of the quantizer is not deterministic").ToArray();
        var message = $"The inputs are those of the lock file, but the model is another one: SHA-256 '{_entry.Sha256.Value}' -> '{sha256}'. {string.Join("; ", reasons)}.";
        if (IsStrict)
            throw new QuantizeException(DiagnosticCodes.LockFileMismatch, message, _entry.Sha256.Position);
        Report(DiagnosticCodes.LockNotReproduced, DiagnosticSeverity.Warning, message, _entry.Sha256.Position);
    }

    /// <summary>Writes what a run that passed has decided, unless the file says that already.</summary>
    public void Record(RunReport report, Func<LockedDecision> decision)
    {
        if (_options.LockFile is null || _facts is null || report.Output is not { } output)
            return;
        if (IsMatch && _entry!.Sha256.Value == output.Sha256 && (!Changes.IsEmpty || !IsOwn))
            return;
        var metrics = report.Metrics.Select(LockedDecisions.Metric).ToImmutableArray();
        var entry = new LockEntry
        {
            Variant = _options.Variant ?? "",
            Output = _manifest.Output.Value,
            Sha256 = new Located<string>(output.Sha256, new SourcePosition("")),
            Decision = decision(),
            Inputs = _facts.Values,
            Metrics = metrics,
        };
        if (_options.LockedMode)
            RequireSame(metrics);
        else
            Write(entry);
    }

    private void Write(LockEntry entry)
    {
        if (LockFileWriter.Write(_options.LockFile!, Path.GetFileName(_manifest.Path), entry, IsOwn ? _entry : null, _options.LockFileTime) is { } failure)
            _events.Report(new DiagnosticRaised(failure));
    }

    /// <summary>The report's account of it; null without a lock file.</summary>
    public LockRecord? ToRecord() => _options.LockFile is null ? null
        : new LockRecord(_options.LockFile, _entry is null ? "new" : IsMatch ? "matched" : "changed", [.. Changes.Select(c => c.Text)]);

    /// <summary>Same bytes, same data, same kind of machine: figures that differ were edited, or the runtime is not deterministic.</summary>
    private void RequireSame(ImmutableArray<LockedMetric> metrics)
    {
        if (_entry!.Metrics.SequenceEqual(metrics))
            return;
        var differs = _entry.Metrics.Zip(metrics).Where(p => p.First != p.Second).Select(p => $"{p.First} -> {p.Second}").DefaultIfEmpty("the metrics are others");
        throw new QuantizeException(DiagnosticCodes.LockFileMismatch, $"{Asker(_options)}, and the lock file records other figures than were measured: {string.Join("; ", differs)}.", _entry.Sha256.Position);
    }

    private static string Asker(RunOptions options) => options.LockedMode ? "The run is in locked mode" : "Only hashes are to be verified";

    /// <summary>Raises a diagnostic about the lock file.</summary>
    public void Report(string code, DiagnosticSeverity severity, string message, SourcePosition? position = null) =>
        _events.Report(new DiagnosticRaised(new Diagnostic(code, severity, message, position ?? new SourcePosition(_options.LockFile!))));
}
