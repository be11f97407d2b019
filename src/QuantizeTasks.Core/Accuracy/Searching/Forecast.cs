using System.Collections.Immutable;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Accuracy.Searching;

/// <summary>
/// What a whole validation of a configuration would say, from some samples. Two models are known on all of them: one that the configuration resembles, and one on the other side of the budget.
/// A change of some layers turns mostly those samples that the two already disagree on, so these are asked first. The others are taken to be as in the first model, moved towards the second by
/// the share that the asked ones moved: a ratio estimate with its usual error (Cochran, Sampling Techniques, 1977, chapter 6). It may reject, and what it rejects is not
/// evaluated; it never accepts.
/// </summary>
internal sealed class Forecast
{
    /// <summary>More samples than this are asked for only when these left it open.</summary>
    private const int First = 32;

    private const int Factor = 4;

    private readonly Budget _budget;
    private readonly Judgement _basis;
    private readonly Evaluation _other;
    private readonly Side[] _sides;
    private readonly int[] _order;
    private readonly int _deciding;

    private Forecast(Budget budget, Judgement basis, Evaluation other, IReadOnlyList<double> values, Evaluation? third, MetricVerdict missed, int metric)
    {
        (_budget, _basis, _other) = (budget, basis, other);
        _sides = [.. values.Select((value, m) => Side.Of(basis.Evaluation, other, value, third, m))];
        var (weights, moves) = (_sides[metric].Weights, _sides[metric].Moves);
        _order = [.. basis.Evaluation.Samples.OrderByDescending(i => weights[i]).ThenBy(i => i)];
        _deciding = Deciding(weights, moves, ((missed.Drop - missed.Bound) ?? 0) / missed.Unit);
    }

    /// <summary>For configurations with more in float than one that misses the budget, which become more like the float model.</summary>
    /// <param name="budget">The budget.</param>
    /// <param name="failing">Judged on every sample.</param>
    /// <param name="reference">The float model on the samples that are compared one by one.</param>
    public static Forecast TowardsFloat(Budget budget, Judgement failing, Evaluation reference)
    {
        var isWhole = reference.Samples.Length == failing.Evaluation.Samples.Length;
        var values = failing.Verdict.Metrics.Select((m, i) => isWhole ? reference.Metrics[i].Value : m.Baseline);
        return new(budget, failing, reference, [.. values], null, failing.Verdict.Metrics[failing.Verdict.Worst], failing.Verdict.Worst);
    }

    /// <summary>For configurations with more in int8 than one that meets the budget, which become more like one that does not.</summary>
    /// <param name="budget">The budget.</param>
    /// <param name="passing">Judged on every sample.</param>
    /// <param name="failing">Judged on every sample.</param>
    /// <param name="reference">The float model, where it was evaluated.</param>
    public static Forecast TowardsInt8(Budget budget, Judgement passing, Judgement failing, Evaluation? reference) =>
        new(budget, passing, failing.Evaluation, [.. failing.Verdict.Metrics.Select(m => m.Value)], reference, failing.Verdict.Metrics[failing.Verdict.Worst], failing.Verdict.Worst);

    /// <summary>Samples to ask for, ascending: first those that decide, then more for what they leave open.</summary>
    public IEnumerable<ImmutableArray<int>> Rounds()
    {
        var count = _deciding;
        do
        {
            yield return [.. _order.Take(count).Order()];
            count *= Factor;
        }
        while (count < _order.Length);
    }

    /// <summary>What is to be expected of a configuration.</summary>
    /// <param name="configuration">The configuration.</param>
    /// <param name="known">On the samples that were run.</param>
    /// <param name="errors">How many standard errors better than expected it may turn out.</param>
    public (Judgement Likely, bool IsHopeless) Of(Configuration configuration, Evaluation known, double errors)
    {
        var mixed = known.Over(_basis.Evaluation);
        var both = known.Samples.Where(s => _other.Samples.BinarySearch(s) >= 0).ToArray();
        var (alike, others) = (known.On(both), _other.On(both));
        var (likely, best) = (new double[_sides.Length], new double[_sides.Length]);
        for (var m = 0; m < _sides.Length; m++)
        {
            var metric = _basis.Evaluation.Metrics[m].Metric;
            var measured = FiniteMetric.Of(mixed, m, $"the int8 model ({configuration})");
            var (value, error) = _sides[m].Expect(measured, alike.Over(_basis.Evaluation).Metrics[m].Value, others.Over(_basis.Evaluation).Metrics[m].Value, known.Samples, Influence.Of(_basis.Evaluation, alike, m), both);
            (likely[m], best[m]) = (value, value + ((metric.HigherIsBetter ? errors : -errors) * error));
        }
        return (new Judgement(configuration, mixed, _budget.JudgeValues(likely)) { IsForecast = true }, !_budget.JudgeValues(best).WithinBudget);
    }

