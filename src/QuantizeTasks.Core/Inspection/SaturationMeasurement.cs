using System.Collections.Immutable;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Inference;
using QuantizeTasks.Inference.Emulation;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Inspection;

/// <summary>
/// Counts what saturates on x64 without VNNI, on the first samples of a data set. Apart from an evaluation, which may know its samples from the store, so
/// that the counts do not depend on what was run before.
/// </summary>
internal static class SaturationMeasurement
{
    /// <summary>Shares of saturated products hardly change with more samples.</summary>
    public const int MostSamples = 32;

    /// <summary>Runs the emulated model.</summary>
    /// <param name="open">Opens the model with these settings.</param>
    /// <param name="data">The samples.</param>
    /// <param name="workers">Samples at once.</param>
    /// <param name="cancellation">Ends the count.</param>
    /// <param name="most">At most this many samples.</param>
    /// <returns>For each operator whose weights can saturate, in graph order.</returns>
    public static ImmutableArray<SaturationRecord> Measure(Func<SessionSettings, ModelSession> open, IDataLoader data, int workers, CancellationToken cancellation, int most = MostSamples)
    {
        using var model = EmulatedModel.Create(open, "the emulated model");
        if (!model.Counts.IsEmpty)
            Workers.For(Math.Min(most, data.Count), workers, i => model.Run(data.Load(i).Inputs), cancellation);
        return [.. model.Counts.Select(c => new SaturationRecord(c.Layer, c.RiskyWeightPairs, c.WeightPairs, c.Pairs, c.Saturated))];
    }
}
