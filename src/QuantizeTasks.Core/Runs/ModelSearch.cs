using QuantizeTasks.Accuracy;
using QuantizeTasks.Accuracy.Searching;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Writing;

namespace QuantizeTasks.Runs;

/// <summary>
/// The search of a run from the baseline to its outcome: the lock file's decision or everything in int8, then other settings, then layer by layer. It is a function of what the evaluators answer, so
/// it can be run for its questions alone.
/// </summary>
/// <param name="manifest">What is asked for.</param>
/// <param name="quantized">What is searched.</param>
/// <param name="locked">What the lock file decided of it.</param>
/// <param name="isLockedMode">Whether nothing but that decision counts.</param>
internal sealed class ModelSearch(QuantizationManifest manifest, QuantizingResult quantized, LockedModel locked, bool isLockedMode)
{
    /// <summary>How many times as fast as float the model is predicted to be, at least.</summary>
    private const double WorthTuning = 1.2;

    /// <summary>What it tells while it goes on.</summary>
    /// <param name="Started">The configuration that it starts from was judged.</param>
    /// <param name="Trying">Other settings are about to be tried.</param>
    /// <param name="Tried">They were.</param>
    /// <param name="Observe">Follows the search for layers in a scheme.</param>
    public sealed record Listeners(Action<Scheme, Judgement, bool> Started, Action Trying, Action<SchemeTrial> Tried, Func<Scheme, ISearchObserver> Observe);

    /// <summary>Searches.</summary>
    /// <param name="make">Evaluates a model, given last, under settings of a name.</param>
    /// <param name="budget">What the metrics may lose.</param>
    /// <param name="reference">The float model, on the samples that are compared one by one.</param>
    /// <param name="listeners">What is told of it.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="isTimed">Whether <c>time_limit</c> counts.</param>
    public Found Run(Func<string, CompressionSettings, Func<IModelVariants>, Scheme> make, Budget budget, Lazy<Evaluation> reference, Listeners listeners, CancellationToken cancellation, bool isTimed = true)
    {
        var usual = make("", manifest.Compression, () => quantized.Variants);
        var lockedScheme = make(locked.SchemeName, locked.Settings, () => locked.Variants);
        Scheme Make(string name, CompressionSettings settings)
        {
            listeners.Trying();
            return make(name, settings, () => quantized.Under(settings));
        }

        Judgement Judged(Scheme of, Configuration configuration) => new Validation(of.Evaluator, budget).Judge(configuration, cancellation);

        var (start, rejected, isLocked) = locked.Start(budget.IsStated, configuration => Judged(lockedScheme, configuration), () => Judged(usual, Configuration.FullyQuantized));
        listeners.Started(isLocked ? lockedScheme : usual, start, isLocked);
        (var scheme, start) = isLocked ? (lockedScheme, start)
            : new SchemeSearch(Make, Refines(manifest.Compression, quantized.Calibrated.Placement.Prediction), budget, reference, listeners.Tried).Run(usual, start, cancellation);

        var accuracy = manifest.Compression.Accuracy;
        var parameters = accuracy with
        {
            MaxIterNum = Rungs.CanSearch(manifest.Compression) && !isLockedMode ? accuracy.MaxIterNum : 0,
            TimeLimit = isTimed ? accuracy.TimeLimit : null,
        };
        rejected = scheme.Name == locked.SchemeName ? rejected : null;
        var outcome = new AccuracyAwareSearch(scheme.Evaluator, scheme.Variants, budget, parameters, reference, listeners.Observe(scheme)).Run(start, cancellation, rejected: rejected);
        var fullyQuantized = new[] { start, rejected }.FirstOrDefault(j => j?.Configuration == Configuration.FullyQuantized)?.Verdict;
        return new(scheme, outcome, fullyQuantized);
    }

    /// <summary>
    /// Whether a search tunes int8 before it reverts layers: the fast one, where that is what keeps the model fast. Where int8 gains little, a layer in float costs little, and less than tuning.
    /// </summary>
    /// <param name="compression">What is asked for.</param>
    /// <param name="prediction">How long the operators that could be int8 take; null where nothing is known about the device.</param>
    internal static bool Refines(CompressionSettings compression, Prediction? prediction) =>
        compression is { IsAccuracyAware: true, Accuracy: { Search: SearchStrategy.Fast, MaxIterNum: > 0 } }
        && (compression.Prefer == Preference.Size || prediction is null || prediction.Float >= WorthTuning * prediction.Int8);

    /// <param name="Scheme">The settings it came from.</param>
    /// <param name="Outcome">What a search found.</param>
    /// <param name="FullyQuantized">The verdict on everything in int8; null when that was not judged.</param>
    public sealed record Found(Scheme Scheme, SearchOutcome Outcome, Verdict? FullyQuantized)
    {
        /// <summary>The model under these settings.</summary>
        public QuantizedModelVariants Variants => (QuantizedModelVariants)Scheme.Variants;

        /// <summary>What was found best.</summary>
        public Configuration Configuration => Outcome.Best.Configuration;

        /// <summary>Whether the data chose the model among others.</summary>
        public bool IsChosen => Configuration != Configuration.FullyQuantized || Scheme.Name.Length > 0;
    }
}
