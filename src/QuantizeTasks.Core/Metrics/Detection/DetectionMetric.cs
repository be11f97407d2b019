using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Metrics;

/// <summary>
/// Mean average precision: within an image detections are matched with labelled boxes, which no other image has a part in; over all images they are ordered by score. So a sample contributes, after matching,
/// how many boxes of each class there are to find (as pairs of class + 1 and number), and for each detection its class + 1, its score, and a number with a ternary digit for each overlap that is asked for: 0 wrong, 1 right,
/// 2 does not count. What is left of the fixed length is 0.
/// </summary>
internal abstract class DetectionMetric : IFallibleMetric
{
    /// <summary>Classes in one image; COCO has at most 18.</summary>
    private const int MostClasses = 64;

    private const int Wide = 3;

    private readonly BoxDecoder _decoder;

    protected DetectionMetric(string name, BoxDecoder decoder) => (Name, _decoder) = (name, decoder);

    protected enum Outcome
    {
        Wrong,
        Right,
        Uncounted,
    }

    public string Name { get; }

    public abstract string Definition { get; }

    public bool HigherIsBetter => true;

    public bool NeedsLabels => true;

    public bool NeedsReference => false;

    /// <summary>What changes the result and is not the definition's own.</summary>
    protected string Decoding => _decoder.Definition;

    /// <summary>How many overlaps are asked for.</summary>
    protected abstract int Overlaps { get; }

    public double[] Observe(in MetricInput input)
    {
        var label = DetectionLabel.From(input.RequiredLabel(Name))
            ?? throw new QuantizeException(DiagnosticCodes.ShapeMismatch, $"{Name} needs boxes, but the label of {input.SampleName} is {input.Label}. 'annotations' with 'coco' or 'voc' has them.");
        var contribution = new double[(2 * MostClasses) + (Wide * _decoder.KeepTopK)];
        if (_decoder.Decode(input, label) is not { } found)
        {
            Array.Fill(contribution, double.NaN);
            return contribution;
        }
        var boxes = label.Boxes.GroupBy(b => b.Class).OrderBy(g => g.Key).ToDictionary(g => g.Key, g => (IReadOnlyList<LabelledBox>)[.. g]);
        if (boxes.Count > MostClasses)
            throw new QuantizeException(DiagnosticCodes.LabelInvalid, $"{input.SampleName} has boxes of {boxes.Count} classes; {Name} takes at most {MostClasses} in an image.");
        var at = 0;
        foreach (var (index, ofClass) in boxes)
        {
            contribution[at++] = index + 1;
            contribution[at++] = ofClass.Count(Counts);
        }
        at = 2 * MostClasses;
        foreach (var ofClass in found.GroupBy(d => d.Class).OrderBy(g => g.Key))
        {
            Detection[] detections = [.. ofClass.Take(MostDetections)];
            var outcomes = Match(detections, boxes.GetValueOrDefault(ofClass.Key, []));
            for (var i = 0; i < detections.Length; i++, at += Wide)
            {
                (contribution[at], contribution[at + 1]) = (ofClass.Key + 1, detections[i].Score);
                for (var t = Overlaps - 1; t >= 0; t--)
                    contribution[at + 2] = (contribution[at + 2] * 3) + (int)outcomes[t, i];
            }
        }
        return contribution;
    }

    /// <summary>On an image where there is nothing to find: 1 when nothing was found, else 0.</summary>
    public double PerSample(IReadOnlyList<double> contribution)
    {
        var value = Aggregate([[.. contribution]]);
        return !double.IsNaN(value) || double.IsNaN(contribution[0]) ? value : contribution[2 * MostClasses] == 0 ? 1 : 0;
    }

    /// <summary>The mean over classes, and overlaps, of average precision. NaN when no class has a box to find: nothing was measured.</summary>
    public double Aggregate(IReadOnlyList<double[]> contributions)
    {
        var total = new SortedDictionary<int, double>();
        var found = new Dictionary<int, List<(double Score, int Code)>>();
        foreach (var contribution in contributions)
        {
            if (double.IsNaN(contribution[0]))
                return double.NaN;
            for (var i = 0; i < MostClasses && contribution[2 * i] > 0; i++)
                total[(int)contribution[2 * i]] = total.GetValueOrDefault((int)contribution[2 * i]) + contribution[(2 * i) + 1];
            for (var at = 2 * MostClasses; at < contribution.Length && contribution[at] > 0; at += Wide)
            {
                if (!found.TryGetValue((int)contribution[at], out var list))
                    found[(int)contribution[at]] = list = [];
                list.Add((contribution[at + 1], (int)contribution[at + 2]));
            }
        }
        var (sum, classes) = (0.0, 0);
        foreach (var (index, boxes) in total.Where(t => t.Value > 0))
        {
            classes++;
            if (found.TryGetValue(index, out var list))
                sum += OfClass([.. list.OrderByDescending(d => d.Score).Select(d => d.Code)], boxes);
        }
        return classes == 0 ? double.NaN : sum / classes;
    }

    /// <summary>The same detections, all of them wrong.</summary>
    public double[] Wrong(double[] contribution, IReadOnlyList<double[]> all)
    {
        double[] wrong = [.. contribution];
        for (var at = (2 * MostClasses) + 2; at < wrong.Length; at += Wide)
            wrong[at] = 0;
        return wrong;
    }

    /// <summary>The detections of one class in one image that count, best first.</summary>
    protected abstract int MostDetections { get; }

    /// <summary>Whether a box has to be found.</summary>
    protected abstract bool Counts(LabelledBox box);

    /// <summary>Matches the detections of one class, best first, with its boxes, for each overlap.</summary>
    protected abstract Outcome[,] Match(Detection[] detections, IReadOnlyList<LabelledBox> boxes);

    /// <summary>Average precision from recall and precision after each detection that counts.</summary>
    protected abstract double AveragePrecision(ReadOnlySpan<double> recall, ReadOnlySpan<double> precision);

    private double OfClass(int[] codes, double boxes)
    {
        var (sum, divisor) = (0.0, 1);
        for (var t = 0; t < Overlaps; t++, divisor *= 3)
        {
            var (right, counted) = (0, 0);
            var (recall, precision) = (new double[codes.Length], new double[codes.Length]);
            foreach (var code in codes)
            {
                var outcome = (Outcome)(code / divisor % 3);
                if (outcome == Outcome.Uncounted)
                    continue;
                right += outcome == Outcome.Right ? 1 : 0;
                (recall[counted], precision[counted]) = (right / boxes, right / (counted + 1.0));
                counted++;
            }
            sum += AveragePrecision(recall.AsSpan(0, counted), precision.AsSpan(0, counted));
        }
        return sum / Overlaps;
    }
}
