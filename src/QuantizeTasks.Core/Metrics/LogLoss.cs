namespace QuantizeTasks.Metrics;

/// <summary>
/// <c>log_loss</c>: the mean over samples of minus the natural logarithm of the probability that the model gives the label (cross-entropy). Of several scores, or of a single one with labels 0 and 1. <c>scores</c> says
/// whether they are <c>logits</c> or <c>probabilities</c>.
/// </summary>
internal sealed class LogLoss : MeanMetric
{
    private readonly bool _logits;
    private readonly string? _output;

    public LogLoss(MetricParameters parameters)
    {
        _logits = Probabilities.AreLogits(parameters, Name);
        _output = parameters.Text("output");
        Definition = $"log_loss/1 logits={_logits} output={_output}";
    }

    public override string Name => "log_loss";

    public override string Definition { get; }

    public override bool HigherIsBetter => false;

    public override double Best => 0;

    protected override double Score(in MetricInput input)
    {
        var scores = ClassScores.Vector(input.Output(_output), Name, input.SampleName);
        var label = input.ClassLabel(Name, Math.Max(2, scores.Length));
        // A single score is that of class 1; sigmoid(x) is softmax(0, x).
        var all = scores is [var only] ? [_logits ? 0 : 1 - only, only] : scores;
        var log = Probabilities.Log(all, _logits);
        return all.Any(double.IsNaN) ? double.NaN : Math.Max(0, -log[label]);
    }
}
