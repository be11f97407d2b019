using System.Collections.Immutable;
using QuantizeTasks.Accuracy;
using QuantizeTasks.Quantization;

namespace QuantizeTasks.Runs.Sharing;

/// <summary>A piece of work.</summary>
/// <param name="Evaluator">Does it.</param>
/// <param name="Configurations">What is evaluated.</param>
/// <param name="Samples">On each of these.</param>
internal sealed record SharedPiece(IConfigurationEvaluator Evaluator, ImmutableArray<Configuration> Configurations, ImmutableArray<int> Samples)
{
    /// <summary>How many evaluations of a sample that is.</summary>
    public long Size => (long)Configurations.Length * Samples.Length;
}

/// <summary>
/// Divides questions between machines. Who does what follows from the questions alone and not from what is known of the answers, so that a machine that begins when others have finished takes its own
/// share and not a part of theirs.
/// </summary>
internal static class SharedQuestions
{
    /// <summary>A machine's share.</summary>
    /// <param name="shard">Which machine.</param>
    /// <param name="guessed">Open questions of several rehearsals, the most likely first.</param>
    /// <param name="limit">How many evaluations of a sample they may add up to for all machines together; the first may be larger.</param>
    public static IEnumerable<SharedPiece> Of(Shard shard, IReadOnlyList<IReadOnlyList<SearchQuestion>> guessed, long limit)
    {
        var claimed = new ClaimedSamples();
        var size = 0L;
        // The first questions of all guesses come before the second ones: the further ahead, the less likely.
        foreach (var question in Enumerable.Range(0, guessed.Max(g => g.Count)).SelectMany(i => guessed.Where(g => i < g.Count).Select(g => g[i])))
        {
            var fresh = claimed.Take(question);
            var before = size;
            size += fresh.Sum(samples => (long)samples.Length);
            if (before > 0 && size > limit)
                yield break;
            foreach (var piece in Divide(shard, question, fresh).Where(p => p.Size > 0))
                yield return piece;
        }
    }

    /// <summary>Where there are enough configurations each goes to one machine, which then makes one session for it. Otherwise all make one, and divide the samples.</summary>
    private static IEnumerable<SharedPiece> Divide(Shard shard, SearchQuestion question, int[][] fresh) =>
        question.Configurations.Length >= shard.Count ? [new SharedPiece(question.Scheme.Evaluator, shard.Of(question.Configurations), question.Samples)]
        : question.Configurations.Select((configuration, i) =>
            new SharedPiece(question.Scheme.Evaluator, [configuration], [.. fresh[i].Where((_, j) => (i + j) % shard.Count == shard.Index - 1)]));
}
