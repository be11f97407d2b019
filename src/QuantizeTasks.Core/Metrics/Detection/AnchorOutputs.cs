using System.Collections.Immutable;

namespace QuantizeTasks.Metrics;

/// <summary>
/// <c>anchors</c>: an output <c>boxes</c> [1, N, 4] of offsets (dx, dy, dw, dh) from anchors and an output <c>scores</c> [1, N, C]. With an anchor's centre and size and the <c>variances</c> v: cx = ax + v0 dx aw,
/// w = aw e^(v2 dw), and for y and h likewise (Liu et al. 2016, section 2.2; Girshick et al. 2014, appendix C). dw and dh times v are at most ln(1000 / 16), as in torchvision. Anchors are an output <c>priors</c> [1, N, 4] of
/// the model, or are made by <see cref="AnchorGrid"/>.
/// </summary>
internal sealed class AnchorOutputs : IBoxOutputs
{
    private static readonly double LargestLogarithm = Math.Log(1000.0 / 16);

    private readonly string _boxes;
    private readonly string _scores;
    private readonly string? _priors;
    private readonly AnchorGrid? _grid;
    private readonly ImmutableArray<double> _variances;
    private readonly string _activation;
    private readonly ClassRow _row;
    private readonly BoxFormat _format;

    public AnchorOutputs(MetricParameters parameters)
    {
        _boxes = parameters.RequiredText("boxes");
        _scores = parameters.RequiredText("scores");
        _priors = parameters.Text("priors");
        _grid = _priors is null ? new AnchorGrid(parameters) : null;
        _variances = parameters.Numbers("variances") is { IsEmpty: false } given ? given : [1, 1, 1, 1];
        if (_variances.Length != 4)
            throw parameters.OutOfRange("variances", $"must be four numbers, but has {_variances.Length}");
        _activation = parameters.OneOf("score_activation", "none", "none", "sigmoid", "softmax");
        _row = ClassRow.Read(parameters);
        _format = BoxFormat.Read(parameters, "xyxy", isNormalized: true);
        Definition = FormattableString.Invariant($"boxes={_boxes} scores={_scores} priors={_priors} {_grid?.Definition} variances={string.Join(',', _variances.Select(v => FormattableString.Invariant($"{v:R}")))} activation={_activation} {_row} {_format}");
    }

    public string Definition { get; }

    public IEnumerable<Detection> Read(MetricInput input, DetectionLabel frame)
    {
        var (offsets, rows) = input.Rows(_boxes, 4, "'boxes'");
        var output = input.Output(_scores);
        var classes = output.Shape.Count > 0 ? output.Shape[^1] : 0;
        if (classes == 0 || output.Length != rows * classes)
            throw DetectorTensors.Wrong(input, output, $"'scores' must be [1, {rows}, classes]");
        var anchors = Anchors(input, frame, rows, output);
        var all = MetricTensors.ToDoubles(output);
        var scores = new double[classes];
        for (var i = 0; i < rows; i++)
        {
            all.AsSpan(i * classes, classes).CopyTo(scores);
            DetectorTensors.Activate(scores, _activation);
            var a = anchors[i];
            var (aw, ah) = (a.X2 - a.X1, a.Y2 - a.Y1);
            var cx = ((a.X1 + a.X2) / 2) + (_variances[0] * offsets[i * 4] * aw);
            var cy = ((a.Y1 + a.Y2) / 2) + (_variances[1] * offsets[(i * 4) + 1] * ah);
            var w = aw * Math.Exp(Math.Min(_variances[2] * offsets[(i * 4) + 2], LargestLogarithm));
            var h = ah * Math.Exp(Math.Min(_variances[3] * offsets[(i * 4) + 3], LargestLogarithm));
            foreach (var (index, score) in _row.Of(scores))
                yield return new Detection(index, score, cx - (w / 2), cy - (h / 2), cx + (w / 2), cy + (h / 2));
        }
    }

    private Detection[] Anchors(in MetricInput input, DetectionLabel frame, int rows, Tensor output)
    {
        if (_grid is not null)
        {
            var anchors = _grid.Of((int)frame.InputWidth, (int)frame.InputHeight);
            return anchors.Length == rows ? anchors : throw DetectorTensors.Wrong(input, output, $"the parameters make {anchors.Length} anchors for an input of {frame.InputWidth} x {frame.InputHeight}, but there are {rows} boxes");
        }
        var (v, count) = input.Rows(_priors, 4, "'priors'");
        if (count != rows)
            throw DetectorTensors.Wrong(input, input.Output(_priors), $"'priors' must be [1, {rows}, 4]");
        return [.. Enumerable.Range(0, rows).Select(i => _format.Box(0, 0, v[i * 4], v[(i * 4) + 1], v[(i * 4) + 2], v[(i * 4) + 3], frame))];
    }
}
