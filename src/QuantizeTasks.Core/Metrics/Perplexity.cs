using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Metrics;

/// <summary>
/// <c>perplexity</c>: e to the mean over all tokens of all samples of minus the logarithm of the probability that the model gives the token. The output is [1, tokens, vocabulary] (<c>scores</c> says whether logits or
/// probabilities), the label one token a position. <c>shift: 1</c> compares each position with the label of the next, for models that predict the next token of their own input;
/// labels equal to <c>ignore</c> (default -100, as PyTorch's cross-entropy has it) do not count.
/// A sample contributes the sum of its logarithms and the number of its tokens.
/// </summary>
internal sealed class Perplexity : IMetric
{
    private readonly bool _logits;
    private readonly int _shift;
    private readonly int _ignore;
    private readonly string? _output;

    public Perplexity(MetricParameters parameters)
    {
        _logits = Probabilities.AreLogits(parameters, Name);
        _shift = parameters.Integer("shift", 0, 1) ?? 0;
        _ignore = parameters.Integer("ignore", int.MinValue, int.MaxValue) ?? -100;
        _output = parameters.Text("output");
        Definition = FormattableString.Invariant($"perplexity/1 logits={_logits} shift={_shift} ignore={_ignore} output={_output}");
    }

    public string Name => "perplexity";

    public string Definition { get; }

    public bool HigherIsBetter => false;

    public bool NeedsLabels => true;

    public bool NeedsReference => false;

    public double[] Observe(in MetricInput input)
    {
        var (output, label) = (input.Output(_output), input.RequiredLabel(Name));
        if (output.Shape.Count < 2 || output.Length == 0 || output.Length / output.Shape[^1] != label.Length)
            throw new QuantizeException(DiagnosticCodes.ShapeMismatch, $"perplexity needs the scores of a token in the last axis and one label for each position, but the output of {input.SampleName} is {output} and its label {label}.");
        var (scores, tokens) = (MetricTensors.ToDoubles(output), MetricTensors.ToDoubles(label));
        var vocabulary = output.Shape[^1];
        var (sum, count) = (0.0, 0);
        for (var position = 0; position + _shift < tokens.Length; position++)
        {
            var token = tokens[position + _shift];
            if (token == _ignore)
                continue;
            if (token != Math.Floor(token) || token < 0 || token >= vocabulary)
                throw new QuantizeException(DiagnosticCodes.LabelInvalid, FormattableString.Invariant($"The label of {input.SampleName} has the token {token}; the model has tokens 0 to {vocabulary - 1}, and {_ignore} is ignored."));
            var log = Probabilities.Log(scores.AsSpan(position * vocabulary, vocabulary), _logits)[(int)token];
            sum -= log;
            count++;
        }
        return [scores.Any(double.IsNaN) ? double.NaN : sum, count];
    }

    /// <summary>Of its own tokens; 1, the best there is, for a sample without any.</summary>
    public double PerSample(IReadOnlyList<double> contribution) => contribution[1] == 0 && contribution[0] == 0 ? 1 : Math.Exp(contribution[0] / contribution[1]);

    /// <summary>NaN without any token: nothing was measured.</summary>
    public double Aggregate(IReadOnlyList<double[]> contributions)
    {
        var (sum, count) = (0.0, 0.0);
        foreach (var contribution in contributions)
            (sum, count) = (sum + contribution[0], count + contribution[1]);
        return Math.Exp(sum / count);
    }
}