    /// <summary>
    /// The fewest samples that leave at most a quarter of what separates from the budget to those that are not asked, be it by chance or because the two models lie apart there, too.
    /// </summary>
    private int Deciding(double[] weights, double[] moves, double gap)
    {
        var (chance, apart) = (weights.Sum(w => w * w), moves.Sum());
        var count = 0;
        while (count < Math.Min(First, _order.Length) && (count == 0 || Math.Sqrt(Math.Max(0, chance)) > gap / 4 || Math.Abs(apart) > gap / 4))
        {
            (chance, apart) = (chance - (weights[_order[count]] * weights[_order[count]]), apart - moves[_order[count]]);
            count++;
        }
        return count;
    }

    /// <summary>What is known of one metric.</summary>
    /// <param name="Basis">Its value for the model that configurations resemble.</param>
    /// <param name="Other">Its value for the other one.</param>
    /// <param name="Moves">What each sample moves it by, put in the place of the basis' from the other model.</param>
    /// <param name="Weights">What each sample may move it by, 0 or more.</param>
    /// <param name="Surprise">The variance that nothing foretold of the basis, where the other two models agree; as much is to be expected of the next model.</param>
    private sealed record Side(double Basis, double Other, double[] Moves, double[] Weights, double Surprise)
    {
        public static Side Of(Evaluation basis, Evaluation other, double value, Evaluation? third, int metric)
        {
            var moves = Influence.Of(basis, other, metric);
            var weights = Array.ConvertAll(moves, Math.Abs);
            // Samples that only the float model was not compared on count as those that it was.
            if (other.Samples.Length is var compared && compared < weights.Length)
            {
                var usual = Math.Sqrt(weights.Sum(w => w * w) / compared);
                foreach (var i in Enumerable.Range(0, weights.Length).Where(i => other.Samples.BinarySearch(i) < 0))
                    weights[i] = usual;
            }
            var surprise = 0.0;
            if (third is not null)
            {
                var more = Influence.Of(basis, third, metric);
                surprise = third.Samples.Sum(i => moves[i] == more[i] ? moves[i] * moves[i] : 0);
                for (var i = 0; i < weights.Length; i++)
                    weights[i] = Math.Max(weights[i], Math.Abs(more[i]));
            }
            return new(basis.Metrics[metric].Value, value, moves, weights, surprise);
        }

        /// <summary>The value to be expected, and its standard error.</summary>
        /// <param name="measured">With the known samples in the basis.</param>
        /// <param name="alike">With those of them that the other model knows, too.</param>
        /// <param name="others">With the other model's contributions on these.</param>
        /// <param name="known">The known samples.</param>
        /// <param name="changes">What each of them moves the value by.</param>
        /// <param name="both">Those that the other model knows.</param>
        public (double Value, double Error) Expect(double measured, double alike, double others, ImmutableArray<int> known, double[] changes, int[] both)
        {
            var (asked, left) = (others - Basis, Other - others);
            var unasked = Math.Max(0, Weights.Sum(w => w * w) - known.Sum(i => Weights[i] * Weights[i])) + (Surprise * (Weights.Length - known.Length) / Weights.Length);
            if (left == 0)
                return (measured, Math.Sqrt(unasked));
            if (asked == 0)
                return (measured, double.PositiveInfinity);
            var share = (alike - Basis) / asked;
            var residual = both.Sum(i => Math.Pow(changes[i] - (share * Moves[i]), 2)) / (asked * asked);
            return (measured + (share * left), Math.Sqrt(unasked + (left * left * residual)));
        }
    }
}
