namespace QuantizeTasks.Metrics;

/// <summary>
/// <c>log_loss</c>: the mean over samples of minus the natural logarithm of the probability that the model gives the label (cross-entropy). Of several scores, or of a single one with labels 0 and 1. <c>scores</c> says
/// whether they are <c>logits</c> or <c>probabilities</c>.
/// </summary>
internal sealed class LogLoss : IMeanMetric
{
    private readonly bool _logits;
    private readonly string? _output;

    public LogLoss(MetricParameters parameters)
    {
        _logits = Probabilities.AreLogits(parameters, Name);
        _output = parameters.Text("output");
        Definition = $"log_loss/1 logits={_logits} output={_output}";
    }

    public string Name => "log_loss";

    public string Definition { get; }

    public bool HigherIsBetter => false;

    public double Best => 0;

    public bool NeedsLabels => true;

    public bool NeedsReference => false;

    public double[] Observe(in MetricInput input)
    {
        var scores = ClassScores.Vector(input.Output(_output), Name, input.SampleName);
        var label = input.ClassLabel(Name, Math.Max(2, scores.Length));
        // A single score is that of class 1; sigmoid(x) is softmax(0, x).
        var all = scores is [var only] ? [_logits ? 0 : 1 - only, only] : scores;
        var log = Probabilities.Log(all, _logits);
        return [all.Any(double.IsNaN) ? double.NaN : Math.Max(0, -log[label])];
    }

    public double PerSample(IReadOnlyList<double> contribution) => contribution[0];

    public double Aggregate(IReadOnlyList<double[]> contributions) => Mean.Of(contributions);
}
