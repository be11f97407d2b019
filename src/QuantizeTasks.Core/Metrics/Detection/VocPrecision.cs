namespace QuantizeTasks.Metrics;

/// <summary>
/// <c>map</c>: mean average precision as Pascal VOC defines it (Everingham et al. 2010, section 4.2; the development kit's VOCevaldet). A detection is right when the box of its class that it overlaps most, by
/// <c>overlap_threshold</c> at least, was not found by a better one; when that box is difficult it does not count. <c>integral: max</c> (VOC 2010 on) is the area under precision made monotonous, <c>11point</c> (before) the
/// mean of its largest values at recall 0, 0.1, ... 1.
/// </summary>
internal sealed class VocPrecision : DetectionMetric
{
    private const int KeepTopK = 200;

    private readonly double _overlap;
    private readonly bool _withBoundaries;
    private readonly bool _ignoresDifficult;
    private readonly bool _isElevenPoint;
    private readonly bool _allowsMultiple;

    public VocPrecision(MetricParameters parameters)
        : base("map", new BoxDecoder(parameters, KeepTopK))
    {
        _overlap = parameters.Number("overlap_threshold") ?? 0.5;
        if (_overlap is not (> 0 and <= 1))
            throw parameters.OutOfRange("overlap_threshold", "must be above 0 and at most 1");
        _withBoundaries = parameters.OneOf("include_boundaries", "true", "true", "false") == "true";
        _ignoresDifficult = parameters.OneOf("ignore_difficult", "true", "true", "false") == "true";
        _allowsMultiple = parameters.OneOf("allow_multiple_matches_per_ignored", "true", "true", "false") == "true";
        _isElevenPoint = parameters.OneOf("integral", "max", "max", "11point") == "11point";
    }

    public override string Definition => FormattableString.Invariant($"map/1 overlap={_overlap:R} boundaries={_withBoundaries} difficult={_ignoresDifficult} 11point={_isElevenPoint} multiple={_allowsMultiple} {Decoding}");

    protected override int Overlaps => 1;

    protected override int MostDetections => int.MaxValue;

    protected override bool Counts(LabelledBox box) => !(_ignoresDifficult && box.IsIgnored);

    protected override Outcome[,] Match(Detection[] detections, IReadOnlyList<LabelledBox> boxes)
    {
        var (outcomes, isFound) = (new Outcome[1, detections.Length], new bool[boxes.Count]);
        for (var i = 0; i < detections.Length; i++)
        {
            var (best, most) = (-1, double.NegativeInfinity);
            for (var b = 0; b < boxes.Count; b++)
                if (Overlap.OfUnion(detections[i], boxes[b], _withBoundaries) is var overlap && overlap > most)
                    (best, most) = (b, overlap);
            if (best < 0 || most < _overlap)
                continue;
            outcomes[0, i] = isFound[best] && (Counts(boxes[best]) || !_allowsMultiple) ? Outcome.Wrong : Counts(boxes[best]) ? Outcome.Right : Outcome.Uncounted;
            isFound[best] = true;
        }
        return outcomes;
    }

    protected override double AveragePrecision(ReadOnlySpan<double> recall, ReadOnlySpan<double> precision)
    {
        var sum = 0.0;
        if (_isElevenPoint)
        {
            for (var point = 0; point <= 10; point++)
            {
                var largest = 0.0;
                for (var i = 0; i < recall.Length; i++)
                    if (recall[i] >= point / 10.0)
                        largest = Math.Max(largest, precision[i]);
                sum += largest / 11;
            }
            return sum;
        }
        var envelope = 0.0;
        for (var i = recall.Length - 1; i >= 0; i--)
        {
            envelope = Math.Max(envelope, precision[i]);
            sum += (recall[i] - (i > 0 ? recall[i - 1] : 0)) * envelope;
        }
        return sum;
    }
}
