using QuantizeTasks.Quantization;

namespace QuantizeTasks.Accuracy;

/// <summary>A configuration that was evaluated on the whole validation set and held against the budget.</summary>
internal sealed record Judgement(Configuration Configuration, Evaluation Evaluation, Verdict Verdict)
{
    /// <summary>Whether this is the better answer: within budget first, then the smaller worst violation, then fewer groups in float.</summary>
    public bool IsBetterThan(Judgement other)
    {
        if (Verdict.WithinBudget != other.Verdict.WithinBudget)
            return Verdict.WithinBudget;
        if (!Verdict.WithinBudget)
        {
            var (mine, others) = (Verdict.Metrics[Verdict.Worst].Violation, other.Verdict.Metrics[other.Verdict.Worst].Violation);
            if (mine != others)
                return mine < others;
        }
        return Configuration.Reverted.Count < other.Configuration.Reverted.Count;
    }
}
