using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Manifest;

/// <summary>Where samples come from.</summary>
/// <param name="Position">Where the source is written.</param>
public abstract record DataSourceSpecification(SourcePosition Position)
{
    /// <summary><c>subset</c>: the samples that are used; all when null.</summary>
    public SubsetSpecification? Subset { get; init; }
}

/// <summary>Some samples of a source, drawn by a seed and used in their own order.</summary>
public sealed record SubsetSpecification(Located<int> Size, int Seed);

/// <summary><c>images: folder or glob</c>.</summary>
/// <param name="Position">Where the source is written.</param>
/// <param name="Images">Absolute folder, absolute folder plus glob, or the absolute path of a .txt file with a path a line.</param>
/// <param name="Labels">Null: none given. Otherwise the word <c>folders</c>, or the absolute path of a csv or npy file or of a folder of masks.</param>
/// <param name="Input">The model input the image goes to; null for the model's only input.</param>
/// <param name="Preprocess">Steps in the written order.</param>
public sealed record ImageSourceSpecification(
    SourcePosition Position, Located<string> Images, Located<string>? Labels, Located<string>? Input, ImmutableArray<PreprocessStep> Preprocess)
    : DataSourceSpecification(Position)
{
    /// <summary><c>annotations</c>, which name the images that count and say what is in them; null without.</summary>
    public AnnotationSpecification? Annotations { get; init; }

    /// <summary><c>orientation: exif</c>: JPEGs are turned as their EXIF data says.</summary>
    public bool Upright { get; init; }
}

/// <summary><c>loader: class</c>.</summary>
public sealed record PluginSourceSpecification(SourcePosition Position, PluginSpecification Loader) : DataSourceSpecification(Position);

/// <summary><c>tensors: { input: file.npy }</c>. A member of an archive is written <c>file.npz#member</c>.</summary>
public sealed record TensorSourceSpecification(
    SourcePosition Position, ImmutableSortedDictionary<string, Located<string>> Tensors, Located<string>? Labels)
    : DataSourceSpecification(Position);
