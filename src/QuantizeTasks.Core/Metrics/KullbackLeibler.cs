using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Metrics;

/// <summary>
/// <c>kl</c>: the mean over samples and positions of the Kullback-Leibler divergence sum p ln(p / q) of the output's distribution q from the float model's p (Kullback and Leibler 1951). The classes lie along the only axis longer than
/// 1, or along <c>axis</c>; <c>scores</c> says whether they are <c>logits</c> or <c>probabilities</c>.
/// </summary>
internal sealed class KullbackLeibler : ReferenceMetric
{
    private readonly bool _logits;
    private readonly int? _axis;

    public KullbackLeibler(MetricParameters parameters)
        : base("kl", parameters)
    {
        _logits = Probabilities.AreLogits(parameters, Name);
        _axis = parameters.Integer("axis", -8, 8);
        Definition = FormattableString.Invariant($"{base.Definition} logits={_logits} axis={_axis}");
    }

    public override string Definition { get; }

    public override bool HigherIsBetter => false;

    public override double Best => 0;

    protected override double Compare(Tensor output, Tensor reference, string sample)
    {
        if (_axis is null && output.Shape.Count(extent => extent > 1) != 1)
            throw new QuantizeException(DiagnosticCodes.ShapeMismatch, $"The output of {sample} is {output}: kl needs the parameter 'axis', the one its classes lie along.");
        var axis = _axis is { } given ? DenseAxis.Resolve(output, given, Name, sample) : output.Shape.ToList().FindIndex(extent => extent > 1);
        var (q, p) = (MetricTensors.ToDoubles(output), MetricTensors.ToDoubles(reference));
        var inner = output.Shape.Skip(axis + 1).Aggregate(1, (product, extent) => product * extent);
        var classes = output.Shape[axis];
        var (theirs, ours, sum) = (new double[classes], new double[classes], 0.0);
        for (var position = 0; position < p.Length / classes; position++)
        {
            var start = (position / inner * classes * inner) + (position % inner);
            for (var c = 0; c < classes; c++)
                (theirs[c], ours[c]) = (p[start + (c * inner)], q[start + (c * inner)]);
            sum += Divergence(Probabilities.Log(theirs, _logits), Probabilities.Log(ours, _logits));
        }
        return p.Any(double.IsNaN) || q.Any(double.IsNaN) ? double.NaN : sum / (p.Length / classes);
    }

    /// <summary>Never negative in exact arithmetic (Gibbs' inequality).</summary>
    private static double Divergence(double[] logP, double[] logQ)
    {
        var sum = 0.0;
        for (var c = 0; c < logP.Length; c++)
            sum += double.IsNegativeInfinity(logP[c]) ? 0 : Math.Exp(logP[c]) * (logP[c] - logQ[c]);
        return Math.Max(0, sum);
    }
}
