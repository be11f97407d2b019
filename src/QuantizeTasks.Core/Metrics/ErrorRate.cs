namespace QuantizeTasks.Metrics;

/// <summary>
/// <c>wer</c> and <c>cer</c>: the edits that make the predictions the labels, divided by the labels' length, over all samples; in words or in characters (or tokens). It may be above 1.
/// A sample contributes its edits and its label's length. <see cref="SequenceReader"/> says how outputs are read.
/// </summary>
internal sealed class ErrorRate(string name, SequenceReader reader) : IFallibleMetric
{
    public string Name => name;

    public string Definition => $"{name}/1 {reader.Definition}";

    public bool HigherIsBetter => false;

    public bool NeedsLabels => true;

    public bool NeedsReference => false;

    public double[] Observe(in MetricInput input)
    {
        var (predicted, labelled) = reader.Read(input);
        return [predicted is null ? double.NaN : EditDistance.Of(predicted, labelled), labelled.Length];
    }

    /// <summary>As many edits as the label is long: nothing of it was found.</summary>
    public double[] Wrong(double[] contribution, IReadOnlyList<double[]> all) => [Math.Max(contribution[0], Math.Max(1, contribution[1])), contribution[1]];

    /// <summary>Of an empty label, the number of edits: there is no length to divide by.</summary>
    public double PerSample(IReadOnlyList<double> contribution) => contribution[0] / Math.Max(1, contribution[1]);

    /// <summary>Likewise when every label is empty.</summary>
    public double Aggregate(IReadOnlyList<double[]> contributions)
    {
        var (edits, length) = (0.0, 0.0);
        foreach (var contribution in contributions)
            (edits, length) = (edits + contribution[0], length + contribution[1]);
        return edits / Math.Max(1, length);
    }
}
