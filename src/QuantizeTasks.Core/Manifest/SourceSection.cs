using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest.Schema;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Manifest;

/// <summary>Reads one data source: the key that names its kind, and those that go with it.</summary>
internal sealed class SourceSection(ManifestPaths paths, PluginSection plugins, ErrorList errors)
{
    /// <summary>The source; null when there is none or it is wrong, which the shape check reports.</summary>
    /// <param name="node">The source's mapping.</param>
    /// <param name="path">Where it stands, for messages.</param>
    public DataSourceSpecification? Read(MappingNode? node, string path)
    {
        if (node is null || SourceSchema.Kinds.FirstOrDefault(k => node[k.Name] is not null) is not { } kind)
            return null;
        foreach (var entry in node.Entries.Where(e => SourceSchema.IsOption(e.Key) && !kind.Keys.Contains(e.Key, StringComparer.Ordinal)))
            errors.Add(DiagnosticCodes.ConflictingKeys, entry.Position, null, $"'{path}.{entry.Key}' applies to '{string.Join("', '", SourceSchema.Kinds.Where(k => k.Keys.Contains(entry.Key, StringComparer.Ordinal)).Select(k => k.Name))}', not to '{kind.Name}'. Remove it.{DidYouMean.Hint(entry.Key, kind.Keys)}");
        var source = ReadKind(node, kind.Name, path);
        return source is null || node.Mapping("subset") is not { } subset || subset.Whole("size") is not { } size ? source
            : source with { Subset = new SubsetSpecification(size, subset.Whole("seed")?.Value ?? 0) };
    }

    private DataSourceSpecification? ReadKind(MappingNode node, string kind, string path) => kind switch
    {
        "images" when node.Text("images") is { } images => new ImageSourceSpecification(node.Position, paths.Absolute(images), FolderLabels(node), node.Text("input"), Preprocess(node))
        {
            Annotations = new AnnotationSection(paths, errors).Read(node, path),
            Upright = node.Text("orientation")?.Value == "exif",
        },
        "tensors" when node.Mapping("tensors") is { } tensors => new TensorSourceSpecification(node.Position, tensors.Entries.Where(e => tensors.Text(e.Key) is not null)
            .ToImmutableSortedDictionary(e => e.Key, e => paths.AbsoluteArray(tensors.Text(e.Key)!), StringComparer.Ordinal), ArrayLabels(node, kind, path)),
        "loader" when plugins.Read(node, "loader") is { } loader => new PluginSourceSpecification(node.Position, loader),
        "csv" or "jsonl" when node.Text(kind) is { } file => new TableSourceSpecification(node.Position, paths.Absolute(file), kind == "jsonl", Columns(node.Mapping("columns")), Texts(node.Mapping("types")), Annotations(node)),
        "idx" when node.Text("idx") is { } file => new IdxSourceSpecification(node.Position, paths.Absolute(file), ArrayLabels(node, kind, path), node.Text("input"), Preprocess(node)),
        "text" when node.Text("text") is { } file && Tokenizer(node) is { } tokenizer => new TextSourceSpecification(node.Position, paths.Absolute(file), tokenizer, Annotations(node)),
        "audio" when node.Text("audio") is { } files => new AudioSourceSpecification(node.Position, paths.Absolute(files), FolderLabels(node), node.Text("input"), Waveform(node.Mapping("waveform"), path)),
        "test_data" when node.Text("test_data") is { } folder => new OnnxTestDataSourceSpecification(node.Position, paths.Absolute(folder), Names(node, "inputs"), node.Whole("label_output")?.Value),
        "random" when node.Mapping("random") is { } random => Random(node, random),
        _ => null,
    };

    private ImmutableArray<PreprocessStep> Preprocess(MappingNode node) => [.. node.List("preprocess").OfType<MappingNode>().Select(new PreprocessSection(errors).Read).OfType<PreprocessStep>()];

    private Located<string>? FolderLabels(MappingNode node) => node.Text("labels") is not { } labels || labels.Value == "folders" ? node.Text("labels") : paths.AbsoluteArray(labels);

