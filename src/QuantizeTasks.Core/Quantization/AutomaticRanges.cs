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
/// <param name="Preset">The preset of activations that was chosen.</param>
/// <param name="Estimators">For each preset that was tried the estimator that was chosen.</param>
internal sealed record AutomaticRanges(string Preset, ImmutableSortedDictionary<string, string> Estimators)
{
    /// <summary>The first is taken unless another is clearly better.</summary>
    private static readonly string[] Candidates = ["mse", "minmax", "default", "percentile", "entropy"];

    /// <summary>
    /// An estimator replaces the first when it has less than this share of its error, a difference of 1 dB. Below that the order of two of them on some calibration samples says little of their order
    /// on others (docs/benchmarks.md).
    /// </summary>
    private const double ClearlyBetter = 0.8;

    /// <summary>Samples that all candidates are tried on.</summary>
    private const int FewSamples = 8;

    /// <summary>Samples that the first candidate and its challengers are tried on.</summary>
    private const int ManySamples = 64;

    /// <summary>Candidates that may challenge the first after a try on a few samples.</summary>
    private const int MostChallengers = 2;

    /// <summary>True when the settings leave the choice of the estimator open.</summary>
    public static bool AreWanted(DefaultQuantizationParameters parameters) => EstimatorPresets.NameOf(EstimatorPresets.OfActivations(parameters)) == EstimatorPresets.Automatic;

    /// <summary>Tries the candidates: all on a few samples, the first and those that were better there on more.</summary>
    /// <param name="model">A calibrated model whose statistics serve every candidate.</param>
    /// <param name="settings">The settings.</param>
    /// <param name="passes">Runs models on the calibration samples.</param>
    public static AutomaticRanges Choose(CalibratedModel model, CompressionSettings settings, ICalibrationPasses passes)
    {
        var original = model.Prepared.Model.Serialize();
        double Error(AutomaticRanges candidate, int samples)
        {
            // Without the corrections that cost passes of their own: they do not change which ranges are best.
            var tried = settings with { Quantization = candidate.Resolve(settings.Quantization) with { UseFastBias = true, UseLayerwiseTuning = false } };
            return OutputError.Measure(passes, original, DefaultQuantization.Quantize(model, tried, passes).Build(Configuration.FullyQuantized), Math.Min(samples, passes.Samples));
        }

        string[] presets = settings.Quantization.Preset is { } given ? [given.Value] : ["performance", "mixed"];
        // Two presets with one estimator differ in nothing but how well the levels cover the values, so that there any difference counts.
        var winners = presets.Select(preset => Best([.. Candidates.Select(estimator => Of(preset, estimator))], ClearlyBetter, Error)).ToArray();
        var best = Best(winners, 1, Error);
        return best with { Estimators = winners.SelectMany(winner => winner.Estimators).ToImmutableSortedDictionary(StringComparer.Ordinal) };
    }

    private static AutomaticRanges Of(string preset, string estimator) => new(preset, ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal).Add(preset, estimator));

    private static AutomaticRanges Best(AutomaticRanges[] candidates, double share, Func<AutomaticRanges, int, double> error)
    {
        var few = candidates.Select(candidate => (Candidate: candidate, Error: error(candidate, FewSamples))).ToArray();
        var challengers = few[1..].Where(tried => tried.Error < few[0].Error).OrderBy(tried => tried.Error).Take(MostChallengers).ToArray();
        if (challengers.Length == 0)
            return candidates[0];
        var bound = share * error(candidates[0], ManySamples);
        var best = challengers.Select(tried => (tried.Candidate, Error: error(tried.Candidate, ManySamples))).MinBy(tried => tried.Error);
        return best.Error < bound ? best.Candidate : candidates[0];
    }

    /// <summary>The parameters with a preset and an estimator in place of what was left open.</summary>
    public DefaultQuantizationParameters Resolve(DefaultQuantizationParameters parameters)
    {
        var preset = parameters.Preset?.Value ?? Preset;
        var position = EstimatorPresets.OfActivations(parameters)?.Preset?.Position ?? default;
        return parameters with
        {
            Preset = parameters.Preset ?? (preset == "performance" ? null : new(preset, position)),
            Activations = parameters.Activations with { RangeEstimator = new(new(Estimators.GetValueOrDefault(preset) ?? Estimators[Preset], position), null, null) },
        };
    }
}
