namespace QuantizeTasks.Metrics;

/// <summary>What the four numbers of a box are: <c>xyxy</c> two corners, <c>yxyx</c> the same the other way round, <c>xywh</c> a corner and the size, <c>cxcywh</c> the centre and the size; in pixels of the model's input, or as shares of it.</summary>
internal sealed record BoxFormat(string Order, bool IsNormalized)
{
    public static BoxFormat Read(MetricParameters parameters, string order, bool isNormalized) => new(
        parameters.OneOf("box_format", order, "xyxy", "yxyx", "xywh", "cxcywh"),
        parameters.OneOf("coordinates", isNormalized ? "normalized" : "pixels", "normalized", "pixels") == "normalized");

    /// <summary>The box in pixels of the model's input.</summary>
    public Detection Box(int index, double score, double a, double b, double c, double d, DetectionLabel frame)
    {
        var (x1, y1, x2, y2) = Order switch
        {
            "xyxy" => (a, b, c, d),
            "yxyx" => (b, a, d, c),
            "xywh" => (a, b, a + c, b + d),
            _ => (a - (c / 2), b - (d / 2), a + (c / 2), b + (d / 2)),
        };
        var (width, height) = IsNormalized ? (frame.InputWidth, frame.InputHeight) : (1, 1);
        return new Detection(index, score, x1 * width, y1 * height, x2 * width, y2 * height);
    }

    public override string ToString() => $"{Order},{IsNormalized}";
}
