using System.Collections.Immutable;

namespace QuantizeTasks.Accuracy.Searching;

/// <summary>The judged configurations of which no other was both closer to the budget and predicted to be faster.</summary>
internal static class Frontier
{
    /// <summary>Steps that were judged on all samples, the fastest first.</summary>
    public static ImmutableArray<(SearchStep Step, double SpeedKept)> Of(IEnumerable<SearchStep> steps, PredictedSpeed speed)
    {
        var result = ImmutableArray.CreateBuilder<(SearchStep, double)>();
        var best = double.PositiveInfinity;
        var whole = steps.Where(s => s.Judgement.IsWhole).Select(s => (Step: s, SpeedKept: speed.Kept(s.Judgement.Configuration)));
        foreach (var point in whole.OrderByDescending(p => p.SpeedKept).ThenBy(p => p.Step.Judgement.Verdict.WorstViolation).ThenBy(p => p.Step.Index))
        {
            if (point.Step.Judgement.Verdict.WorstViolation >= best)
                continue;
            best = point.Step.Judgement.Verdict.WorstViolation;
            result.Add(point);
        }
        return result.ToImmutable();
    }
}
