using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Metrics;

/// <summary>
/// <c>exact_match</c> and <c>token_f1</c> of question answering (Rajpurkar et al. 2016): whether prediction and label are equal, or the harmonic mean of precision and recall of their tokens as a bag; both averaged over samples. With
/// <c>end_output</c> the first output has a score for each position at which the answer may start and the other one for its end, the label is [start, end], and the tokens are the positions between. Without,
/// <see cref="SequenceReader"/> says how outputs are read.
/// </summary>
internal sealed class AnswerMetric : MeanMetric
{
    private readonly Func<string[], string[], double> _value;
    private readonly SequenceReader _reader;
    private readonly string? _start;
    private readonly string? _end;

    public AnswerMetric(string name, Func<string[], string[], double> value, MetricParameters parameters)
    {
        (Name, _value) = (name, value);
        _reader = new SequenceReader(name, byWords: true, "greedy", parameters);
        (_start, _end) = (parameters.Text("output"), parameters.Text("end_output"));
        Definition = $"{name}/1 {_reader.Definition} end_output={_end}";
    }

    public override string Name { get; }

    public override string Definition { get; }

    public override bool HigherIsBetter => true;

    public override double Best => 1;

    protected override double Score(in MetricInput input)
    {
        var (predicted, labelled) = _end is null ? _reader.Read(input) : Spans(input);
        return predicted is null ? double.NaN : _value(predicted, labelled);
    }

    /// <summary>1 for equal sequences, else 0.</summary>
    public static double ExactMatch(string[] predicted, string[] labelled) => predicted.SequenceEqual(labelled, StringComparer.Ordinal) ? 1 : 0;

    /// <summary>SQuAD's F1: two empty answers are equal, an empty one has nothing in common with another.</summary>
    public static double TokenF1(string[] predicted, string[] labelled)
    {
        if (predicted.Length == 0 || labelled.Length == 0)
            return predicted.Length == labelled.Length ? 1 : 0;
        var counts = labelled.GroupBy(unit => unit, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal);
        var both = predicted.GroupBy(unit => unit, StringComparer.Ordinal).Sum(g => Math.Min(g.Count(), counts.GetValueOrDefault(g.Key)));
        return ClassCount.F1(new ClassCount(both, predicted.Length, labelled.Length));
    }

    private (string[]? Predicted, string[] Labelled) Spans(in MetricInput input)
    {
        var (starts, ends) = (ClassScores.Vector(input.Output(_start), Name, input.SampleName), ClassScores.Vector(input.Output(_end), Name, input.SampleName));
        var label = MetricTensors.ToDoubles(input.RequiredLabel(Name));
        if (starts.Length != ends.Length || label.Length != 2 || label.Any(p => p != Math.Floor(p) || p < 0 || p >= starts.Length))
            throw new QuantizeException(DiagnosticCodes.LabelInvalid, $"{Name} with 'end_output' needs outputs of one length and a label [start, end] of positions in it; {input.SampleName} has {starts.Length} and {ends.Length} scores and the label [{string.Join(", ", label)}].");
        var (start, end) = (Chosen(starts), Chosen(ends));
        return (start == ClassScores.None || end == ClassScores.None ? null : Positions(start, end), Positions((int)label[0], (int)label[1]));
    }

    private static int Chosen(double[] scores) => ClassScores.ArgMax(Tensor.Create(scores, scores.Length), 0)[0];

    private static string[] Positions(int start, int end) => [.. Enumerable.Range(start, Math.Max(0, end - start + 1)).Select(p => FormattableString.Invariant($"{p}"))];
}
