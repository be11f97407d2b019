using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Pot;

/// <summary>
/// <c>compression</c>, which the manifest has by the same names: it is passed on as it is but for basic algorithms, which become one, and the metrics in the algorithm's <c>params</c>, which name those of the engine.
/// </summary>
internal sealed class CompressionTranslation(Translation translation)
{
    /// <summary>
    /// What the original ranks by when the algorithm's <c>type</c> of a metric is one of these (openvino/tools/pot/algorithms/quantization/accuracy_aware_common/utils.py): outputs by their cosine where samples have no
    /// value of their own, cross-entropy for recommendations. Its proxies of COCO's metrics are the precision on each image, which is what one image is compared by here anyway.
    /// </summary>
    private static readonly Dictionary<string, Func<SourcePosition, ManifestNode>> StandIns = new(StringComparer.Ordinal)
    {
        ["cmc"] = Cosine, ["reid_map"] = Cosine, ["pairwise_accuracy"] = Cosine, ["pairwise_accuracy_subsets"] = Cosine, ["normalized_embedding_accuracy"] = Cosine,
        ["face_recognition_tafa_pair_metric"] = Cosine, ["localization_recall"] = Cosine, ["spearman_correlation_coef"] = Cosine, ["pearson_correlation_coef"] = Cosine,
        ["hit_ratio"] = LogLoss, ["ndcg"] = LogLoss,
    };

    /// <summary>The manifest's <c>compression</c> and <c>metrics</c>.</summary>
    public (MappingNode? Section, ListNode? Metrics) Read(KeyReader root, ImmutableArray<NamedMetric>? engine)
    {
        if (root.Mapping("compression") is not { } section)
        {
            if (!root.Has("compression"))
                translation.Errors.Add(DiagnosticCodes.MissingKey, root.Node, "'compression' is missing: it says what to do.");
            return default;
        }
        section = WithoutMisspelling(section);
        if (section["algorithms"] is ListNode { Items.IsEmpty: false } several && new BasicAlgorithms(translation).Merge(several) is { } one)
            section = section.With("algorithms", Pot.Tree.List(several.Position, [one]));
        section = OriginalDefaults.State(section);
        if (section["algorithms"] is not ListNode { Items: [MappingNode algorithm, ..] } algorithms)
        {
            if (section["algorithms"] is null)
                translation.Errors.Add(DiagnosticCodes.MissingKey, section, "'compression.algorithms' is missing.");
            return (section, List(root, engine ?? []));
        }
        var metrics = engine ?? [];
        if (algorithm.Mapping("params") is { } parameters && parameters["metrics"] is ListNode chosen)
        {
            if (engine is not null)
                metrics = [.. chosen.Items.Select(item => Choose(item, engine.Value)).OfType<NamedMetric>()];
            var rest = parameters with { Entries = parameters.Entries.RemoveAll(e => e.Key == "metrics") };
            section = section.With("algorithms", algorithms with { Items = algorithms.Items.SetItem(0, algorithm.With("params", rest)) });
        }
        else if (engine is { IsEmpty: true } && algorithm.Text("name") is { Value: "AccuracyAwareQuantization" } name)
        {
            translation.Errors.Add(DiagnosticCodes.MissingKey, name, "The engine 'simplified' has no metric, so AccuracyAwareQuantization has nothing to keep. Use the engine 'accuracy_checker', DefaultQuantization, or a quantize.yaml with the metric 'agreement', which needs no labels.");
        }
        return (section, List(root, metrics));
    }

    // The example files of the original have these misspellings, which it does not read: the default is in force.
    private MappingNode WithoutMisspelling(MappingNode section)
    {
        foreach (var entry in section.Entries.Where(e => e.Key is "inplace_statistic" or "inplase_statistics"))
        {
            translation.Leave($"compression.{entry.Key}: a misspelling of inplace_statistics that the original ignores");
            section = section with { Entries = section.Entries.Remove(entry) };
        }
        return section;
    }

    private NamedMetric? Choose(ManifestNode item, ImmutableArray<NamedMetric> metrics)
    {
        if (item is not MappingNode mapping)
        {
            translation.Errors.Add(DiagnosticCodes.WrongType, item, $"'metrics' must hold mappings with 'name', but has {item.Kind}.");
            return null;
        }
        var keys = new KeyReader(mapping, "metrics[]", translation);
        var (name, baseline, type) = (keys.RequiredText("name"), keys.Number("baseline_value"), keys.Text("type"));
        keys.Finish();
        if (name is null)
            return null;
        var found = metrics.FirstOrDefault(m => m.Name == name.Value) ?? metrics.FirstOrDefault(m => m.Type == name.Value);
        if (found is null)
            translation.Errors.Add(DiagnosticCodes.UnknownName, name, $"The engine has no metric '{name.Value}'; it has {string.Join(", ", metrics.Select(m => m.Name).DefaultIfEmpty("none"))}.{DidYouMean.Hint(name.Value, metrics.Select(m => m.Name))}");
        else if (type is not null && StandIns.TryGetValue(type.Value, out var standIn))
            found = found with { Node = found.Node.With("ranking_metric", standIn(type.Position)) };
        else if (type is not null && type.Value != found.Type)
            translation.Unsupported(mapping["type"]!, $"The metric '{found.Name}' is of the type '{found.Type}', not '{type.Value}'.");
        return found is null || baseline is null ? found : found with { Node = found.Node.With("baseline_value", Pot.Tree.Number(baseline.Position, baseline.Value)) };
    }

    private static ListNode? List(KeyReader root, ImmutableArray<NamedMetric> metrics) => metrics.IsEmpty ? null : Pot.Tree.List(root.Node.Position, metrics.Select(m => m.Node));

    private static ScalarNode Cosine(SourcePosition at) => Pot.Tree.Text(at, "cosine");

    private static MappingNode LogLoss(SourcePosition at) => Pot.Tree.Mapping(at, ("name", Pot.Tree.Text(at, "log_loss")), ("params", Pot.Tree.Mapping(at, ("scores", Pot.Tree.Text(at, "logits")))));
}
