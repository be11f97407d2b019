using QuantizeTasks.Manifest;

namespace QuantizeTasks.Accuracy.Searching;

/// <summary>What a search asks first, which follows from the parameters and the judged int8 model alone: so several machines can share it without talking to each other.</summary>
internal static class FirstRanking
{
    /// <summary>On which samples: POT's loop on those that are worst off, the fast search on no more of them than lost something.</summary>
    public static RankingQuestion Question(Evaluation reference, Judgement current, AccuracyAwareParameters parameters)
    {
        var question = RankingQuestion.Of(reference, current, current.Verdict.Worst, parameters.RankingSubsetSize);
        return parameters.Search == SearchStrategy.Greedy ? question : question.OnLosses();
    }
}
