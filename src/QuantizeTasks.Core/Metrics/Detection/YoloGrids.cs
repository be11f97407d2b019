using System.Collections.Immutable;

namespace QuantizeTasks.Metrics;

/// <summary>
/// <c>yolo_grid</c>: the raw grids of YOLO's heads. An output is [1, A (5 + C), H, W], [1, A, 5 + C, H, W], [1, H, W, A (5 + C)], [1, H, W, A, 5 + C] or [1, A, H, W, 5 + C], or for a square grid the first of these as one
/// row; its A anchors are pairs of width and height from
/// <c>anchors</c>, in the order of the outputs. With s the sigmoid and (i, j) the cell: <c>yolov2</c> and <c>yolov3</c> (Redmon and Farhadi 2017, section 2; 2018, section 2.1): x = (j + s(tx)) / W, w = anchor e^tw; <c>yolov5</c>: x = (j + 2 s(tx) - 0.5) / W,
/// w = anchor (2 s(tw))^2. Objectness s(to). Classes: softmax for <c>yolov2</c>, whose anchors are in cells, otherwise the sigmoid of each, with anchors in pixels of the input. With <c>activated: true</c> the model itself
/// has computed these sigmoids and softmaxes. Boxes whose objectness is at most <c>objectness_threshold</c> do not count.
/// </summary>
internal sealed class YoloGrids : IBoxOutputs
{
    private readonly ImmutableArray<string?> _outputs;
    private readonly ImmutableArray<double> _anchors;
    private readonly int _classes;
    private readonly string _style;
    private readonly bool _isActivated;
    private readonly double _leastObjectness;
    private readonly ClassRow _row;

    public YoloGrids(MetricParameters parameters)
    {
        var outputs = parameters.Texts("outputs");
        _outputs = outputs.IsEmpty ? [parameters.Text("output")] : [.. outputs];
        _anchors = parameters.Numbers("anchors");
        _classes = parameters.Integer("classes", 1, 1 << 16) ?? throw parameters.Missing("classes");
        _style = parameters.OneOf("style", "yolov3", "yolov2", "yolov3", "yolov5");
        _isActivated = parameters.OneOf("activated", "false", "false", "true") == "true";
        _leastObjectness = parameters.Share("objectness_threshold") ?? 0;
        _row = ClassRow.Read(parameters);
        if (_anchors.IsEmpty || _anchors.Length % (2 * _outputs.Length) != 0 || _anchors.Any(a => a <= 0))
            throw parameters.OutOfRange("anchors", $"must be pairs of positive numbers, as many for each of the {_outputs.Length} outputs, but has {_anchors.Length} numbers");
        Definition = FormattableString.Invariant($"outputs={string.Join(',', _outputs)} anchors={string.Join(',', _anchors.Select(a => FormattableString.Invariant($"{a:R}")))} classes={_classes} style={_style}{(_isActivated ? ",activated" : "")} objectness={_leastObjectness:R} {_row}");
    }

    public string Definition { get; }

    public IEnumerable<Detection> Read(MetricInput input, DetectionLabel frame)
    {
        var perOutput = _anchors.Length / _outputs.Length;
        for (var k = 0; k < _outputs.Length; k++)
            foreach (var found in Read(input, frame, input.Output(_outputs[k]), _anchors.AsSpan(k * perOutput, perOutput).ToArray()))
                yield return found;
    }

    private IEnumerable<Detection> Read(MetricInput input, DetectionLabel frame, Tensor output, double[] anchors)
    {
        var (count, columns) = (anchors.Length / 2, 5 + _classes);
        var (height, width, anchorStep, cellStep, columnStep) = Steps(input, output, count, columns);
        var v = MetricTensors.ToDoubles(output);
        var scores = new double[_classes];
        // A yolov2's anchors are in cells, the others' in pixels of the input.
        var (unitX, unitY) = _style == "yolov2" ? (frame.InputWidth / width, frame.InputHeight / height) : (1, 1);
        for (var cell = 0; cell < height * width; cell++)
        {
            var (row, column) = (cell / width, cell % width);
            for (var a = 0; a < count; a++)
            {
                var at = (a * anchorStep) + (cell * cellStep);
                for (var c = 0; c < _classes; c++)
                    scores[c] = v[at + ((5 + c) * columnStep)];
                DetectorTensors.Activate(scores, _isActivated ? "none" : _style == "yolov2" ? "softmax" : "sigmoid");
                // A box below the limit still gets to the decoder, with the score 0: a NaN in it must not go unseen.
                var objectness = Sigmoid(v[at + (4 * columnStep)]) is var share && share <= _leastObjectness ? 0 : share;
                var (x, y) = (column + Centre(v[at]), row + Centre(v[at + columnStep]));
                var (w, h) = (anchors[2 * a] * unitX * Extent(v[at + (2 * columnStep)]), anchors[(2 * a) + 1] * unitY * Extent(v[at + (3 * columnStep)]));
                var (cx, cy) = (x / width * frame.InputWidth, y / height * frame.InputHeight);
                foreach (var (index, score) in _row.Of(scores))
                    yield return new Detection(index, score * objectness, cx - (w / 2), cy - (h / 2), cx + (w / 2), cy + (h / 2));
            }
        }
    }

    private double Sigmoid(double t) => _isActivated ? t : DetectorTensors.Sigmoid(t);

    private double Centre(double t) => _style == "yolov5" ? (2 * Sigmoid(t)) - 0.5 : Sigmoid(t);

    private double Extent(double t) => _style == "yolov5" ? Math.Pow(2 * Sigmoid(t), 2) : Math.Exp(t);

    private static (int Height, int Width, int Anchor, int Cell, int Column) Steps(in MetricInput input, Tensor output, int anchors, int columns) => output.Shape.ToArray() switch
    {
        [1, var c, var h, var w] when c == anchors * columns => (h, w, columns * h * w, 1, h * w),
        [1, var h, var w, var c] when c == anchors * columns => (h, w, columns, anchors * columns, 1),
        [1, var a, var h, var w, var c] when a == anchors && c == columns => (h, w, h * w * columns, columns, 1),
        [1, var a, var c, var h, var w] when a == anchors && c == columns => (h, w, columns * h * w, 1, h * w),
        [1, var h, var w, var a, var c] when a == anchors && c == columns => (h, w, columns, anchors * columns, 1),
        [1, var n] when Math.Round(Math.Sqrt(n / (double)(anchors * columns))) is var edge && edge * edge * anchors * columns == n => ((int)edge, (int)edge, columns * (int)(edge * edge), 1, (int)(edge * edge)),
        _ => throw DetectorTensors.Wrong(input, output, $"a YOLO's grid of {anchors} anchors must be [1, {anchors * columns}, H, W], [1, H, W, {anchors * columns}], [1, {anchors}, {columns}, H, W], [1, {anchors}, H, W, {columns}] or [1, H, W, {anchors}, {columns}]"),
    };
}
