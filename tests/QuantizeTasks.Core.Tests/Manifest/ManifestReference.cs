using System.Globalization;
using System.Text;
using QuantizeTasks.Manifest.Schema;

namespace QuantizeTasks.Manifest;

/// <summary>docs/manifest.md.</summary>
internal static class ManifestReference
{
    public const string Example = """
        model: models/mobilenet.onnx
        output: models/mobilenet.int8.onnx
        data:
          validation:
            images: data/val
            labels: data/val.csv
            preprocess:
              - resize: { shorter: 256 }
              - center_crop: 224
              - color: rgb
              - divide: 255
              - normalize: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }
              - layout: nchw
          calibration: { from: validation }
        metrics:
          - name: accuracy@top1
        compression:
          target_device: CPU
          algorithms:
            - name: AccuracyAwareQuantization
              params:
                preset: performance
                stat_subset_size: 300
                maximal_drop: 0.005
                drop_type: absolute
                max_iter_num: 30
                ranking_subset_size: 300
        """;

    private static readonly Dictionary<string, (string Title, string Text)> Sections = new()
    {
        [""] = ("The manifest", "The keys at the top. Paths are relative to the manifest's folder."),
        ["data"] = ("`data`", "Where samples come from. A source has either `images`, `tensors` or a `loader` of your own."),
        ["data.validation"] = ("`data.validation`", ""),
        ["data.calibration"] = ("`data.calibration`", "A source like `data.validation`, or the same one. Give samples of its own to have validation data that the quantizer has not seen."),
        ["data.certification"] = ("`data.certification`", "A labelled source like `data.validation`. The float model and the int8 model that the search ends with are evaluated on it, and the verdict is about that; the search and the calibration never see it."),
        ["data.certify"] = ("`data.certify`", "Calibration leaves these samples alone too, unless it has data of its own."),
        ["data.validation.annotations"] = ("`annotations`", "Exactly one of `imagenet`, `coco`, `voc` and `masks`. Images are read in the order that is said here. A name is looked up below `images` as it is written, then by its last part, as lists are often made on another machine; it never leads out of that folder."),
        ["data.validation.subset"] = ("`subset`", ""),
        ["data.validation.tokenizer"] = ("`tokenizer`", "Texts become token ids of the shape [1, length]."),
        ["data.validation.waveform"] = ("`waveform`", ""),
        ["data.validation.random"] = ("`random`", "`{ random: { shapes: { input: [1, 3, 224, 224] }, count: 16 } }` with DefaultQuantization and no budget makes an int8 model whose speed can be measured; its accuracy means nothing."),
        ["data.validation.preprocess[]"] = ("`preprocess`", "A list of steps, each with one of these keys. They are applied in the written order; a step may occur more than once."),
        ["data.validation.preprocess[].resize"] = ("`resize`", "Either `shorter`, or `width` and `height`."),
        ["data.validation.preprocess[].center_crop"] = ("`center_crop`", "When it is not a single number:"),
        ["data.validation.preprocess[].pad_to"] = ("`pad_to`", ""),
        ["data.validation.preprocess[].normalize"] = ("`normalize`", ""),
        ["metrics[]"] = ("`metrics`", "A list; every metric must stay within the budget."),
        ["metrics[].ranking_metric"] = ("`ranking_metric`", "When it is not a name alone. [metrics.md](metrics.md) says when to use one."),
        ["verdict"] = ("`verdict`", "Everything here is off unless it is given."),
        ["post_processing"] = ("`post_processing`", "[plugins.md](plugins.md) shows how such classes are written."),
        ["compression"] = ("`compression`", "Names and defaults are those of OpenVINO's Post-training Optimization Tool."),
        ["compression.algorithms[]"] = ("`compression.algorithms`", "A list of one algorithm."),
        ["compression.algorithms[].params"] = ("`params`", "`max_iter_num`, `ranking_subset_size`, `metric_subset_ratio`, `use_prev_if_drop_increase`, `search`, `ranking` and `time_limit` are for AccuracyAwareQuantization only."),
        ["compression.algorithms[].params.weights"] = ("`params.weights`", ""),
        ["compression.algorithms[].params.ignored"] = ("`params.ignored`", "What names or matches nothing in the model is an error (QTZ1007), because a layer that was meant to stay in float would not. Ignoring an operator that only passes values on, such as MaxPool or Reshape, also keeps those in float that read its output."),
        ["compression.algorithms[].params.ignored.operations[]"] = ("`params.ignored.operations`", "A list."),
        ["compression.algorithms[].params.ignored.subgraphs[]"] = ("`params.ignored.subgraphs`", "A list."),
        ["compression.algorithms[].params.activations"] = ("`params.activations`", ""),
        ["compression.algorithms[].params.layerwise_configs[].*"] = ("`params.layerwise_configs`", "`layerwise_configs: [{ \"features.0/relu\": { mode: asymmetric }, fc.weight: { granularity: pertensor } }]`. What is not said is that of `params.weights` or `params.activations`. A tensor that is there but stays in float is a warning (QTZ4009)."),
        ["compression.algorithms[].params.weights.range_estimator"] = ("`params.weights.range_estimator`", ""),
        ["compression.algorithms[].params.weights.range_estimator.min"] = ("`min` and `max` of weights", "Each field replaces that of the preset."),
        ["compression.algorithms[].params.activations.range_estimator"] = ("`params.range_estimator` and `params.activations.range_estimator`", ""),
        ["compression.algorithms[].params.activations.range_estimator.min"] = ("`min` and `max` of activations", "Each field replaces that of the preset."),
    };

