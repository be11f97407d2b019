namespace QuantizeTasks.Accuracy.Searching;

/// <summary>What a search has planned: sessions to build and samples to run.</summary>
internal readonly record struct Workload(int Sessions, long Samples)
{
    public static Workload operator +(Workload a, Workload b) => new(a.Sessions + b.Sessions, a.Samples + b.Samples);

    /// <summary>
    /// The least that POT's loop takes for an answer: one session for each group that is ranked and one for each step; every group on the ranking subset, every step on all samples. It ranks
    /// anew whenever a drop grew twice, which is not counted.
    /// </summary>
    /// <param name="groups">Groups that could be reverted.</param>
    /// <param name="subset">Samples of the ranking subset.</param>
    /// <param name="samples">Samples of the validation set.</param>
    /// <param name="changed">Groups that the answer has in float.</param>
    public static Workload OfExhaustiveLoop(int groups, int subset, int samples, int changed) => new(groups + changed, ((long)groups * subset) + ((long)changed * samples));
}
