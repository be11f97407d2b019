
namespace QuantizeTasks.Metrics;

/// <summary>
/// <c>yolo</c>: one output with decoded boxes, a row each: four numbers of the box, the objectness unless <c>objectness: false</c>, and a score for each of <c>classes</c>; [1, N, columns] or [1, columns, N]. The
/// score of a class is its own times the objectness (Redmon et al. 2016, section 2).
/// </summary>
internal sealed class YoloOutput : IBoxOutputs
{
    private readonly string? _output;
    private readonly int _classes;
    private readonly bool _hasObjectness;
    private readonly string _activation;
    private readonly ClassRow _row;
    private readonly BoxFormat _format;

    public YoloOutput(MetricParameters parameters)
    {
        _output = parameters.Text("output");
        _classes = parameters.Integer("classes", 1, 1 << 16) ?? throw parameters.Missing("classes");
        _hasObjectness = parameters.OneOf("objectness", "true", "true", "false") == "true";
        _activation = parameters.OneOf("score_activation", "none", "none", "sigmoid");
        _row = ClassRow.Read(parameters);
        _format = BoxFormat.Read(parameters, "cxcywh", isNormalized: false);
        Definition = $"output={_output} classes={_classes} objectness={_hasObjectness} activation={_activation} {_row} {_format}";
    }

    public string Definition { get; }

    public IEnumerable<Detection> Read(MetricInput input, DetectionLabel frame)
    {
        var output = input.Output(_output);
        var first = 4 + (_hasObjectness ? 1 : 0);
        var columns = first + _classes;
        int[] shape = [.. output.Shape.Where((extent, axis) => axis >= output.Shape.Count - 2)];
        if (shape is not [var a, var b] || output.Shape.SkipLast(2).Any(extent => extent != 1) || (a != columns && b != columns))
            throw DetectorTensors.Wrong(input, output, $"a YOLO's output must be [1, N, {columns}] or [1, {columns}, N]");
        var v = MetricTensors.ToDoubles(output);
        var (rows, step, across) = b == columns ? (a, columns, 1) : (b, 1, b);
        var scores = new double[_classes];
        for (var i = 0; i < rows; i++)
        {
            var at = i * step;
            for (var c = 0; c < _classes; c++)
                scores[c] = v[at + ((first + c) * across)];
            DetectorTensors.Activate(scores, _activation);
            var objectness = !_hasObjectness ? 1 : _activation == "sigmoid" ? DetectorTensors.Sigmoid(v[at + (4 * across)]) : v[at + (4 * across)];
            foreach (var (index, score) in _row.Of(scores))
                yield return _format.Box(index, score * objectness, v[at], v[at + across], v[at + (2 * across)], v[at + (3 * across)], frame);
        }
    }
}
