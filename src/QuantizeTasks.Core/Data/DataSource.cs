using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Data;

/// <summary>A manifest's data source as samples, as an identity, and as files on disk.</summary>
internal static class DataSource
{
    /// <summary>Opens a source. Lists files and reads headers and labels, but no sample yet.</summary>
    /// <exception cref="QuantizeException">Something it names is missing, malformed or empty, or a step cannot follow the ones before it.</exception>
    public static IDataLoader Open(DataSourceSpecification source)
    {
        var loader = Of(source).Open();
        if (loader.Count == 0)
            throw new QuantizeException(DiagnosticCodes.TooFewSamples, "The data source has no sample.", source.Position);
        return source.Subset is { } subset ? new SampleSelection(loader, Choose(loader.Count, subset)) : loader;
    }

    /// <summary>Hex SHA-256 over names, contents and steps: equal for equal samples, wherever the files lie. Reads every file.</summary>
    public static string Fingerprint(DataSourceSpecification source)
    {
        using var fingerprint = new FingerprintBuilder("data/2");
        fingerprint.Add("kind", source.GetType().Name);
        Of(source).Identify(fingerprint);
        if (source.Subset is { } subset)
            fingerprint.Add("subset", subset.Size.Value).Add("seed", subset.Seed);
        return fingerprint.Finish();
    }

    /// <summary>Identifies the data, and watches from now on whether it stays what it is.</summary>
    /// <exception cref="QuantizeException">It cannot be read.</exception>
    public static DataWatch Watch(DataSourceSpecification source)
    {
        // A loader of the user's own compares every sample with the one that was fingerprinted, and may take its time for each.
        string? own = null;
        return source is PluginSourceSpecification ? new([], () => own ??= Fingerprint(source)) : new([.. Of(source).FilesRead.Distinct(StringComparer.Ordinal)], () => Fingerprint(source));
    }

    /// <summary>Every file that <see cref="Open"/> and its loader read, as absolute paths and, for folders, an absolute glob, so that an added file is noticed. In ordinal order.</summary>
    public static IReadOnlyList<string> Files(DataSourceSpecification source) => [.. Of(source).Files.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private static ISource Of(DataSourceSpecification source) => source switch
    {
        ImageSourceSpecification images => new ImageSource(images),
        TensorSourceSpecification tensors => new TensorSource(tensors),
        TableSourceSpecification table => new TableSource(table),
        IdxSourceSpecification idx => new IdxSource(idx),
        OnnxTestDataSourceSpecification tests => new OnnxTestDataSource(tests),
        AudioSourceSpecification audio => new AudioSource(audio),
        TextSourceSpecification text => new TextSource(text),
        RandomSourceSpecification random => new RandomSource(random),
        PluginSourceSpecification plugin => new PluginSource(plugin),
        _ => throw new ArgumentException($"Unknown data source {source.GetType().Name}.", nameof(source)),
    };

    /// <summary>The same samples for the same count and seed, everywhere, in the order of the data.</summary>
    private static ImmutableArray<int> Choose(int count, SubsetSpecification subset)
    {
        if (subset.Size.Value > count)
            throw new QuantizeException(DiagnosticCodes.TooFewSamples, $"'subset' asks for {subset.Size.Value} samples, but the data source has {count}.", subset.Size.Position);
        var indices = Enumerable.Range(0, count).ToArray();
        new Random(subset.Seed).Shuffle(indices);
        return [.. indices.Take(subset.Size.Value).Order()];
    }
}
