using QuantizeTasks.Quantization;

namespace QuantizeTasks.Accuracy;

/// <summary>A configuration that was evaluated on the validation set and held against the budget.</summary>
internal sealed record Judgement(Configuration Configuration, Evaluation Evaluation, Verdict Verdict)
{
    /// <summary>
    /// True when the evaluation was stopped because nothing that the other samples could give would have been enough: every drop is then the least that is still
    /// possible, and <see cref="Evaluation"/> has the best possible contribution for every sample that was not run. Such a judgement is never within budget.
    /// </summary>
    public bool IsBound { get; init; }

    /// <summary>
    /// True when the evaluation was stopped because the samples that were run foretold that the others would not be enough: the drops are then what a whole evaluation would
    /// likely give, and <see cref="Evaluation"/> has another configuration's contribution for every sample that was not run. Such a judgement is never within budget.
    /// </summary>
    public bool IsForecast { get; init; }

    /// <summary>Whether every sample was run.</summary>
    public bool IsWhole => !IsBound && !IsForecast;

    /// <summary>Whether this is the better answer: within budget first, then the smaller worst violation, then fewer groups changed. What was not run on every sample proves nothing good of anybody.</summary>
    public bool IsBetterThan(Judgement other)
    {
        if (!IsWhole)
            return false;
        if (Verdict.WithinBudget != other.Verdict.WithinBudget)
            return Verdict.WithinBudget;
        if (!Verdict.WithinBudget)
        {
            var (mine, others) = (Verdict.WorstViolation, other.Verdict.WorstViolation);
            if (mine != others)
                return mine < others;
        }
        return Configuration.RevertedCount != other.Configuration.RevertedCount
            ? Configuration.RevertedCount < other.Configuration.RevertedCount
            : Configuration.Changed < other.Configuration.Changed;
    }
}
