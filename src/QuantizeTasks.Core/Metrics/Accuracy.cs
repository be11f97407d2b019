using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Metrics;

/// <summary><c>accuracy@topK</c>: the share of samples whose label is among the K largest scores. A sample contributes 1 or 0.</summary>
internal sealed class Accuracy : MeanMetric
{
    private readonly int _k;
    private readonly string? _output;

    public Accuracy(int k, MetricParameters parameters)
    {
        _k = k;
        _output = parameters.Text("output");
        Name = FormattableString.Invariant($"accuracy@top{k}");
        Definition = $"{Name}/1 output={_output}";
    }

    public override string Name { get; }

    public override string Definition { get; }

    public override bool HigherIsBetter => true;

    public override double Best => 1;

    protected override double Score(in MetricInput input)
    {
        var scores = ClassScores.Vector(input.Output(_output), Name, input.SampleName);
        if (_k > scores.Length)
            throw new QuantizeException(DiagnosticCodes.ShapeMismatch, $"{Name} says nothing of a model with {scores.Length} classes: every label is among them.");
        var rank = ClassScores.Rank(scores, input.ClassLabel(Name, scores.Length));
        return rank == ClassScores.None ? double.NaN : rank < _k ? 1 : 0;
    }
}