    public static string Text()
    {
        var text = new StringBuilder($"""
            # The manifest

            `quantize.yaml` says which model to quantize, on which data, and how much worse the result may be.

            ```yaml
            {Example}
            ```

            It is YAML 1.2; JSON is YAML too. Mistakes are errors, all of them at once, each with line and column: unknown keys (with the nearest known one), wrong kinds of values, values out of range, keys given twice.
            Numbers have a decimal point whatever the machine's language; `yes` and `no` are texts, not truth values. An anchor on a whole value may be repeated by an alias
            (`preprocess: &steps [...]`, then `preprocess: *steps`); merge keys and tags are not supported.

            For completion and checking while typing, point the editor at [`quantize.schema.json`](quantize.schema.json); editors with the YAML language server read it from the first line:

            ```yaml
            # yaml-language-server: $schema=path/to/quantize.schema.json
            ```

            Project properties, item metadata and command-line options may override `model`, `output`, {string.Join(", ", ManifestOverrides.ParameterKeys.Select(k => $"`{k}`"))}. An error about an overridden value names what overrode it.

            <!-- Everything below is written by ManifestDocumentsTests from the schema in src/QuantizeTasks.Core/Manifest/Schema. -->

            """);
        foreach (var (path, mapping) in Documented())
        {
            var (title, introduction) = Sections[path];
            text.Append(CultureInfo.InvariantCulture, $"\n## {title}\n\n");
            if (introduction.Length > 0)
                text.Append(introduction).Append("\n\n");
            text.Append("| key | value | default | meaning |\n|---|---|---|---|\n");
            foreach (var key in mapping.Keys.Where(k => k.IsSupported))
                text.Append(CultureInfo.InvariantCulture, $"| `{key.Name}`{(key.IsRequired ? " (required)" : "")} | {Value(key)} | {(key.Default is null ? "" : $"`{key.Default}`")} | {key.Description} |\n");
        }

        text.Append("""

            ## Known, but not supported yet

            The Post-training Optimization Tool has more parameters. A manifest may spell out their defaults, because those ask for nothing; any other value is error QTZ1009.

            | key | accepted value | meaning |
            |---|---|---|

            """);
        foreach (var (path, key) in ManifestSchema.Mappings.SelectMany(m => m.Mapping.Keys.Where(k => !k.IsSupported).Select(k => (m.Path, Key: k))))
            text.Append(CultureInfo.InvariantCulture, $"| `{(path.Length == 0 ? "" : path + ".")}{key.Name}` | {(key.Default is null ? "none" : $"`{key.Default}`")} | {key.Description} |\n");
        return text.ToString();
    }

    /// <summary>Each mapping once: sources share their steps, both places of metrics their keys. Those of which nothing is supported are in the last table only.</summary>
    public static IEnumerable<(string Path, MappingShape Mapping)> Documented() =>
        ManifestSchema.Mappings.Where(m => m.Mapping.Keys.Any(k => k.IsSupported)).DistinctBy(m => m.Mapping, ReferenceEqualityComparer.Instance);

    private static string Value(Key key)
    {
        return key.Shape switch
        {
            MappingShape mapping when !mapping.Keys.Any(k => k.IsSupported) => "a mapping; not supported yet, see the end",
            // A mapping that several keys share is described once.
            MappingShape mapping => Documented().FirstOrDefault(d => ReferenceEquals(d.Mapping, mapping)) is { Path: { } at } && Sections.TryGetValue(at, out var section) ? $"see {section.Title}" : "a mapping",
            ListShape { Item: MappingShape } => "a list, see below",
            EitherShape { Several: MappingShape } either => $"{either.Single.Expected}, or a mapping",
            ChoiceShape choice => string.Join(", ", choice.Words.Select(w => $"`{w}`")),
            _ => key.Shape.Expected,
        };
    }
}
