namespace QuantizeTasks.Accuracy;

/// <summary>What evaluating took: sessions built and samples run, and the time of each, all threads added up.</summary>
internal sealed record EvaluationCost(int Sessions, long Samples, TimeSpan Building, TimeSpan Running)
{
    /// <summary>What was spent since an earlier moment.</summary>
    public EvaluationCost Since(EvaluationCost earlier) =>
        new(Sessions - earlier.Sessions, Samples - earlier.Samples, Building - earlier.Building, Running - earlier.Running);
}
