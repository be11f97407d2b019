namespace QuantizeTasks.Metrics;

/// <summary>
/// <c>boxes</c>: an output <c>boxes</c> [..., N, 4] with finished boxes, an output <c>scores</c> and an output <c>labels</c> of N numbers each; without <c>scores</c> the boxes have the score as a fifth number.
/// <c>count</c> may name an output with the number of boxes that are valid.
/// </summary>
internal sealed class BoxOutputs : IBoxOutputs
{
    private readonly string _boxes;
    private readonly string? _scores;
    private readonly string _labels;
    private readonly string? _count;
    private readonly int _offset;
    private readonly BoxFormat _format;

    public BoxOutputs(MetricParameters parameters)
    {
        _boxes = parameters.RequiredText("boxes");
        _scores = parameters.Text("scores");
        _labels = parameters.RequiredText("labels");
        _count = parameters.Text("count");
        _offset = parameters.Integer("first_class", 0, 1 << 20) ?? 0;
        _format = BoxFormat.Read(parameters, "xyxy", isNormalized: false);
        Definition = $"boxes={_boxes} scores={_scores} labels={_labels} count={_count} first={_offset} {_format}";
    }

    public string Definition { get; }

    public IEnumerable<Detection> Read(MetricInput input, DetectionLabel frame)
    {
        var columns = _scores is null ? 5 : 4;
        var (boxes, rows) = input.Rows(_boxes, columns, "'boxes'");
        var scores = _scores is null ? null : input.Numbers(_scores, rows, "'scores'");
        var labels = input.Numbers(_labels, rows, "'labels'");
        var valid = _count is null ? rows : input.Numbers(_count, 1, "'count'")[0];
        for (var i = 0; i < rows && !(i >= valid); i++)
        {
            var at = i * columns;
            var label = labels[i] + _offset;
            yield return double.IsFinite(label) && Math.Abs(label) <= int.MaxValue
                ? _format.Box((int)label, scores?[i] ?? boxes[at + 4], boxes[at], boxes[at + 1], boxes[at + 2], boxes[at + 3], frame) : new Detection(0, double.NaN, 0, 0, 0, 0);
        }
    }
}
