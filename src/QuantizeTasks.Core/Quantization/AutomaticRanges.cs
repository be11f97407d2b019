using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization.Calibration;
using QuantizeTasks.Quantization.Calibration.Ranges;
using QuantizeTasks.Quantization.Errors;

namespace QuantizeTasks.Quantization;

/// <summary>
/// What the range estimator preset <c>auto</c> stands for on one model: <c>mse</c>, which errs least on each tensor by itself, unless with another estimator the int8 model's outputs are clearly
/// closer to the float model's on the calibration samples; and of the presets of activations, where the manifest names none, the one with which they are closer. No labels are used and no validation sample is seen.
/// </summary>
/// <param name="Preset">The preset of activations that was chosen, or that the manifest names.</param>
/// <param name="Estimator">The estimator that was chosen.</param>
internal sealed record AutomaticRanges(string Preset, string Estimator)
{
    /// <summary>Every trial that the choice rests on, in order.</summary>
    public ImmutableArray<RangeTrial> Trials { get; init; } = [];

    /// <summary>The first is taken unless another is clearly better.</summary>
    private static readonly string[] Candidates = ["mse", "minmax", "default", "percentile", "entropy"];

    /// <summary>
    /// An estimator replaces the first when it has less than this share of its error, a difference of 1 dB. Below that the order of two of them on some calibration samples says little of their order
    /// on others (docs/benchmarks.md).
    /// </summary>
    private const double ClearlyBetter = 0.8;

    /// <summary>Samples that all candidates are tried on.</summary>
    private const int FewSamples = 8;

    /// <summary>Samples that the first candidate and the best of the others are tried on.</summary>
    private const int ManySamples = 64;

    /// <summary>True when the settings leave the choice of the estimator open.</summary>
    public static bool AreWanted(DefaultQuantizationParameters parameters) => EstimatorPresets.NameOf(EstimatorPresets.OfActivations(parameters)) == EstimatorPresets.Automatic;

    /// <summary>A choice that was made before; null when it is none that could be made.</summary>
    public static AutomaticRanges? TryOf(string? preset, string? estimator) =>
        preset is not null && estimator is not null && Candidates.Contains(estimator) && preset is "performance" or "mixed" or "accuracy" ? new AutomaticRanges(preset, estimator!) : null;

    /// <summary>Tries the estimators, and then the presets with the best of them: of more than two all on a few samples, and when another than the first was better there, these two on more.</summary>
    /// <param name="model">A calibrated model whose statistics serve every candidate.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="passes">Runs models on the calibration samples.</param>
    public static AutomaticRanges Choose(CalibratedModel model, CompressionSettings settings, ICalibrationPasses passes)
    {
        var original = model.Prepared.Model.Serialize();
        // What ranges are best does not depend on the corrections that take passes of their own.
        var quick = settings.Quantization with { UseLayerwiseTuning = false, UseFastBias = true };
        var trials = new List<RangeTrial>();
        double Error(AutomaticRanges candidate, int samples)
        {
            samples = Math.Min(samples, passes.Samples);
            var tried = DefaultQuantization.Quantize(model, settings with { Quantization = candidate.Resolve(quick) }, passes);
            var error = OutputError.Measure(passes, original, tried.Build(Configuration.FullyQuantized), samples);
            trials.Add(new RangeTrial(candidate.Preset, candidate.Estimator, samples, error));
            return error;
        }

        // Without float the other preset is 16 bits, which is for a search to decide.
        string[] presets = settings.Quantization.Preset is { } given ? [given.Value] : Rungs.HasFloat(settings) ? ["performance", "mixed"] : ["performance"];
        var best = Best([.. Candidates.Select(estimator => new AutomaticRanges(presets[0], estimator))], ClearlyBetter, Error);
        // Two presets with one estimator differ in nothing but how well the levels cover the values, so that there any difference counts.
        return Best([.. presets.Select(preset => best with { Preset = preset })], 1, Error) with { Trials = [.. trials] };
    }

    private static AutomaticRanges Best(AutomaticRanges[] candidates, double share, Func<AutomaticRanges, int, double> error)
    {
        if (candidates.Length == 1)
            return candidates[0];
        var challenger = candidates[1];
        if (candidates.Length > 2)
        {
            (challenger, var few) = candidates[1..].Select(candidate => (candidate, error(candidate, FewSamples))).MinBy(tried => tried.Item2);
            if (few >= error(candidates[0], FewSamples))
                return candidates[0];
        }
        return error(challenger, ManySamples) < share * error(candidates[0], ManySamples) ? challenger : candidates[0];
    }

    /// <inheritdoc/>
    public bool Equals(AutomaticRanges? other) => other is not null && (Preset, Estimator) == (other.Preset, other.Estimator) && Trials.SequenceEqual(other.Trials);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Preset, Estimator);

    /// <summary>The parameters with a preset and an estimator in place of what was left open.</summary>
    public DefaultQuantizationParameters Resolve(DefaultQuantizationParameters parameters)
    {
        var preset = parameters.Preset?.Value ?? Preset;
        var position = EstimatorPresets.OfActivations(parameters)?.Preset?.Position ?? default;
        return parameters with
        {
            Preset = parameters.Preset ?? (preset == "performance" ? null : new(preset, position)),
            Activations = parameters.Activations with { RangeEstimator = new(new(Estimator, position), null, null) },
        };
    }
}

/// <summary>A preset and an estimator that were tried.</summary>
/// <param name="Preset">The preset of activations.</param>
/// <param name="Estimator">The range estimator.</param>
/// <param name="Samples">On how many calibration samples.</param>
/// <param name="Error">Noise of the int8 model's outputs as a share of their signal.</param>
internal sealed record RangeTrial(string Preset, string Estimator, int Samples, double Error);
