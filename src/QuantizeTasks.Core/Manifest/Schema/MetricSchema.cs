namespace QuantizeTasks.Manifest.Schema;

/// <summary>The <c>metrics</c> section, in either of its places.</summary>
internal static class MetricSchema
{
    private static readonly Key Name = new("name", new TextShape("the name of a metric"), "The metric. Classes: `accuracy@top1` (`accuracy@top5` and so on), `precision`, `recall`, `f1`, `roc_auc`, `log_loss`. Masks: `mean_iou`, `dice`, `mean_accuracy`, `pixel_accuracy`. Boxes: `map`, `coco_precision`. Numbers and images: `mae`, `rmse`, `r2`, `psnr`, `ssim`. Text: `perplexity`, `wer`, `cer`, `exact_match`, `token_f1`. Against the float model instead of labels: `agreement`, `cosine`, `sqnr`, `kl`. docs/metrics.md defines them. With `type`, any name: the one that reports show.") { IsRequired = true };
    private static readonly Key Options = new("params", PluginSchema.Parameters("a mapping of the metric's own options"), "The metric's own options, such as `{ data_range: 1, crop_border: 3 }` of `psnr`; with `type` the constructor's parameters by name (`minimalOverlap` is `minimal_overlap` here).");
    private static readonly Key Type = new("type", PluginSchema.Class, "A metric of your own: a class among `plugins` that implements `IMetric`, with or without its namespace.");

    public static MappingShape Metric { get; } = new(
    [
        Name,
        new("baseline_value", new NumberShape(), "The float model's value. Given for every metric, or for none: then the float model is measured."),
        new("maximal_drop", new NumberShape(), "This metric's own budget instead of the algorithm's."),
        new("drop_type", new ChoiceShape("absolute", "relative"), "What its budget is measured in; as the algorithm's by default."),
        new("slices", Parts("slice"), "Budgets of single slices of the data, in the metric's units: `{ night: 0.02, every: 0.05 }`. A slice is a value of the label file's column `slice`; `every` is for each one, whatever it is called."),
        new("classes", Parts("class"), "The same for single classes by their index, for labels that are classes: `{ 3: 0.02, every: 0.1 }`."),
        Options,
        Type,
        new("ranking_metric", new EitherShape(new TextShape("the name of a metric"), new MappingShape([Name, Options, Type])), "The metric by which a search compares samples and ranks layers in place of this one, for a metric that says little of a single sample or of a few: its name, or `{ name, params, type }`. `cosine`, `kl` and `sqnr` compare the outputs with the float model's. What is accepted is decided by the metric itself over all samples. By default the metric itself; for a plug-in that is an `IWholeSetMetric` what that names."),
    ]);

    private static NamesShape Parts(string noun) => new(new NumberShape(), $"a mapping from a {noun}, or 'every', to the drop that it may have", Minimum: 1);

    public static ListShape Metrics { get; } = new(Metric, Minimum: 1);
}
