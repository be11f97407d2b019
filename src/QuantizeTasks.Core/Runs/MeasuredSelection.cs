using System.Collections.Immutable;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Data;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx.Values;
using QuantizeTasks.Quantization;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Runs;

/// <summary>
/// <c>prefer: measured</c>: which operators are int8 is decided by what they take on this machine. The float model and the model with everything in int8 are profiled in turn, the costs so
/// measured go through the same minimum cut as predicted ones, and of what comes out, what is predicted, and everything, the fastest as a whole is taken. A decision is kept for the
/// model and the kind of machine, so that the next build decides alike.
/// </summary>
internal sealed class MeasuredSelection(QuantizationManifest manifest, ContentStore store, CancellationToken cancellation)
{
    private const string Kind = "measured selection/2";

    private static readonly TimeSpan ProfileTime = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan ComparisonTime = TimeSpan.FromSeconds(4);

    /// <summary>One sample is enough: ranges decide what the runtime fuses, but hardly what it takes.</summary>
    private readonly CompressionSettings _settings = manifest.Compression with
    {
        Quantization = manifest.Compression.Quantization with { StatSubsetSize = new Located<int>(1, manifest.Compression.TargetDevice.Position, "prefer: measured") },
    };

    public MeasuredDecision Decide(PreparedModel prepared)
    {
        var key = Key(prepared);
        if (store.TryGet(key, out var bytes) && MeasuredDecision.FromBytes(bytes) is { } known)
            return known;
        var decision = Measure(prepared);
        store.Put(key, Kind, decision.ToBytes());
        return decision;
    }

    private MeasuredDecision Measure(PreparedModel prepared)
    {
        var inputs = DataSource.Open(manifest.Calibration).Load(0).Inputs;
        // What prefer: size has in int8, but not what it stores in int8 and computes in float, which is never faster.
        var everything = QuantizerPlacement.Place(prepared, _settings, Names(QuantizerPlacement.Place(prepared, _settings with { Prefer = Preference.Size })).ToImmutableHashSet(StringComparer.Ordinal));
        if (everything.Prediction is null)
            throw new QuantizeException(DiagnosticCodes.ConflictingKeys,
                $"'prefer: measured' measures on this machine, and the target device '{_settings.TargetDevice.Value}' is none that ONNX Runtime's CPU provider drives. Say 'prefer: speed'.", _settings.TargetDevice.Position);
        if (everything.Layers.IsEmpty)
            return new([], ImmutableSortedDictionary<string, OperatorCost>.Empty, 0, 0, IsFaster: false);
        var inFloat = prepared.Model.Serialize();
        var inInt8 = Int8(prepared, everything);
        var times = OperatorTimes.Measure([(inFloat, "float"), (inInt8, "int8")], inputs, ProfileTime, cancellation);
        var costs = MeasuredCosts.Of(everything, times[0], times[1]);

        // The first is what the measurement says; another has to be clearly faster to be preferred.
        var measured = QuantizerPlacement.Place(prepared, _settings with { Prefer = Preference.Speed }, measured: costs);
        var predicted = QuantizerPlacement.Place(prepared, _settings with { Prefer = Preference.Speed });
        var choices = new[] { measured, predicted, everything }.Where(p => !p.Layers.IsEmpty).DistinctBy(p => string.Join('\n', Names(p)), StringComparer.Ordinal).ToArray();
        var sessions = new List<ModelSession>();
        try
        {
            sessions.Add(ModelSession.Create(inFloat, "float"));
            foreach (var choice in choices)
                sessions.Add(ModelSession.Create(choice == everything ? inInt8 : Int8(prepared, choice), "int8"));
            var rounds = LatencyComparison.Measure(sessions, inputs, ComparisonTime, cancellation);
            var best = 1;
            for (var i = 2; i < rounds.Length; i++)
                if (PairedDifference.Of(rounds[best], rounds[i]).IsClear)
                    best = i;
            return new(Names(choices[best - 1]), costs.ToImmutableSortedDictionary(StringComparer.Ordinal),
                LatencyComparison.Median(rounds[0]), LatencyComparison.Median(rounds[best]), PairedDifference.Of(rounds[0], rounds[best]).IsClear);
        }
        finally
        {
            sessions.ForEach(s => s.Dispose());
        }
    }

    private SerializedModel Int8(PreparedModel prepared, QuantizerPlacement placement)
    {
        var passes = new CachedCalibration(manifest with { Compression = _settings }, store, workers: 1, (_, _) => { }, cancellation);
        return DefaultQuantization.Quantize(DefaultQuantization.Calibrate(prepared, placement, _settings, passes), _settings, passes).Build(Configuration.FullyQuantized);
    }

    private static ImmutableSortedSet<string> Names(QuantizerPlacement placement) =>
        placement.Layers.Select(l => l.Name).Concat(placement.AgnosticOperators.Select(a => a.Name)).ToImmutableSortedSet(StringComparer.Ordinal);

    private string Key(PreparedModel prepared)
    {
        var runtime = RuntimeLibrary.Identity;
        using var builder = new FingerprintBuilder(Kind);
        builder.Add("model", prepared.Model.Serialize().Fingerprint).Add("device", _settings.TargetDevice.Value).Add("settings", Placed(_settings))
            .AddRuntime(runtime)
            .Add("processor", Processor.Name).Add("tool", ToolVersion.Current);
        return builder.Finish();
    }

    /// <summary>What decides about candidates: what is ignored, and the model's type.</summary>
    private static string Placed(CompressionSettings settings)
    {
        var ignored = settings.Quantization.Ignored;
        return string.Join('\n', ignored.Scope.Select(s => $"scope {s.Value}").Concat(ignored.Patterns.Select(p => $"pattern {p.Value}"))
            .Concat(ignored.Operations.Select(o => $"type {o.Type.Value} {string.Join(',', o.Attributes.Select(a => $"{a.Key}={a.Value.Value}"))}"))
            .Concat(ignored.Subgraphs.Select(s => $"subgraph {string.Join(',', s.Inputs.Select(i => i.Value))} to {string.Join(',', s.Outputs.Select(i => i.Value))}"))
            .Append($"type {settings.ModelType?.Value}").Append($"format {settings.Format}"));
    }
}
