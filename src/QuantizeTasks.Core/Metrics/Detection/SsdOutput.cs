namespace QuantizeTasks.Metrics;

/// <summary><c>ssd</c>: one output [..., N, 7] of rows image, class, score, x1, y1, x2, y2, as DetectionOutput layers give it. A row whose image is negative ends the list.</summary>
internal sealed class SsdOutput : IBoxOutputs
{
    private readonly string? _output;
    private readonly BoxFormat _format;

    public SsdOutput(MetricParameters parameters)
    {
        _output = parameters.Text("output");
        _format = BoxFormat.Read(parameters, "xyxy", isNormalized: true);
        Definition = $"output={_output} {_format}";
    }

    public string Definition { get; }

    public IEnumerable<Detection> Read(MetricInput input, DetectionLabel frame)
    {
        var (v, rows) = input.Rows(_output, 7, "an SSD's output");
        for (var i = 0; i < rows * 7 && !(v[i] < 0); i += 7)
            yield return !double.IsNaN(v[i]) && double.IsFinite(v[i + 1]) && Math.Abs(v[i + 1]) <= int.MaxValue
                ? _format.Box((int)v[i + 1], v[i + 2], v[i + 3], v[i + 4], v[i + 5], v[i + 6], frame) : new Detection(0, double.NaN, 0, 0, 0, 0);
    }
}
