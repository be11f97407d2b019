using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Pot;

/// <summary>Turns a dataset of the Accuracy Checker into a source of the manifest and its metrics.</summary>
internal sealed class DatasetSection(ModelInput input, LauncherSection launcher, Translation translation)
{
    /// <summary>The Accuracy Checker's default of <c>subsample_seed</c>.</summary>
    private const int AccuracyCheckerSeed = 666;

    /// <summary>Reads a dataset; null when it is wrong, which is reported.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="shared">The preprocessing of datasets that have none.</param>
    /// <param name="needsLabels">Whether metrics are measured on it.</param>
    public (MappingNode? Source, ImmutableArray<NamedMetric> Metrics)? Read(KeyReader dataset, ListNode? shared, bool needsLabels)
    {
        dataset.Leave("a name has no effect", "name");
        dataset.Leave("these are files that the Accuracy Checker keeps between its runs", "dataset_meta");
        var source = dataset.RequiredText("data_source");
        var steps = new PreprocessingSection(input, translation).Read(dataset, dataset.Take("preprocessing") as ListNode ?? shared);
        var postprocessing = dataset.List("postprocessing");
        var conversion = Annotations(dataset, postprocessing, needsLabels);
        var subset = Subset(dataset);
        ImmutableArray<NamedMetric> metrics = [];
        if (needsLabels)
            metrics = new MetricsSection(launcher, postprocessing, conversion?.MaskClasses, input.IsChannelsFirst, translation).Read(dataset);
        else
            dataset.Leave("nothing is measured while calibrating", "metrics");
        dataset.Finish();
        if (source is null)
            return null;
        return (Tree.Mapping(source.Position,
            ("images", translation.Path(source)),
            ("labels", conversion?.Labels),
            ("annotations", conversion?.Annotations),
            ("input", input.IsOnly ? null : Tree.Text(source.Position, input.Name)),
            ("preprocess", steps),
            ("subset", subset)), metrics);
    }

    // As many images, drawn by a generator of our own: not those that the Accuracy Checker draws.
    private static MappingNode? Subset(KeyReader dataset)
    {
        var (size, seed) = (dataset.Whole("subsample_size", 1), dataset.Whole("subsample_seed", 0));
        dataset.Only("shuffle", "true", "a subsample is drawn");
        return size is null ? null : Tree.Mapping(size.Position, ("size", Tree.Number(size.Position, size.Value)), ("seed", Tree.Number(size.Position, seed?.Value ?? AccuracyCheckerSeed)));
    }

    private AnnotationConversion? Annotations(KeyReader dataset, ImmutableArray<ManifestNode> postprocessing, bool needsLabels)
    {
        if (dataset.Mapping("annotation_conversion") is { } conversion)
        {
            dataset.Leave("this is a file that the Accuracy Checker keeps between its runs", "annotation");
            return AnnotationConversion.Read(new KeyReader(conversion, $"{dataset.Path}.annotation_conversion", translation), postprocessing, translation);
        }
        if (dataset.Take("annotation") is { } pickle)
            translation.Unsupported(pickle, $"'{dataset.Path}.annotation' is a file in Python's own format. Use 'annotation_conversion', which says what it was made from.");
        else if (needsLabels)
            translation.Errors.Add(DiagnosticCodes.MissingKey, dataset.Node, $"'{dataset.Path}.annotation_conversion' is missing: metrics need labels.");
        return null;
    }
}
