namespace QuantizeTasks.Metrics;

/// <summary><c>cosine</c>: the mean over samples of the cosine between the output and the float model's, both as one vector.</summary>
internal sealed class CosineSimilarity(MetricParameters parameters) : ReferenceMetric("cosine", parameters)
{
    public override bool HigherIsBetter => true;

    public override double Best => 1;

    /// <summary>Where a vector is all zero there is no angle: 1 when the other one is zero too, since they are equal, else 0.</summary>
    protected override double Compare(Tensor output, Tensor reference, string sample)
    {
        var (a, b) = (MetricTensors.ToDoubles(output), MetricTensors.ToDoubles(reference));
        var (dot, aa, bb) = (0.0, 0.0, 0.0);
        for (var i = 0; i < a.Length; i++)
        {
            dot += a[i] * b[i];
            aa += a[i] * a[i];
            bb += b[i] * b[i];
        }
        if (aa == 0 || bb == 0)
            return aa == bb ? 1 : double.IsNaN(aa + bb) ? double.NaN : 0;
        return Math.Clamp(dot / (Math.Sqrt(aa) * Math.Sqrt(bb)), -1, 1);
    }
}