    private Located<string>? ArrayLabels(MappingNode node, string kind, string path)
    {
        if (node.Text("labels") is { Value: "folders" } folders)
            errors.Add(DiagnosticCodes.ConflictingKeys, folders, $"'{path}.labels' is 'folders', which applies to 'images' and 'audio'; for '{kind}' it must be a file.");
        return node.Text("labels") is { } labels ? paths.AbsoluteArray(labels) : null;
    }

    /// <summary>A single name or a list of them.</summary>
    private static ImmutableArray<Located<string>> Names(MappingNode? node, string key) =>
        node.Text(key) is { } single ? [single] : [.. node.List(key).OfType<ScalarNode>().Where(n => !n.IsNull && n.Text.Length > 0).Select(n => n.Locate(n.Text))];

    private static ImmutableSortedDictionary<string, ImmutableArray<Located<string>>> Columns(MappingNode? node) =>
        (node?.Entries ?? []).ToImmutableSortedDictionary(e => e.Key, e => Names(node, e.Key), StringComparer.Ordinal);

    private static ImmutableSortedDictionary<string, Located<string>> Texts(MappingNode? node) =>
        (node?.Entries ?? []).Where(e => node.Text(e.Key) is not null).ToImmutableSortedDictionary(e => e.Key, e => node.Text(e.Key)!, StringComparer.Ordinal);

    private static RowAnnotations Annotations(MappingNode node) => new(Names(node, "label"), node.Text("slice"));

    private WaveformSpecification Waveform(MappingNode? node, string path)
    {
        if (node.Flag("resample") == true && node.Whole("sample_rate") is null)
            errors.Add(DiagnosticCodes.MissingKey, node!, $"'{path}.waveform.resample' needs 'sample_rate': the rate to resample to.");
        return new(node.Whole("sample_rate"), node.Whole("length"), node.Text("channels")?.Value == "keep") { Resamples = node.Flag("resample") ?? false };
    }

    private static RandomSourceSpecification Random(MappingNode node, MappingNode random) => new(
        node.Position,
        (random.Mapping("shapes")?.Entries ?? []).ToImmutableSortedDictionary(e => e.Key, e => (ImmutableArray<int>)[.. random.Mapping("shapes").List(e.Key).OfType<ScalarNode>().Select(n => n.Whole() ?? 0)], StringComparer.Ordinal),
        Texts(node.Mapping("types")), random.Whole("count")?.Value ?? 1, random.Whole("seed")?.Value ?? 0, random.Number("minimum")?.Value ?? 0, random.Number("maximum")?.Value ?? 1);

    private TokenizerSpecification? Tokenizer(MappingNode source)
    {
        if (source.Mapping("tokenizer") is not { } node || node.Text("vocabulary") is not { } vocabulary)
            return null;
        var kind = node.Text("kind") ?? node.Locate("wordpiece");
        foreach (var entry in node.Entries.Where(e => e.Key is "add_bos" or "add_eos" or "fairseq" && kind.Value != "sentencepiece"))
            errors.Add(DiagnosticCodes.ConflictingKeys, entry.Position, null, $"'{entry.Key}' is for 'kind: sentencepiece', not for '{kind.Value}'. Remove it.");
        return new TokenizerSpecification(kind, paths.Absolute(vocabulary), node.Whole("length"))
        {
            Merges = node.Text("merges") is { } merges ? paths.Absolute(merges) : null,
            LowerCase = node.Flag("lower_case") ?? true,
            AddBos = node.Flag("add_bos") ?? false,
            AddEos = node.Flag("add_eos") ?? false,
            Fairseq = node.Flag("fairseq") ?? false,
            Text = node.Text("text"),
            Pair = node.Text("pair"),
            Inputs = (node.Text("ids")?.Value ?? "input_ids", node.Text("mask")?.Value, node.Text("segments")?.Value),
            PadId = node.Whole("pad_id")?.Value ?? 0,
            Type = node.Text("type")?.Value ?? "int64",
        };
    }
}
