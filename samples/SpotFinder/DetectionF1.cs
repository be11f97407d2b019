using QuantizeTasks;

namespace SpotFinder;

/// <summary>
/// F1 of detection: each spot that was found and each that is there count once, and a find is right when it lies near a spot that no likelier find has taken. Found, missed and false ones are added up over
/// all scenes, so a scene contributes three counts, and the value is no mean over scenes.
/// </summary>
/// <param name="nearness">How near, in pixels.</param>
public sealed class DetectionF1(double nearness = 4) : IMetric
{
    public string Name => "detection F1";

    public string Definition => "detection F1/1";

    public bool HigherIsBetter => true;

    public bool NeedsLabels => true;

    public bool NeedsReference => false;

    public double[] Observe(in MetricInput input)
    {
        var (found, there) = (input.Outputs[input.Outputs.Keys.Single()].As<float>(), input.Label!.As<float>());
        var taken = new bool[there.Length / 2];
        var right = 0;
        for (var f = 0; f < found.Length; f += 3)
        {
            var (nearest, distance) = (-1, nearness);
            for (var t = 0; t < taken.Length; t++)
                if (!taken[t] && Math.Sqrt(Math.Pow(found[f] - there[2 * t], 2) + Math.Pow(found[f + 1] - there[(2 * t) + 1], 2)) is var d && d <= distance)
                    (nearest, distance) = (t, d);
            if (nearest < 0)
                continue;
            taken[nearest] = true;
            right++;
        }
        return [right, (found.Length / 3) - right, taken.Length - right];
    }

    public double PerSample(IReadOnlyList<double> contribution) => F1(contribution[0], contribution[1], contribution[2]);

    public double Aggregate(IReadOnlyList<double[]> contributions) => F1(contributions.Sum(c => c[0]), contributions.Sum(c => c[1]), contributions.Sum(c => c[2]));

    // Nothing there and nothing found is right.
    private static double F1(double right, double wrong, double missed) => right + wrong + missed == 0 ? 1 : 2 * right / ((2 * right) + wrong + missed);
}
