using System.Collections.Immutable;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Accuracy.Searching;

/// <summary>What int8 is predicted to save, and how it is spread over the groups; by the device's cost model, so the same on every machine.</summary>
internal sealed class PredictedSpeed(ImmutableArray<QuantizerGroup> groups)
{
    private readonly double _total = groups.Sum(g => Math.Max(0.0, g.PredictedSaving));

    /// <summary>The share of all that int8 saves that is lost when a group goes to float, between 0 and 1; equal shares where nothing is predicted.</summary>
    public double Share(QuantizerGroup group) => _total > 0 ? Math.Max(0.0, group.PredictedSaving) / _total : 1.0 / groups.Length;

    /// <summary>The share of what int8 saves that a configuration keeps. A group on a rung counts as if it were in float, which is the least it can save.</summary>
    public double Kept(Configuration configuration) =>
        configuration.IsFloat ? 0 : 1 - configuration.Reverted.Concat(configuration.Rungs.Keys).Sum(id => Share(groups[id]));

    /// <summary>
    /// What a group gives back for the time it costs. Every group costs at least what an average one does, so that one which costs next to nothing does not go before one that
    /// matters; a layer that carries much of the speed goes late, one that carries all of it last.
    /// </summary>
    public double Worth(RankedGroup ranked) => ranked.Regained > 0 ? ranked.Regained / Math.Max(1.0 / groups.Length, Share(ranked.Group)) : ranked.Regained;
}
