namespace QuantizeTasks.Manifest.Schema;

/// <summary>The <c>metrics</c> section, in either of its places.</summary>
internal static class MetricSchema
{
    public static MappingShape Metric { get; } = new(
    [
        new("name", new TextShape("the name of a metric"), "The metric, such as `accuracy@top1`, `accuracy@top5`, `mae`, `rmse`, `psnr` or `mean_iou`.") { IsRequired = true },
        new("baseline_value", new NumberShape(), "The float model's value. Given for every metric, or for none: then the float model is measured."),
        new("params", new NamesShape(new EitherShape(new AnyScalarShape(), new ListShape(new AnyScalarShape())), "a mapping of the metric's own options"), "The metric's own options, such as `{ data_range: 1, crop_border: 3 }` of `psnr`."),
        new("type", new TextShape("text"), "The rule that ranks samples for a metric of one's own.") { IsSupported = false },
    ]);

    public static ListShape Metrics { get; } = new(Metric, Minimum: 1);
}
