using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Manifest;

/// <summary><c>idx: file</c>, the format of MNIST, also gzipped.</summary>
/// <param name="Position">Where the source is written.</param>
/// <param name="File">The absolute path.</param>
/// <param name="Labels">The absolute path of an idx or npy file; null for none.</param>
/// <param name="Input">The model input; null for the model's only input.</param>
/// <param name="Preprocess">Steps in the written order, for images of 8 bits.</param>
public sealed record IdxSourceSpecification(SourcePosition Position, Located<string> File, Located<string>? Labels, Located<string>? Input, ImmutableArray<PreprocessStep> Preprocess)
    : DataSourceSpecification(Position);

/// <summary><c>audio: folder, glob or list</c> of WAV files.</summary>
/// <param name="Position">Where the source is written.</param>
/// <param name="Files">Absolute folder, absolute folder plus glob, or the absolute path of a .txt file with a path a line.</param>
/// <param name="Labels">As for images.</param>
/// <param name="Input">The model input; null for the model's only input.</param>
/// <param name="Waveform">What is fed of a file.</param>
public sealed record AudioSourceSpecification(SourcePosition Position, Located<string> Files, Located<string>? Labels, Located<string>? Input, WaveformSpecification Waveform)
    : DataSourceSpecification(Position);

/// <summary><c>waveform</c>.</summary>
/// <param name="SampleRate">The rate in Hz of what is fed; null for any.</param>
/// <param name="Length">Values a channel: longer ones are cut, shorter ones padded with zeros at the end; null for as many as there are.</param>
/// <param name="KeepsChannels">Whether channels stay apart, as [1, channels, length]; otherwise their mean is fed, as [1, length].</param>
public sealed record WaveformSpecification(Located<int>? SampleRate, Located<int>? Length, bool KeepsChannels)
{
    /// <summary>Files of another rate are resampled; otherwise they are errors.</summary>
    public bool Resamples { get; init; }
}

/// <summary><c>test_data: folder or glob</c> of ONNX's own test data: folders <c>test_data_set_N</c> with <c>input_i.pb</c> and <c>output_i.pb</c>.</summary>
/// <param name="Position">Where the source is written.</param>
/// <param name="Folder">The absolute path of the folder that holds them.</param>
/// <param name="Inputs">Names of the inputs in the order of the files; empty: the names that the tensors carry.</param>
/// <param name="LabelOutput">Which output is the label; null for none.</param>
public sealed record OnnxTestDataSourceSpecification(SourcePosition Position, Located<string> Folder, ImmutableArray<Located<string>> Inputs, int? LabelOutput) : DataSourceSpecification(Position);

/// <summary><c>random</c>: made-up values, which nothing can be proven with.</summary>
/// <param name="Position">Where the source is written.</param>
/// <param name="Shapes">The shape of each input, with the batch axis.</param>
/// <param name="Types">Element types of inputs; float32 for those that are not named.</param>
/// <param name="Count">How many samples.</param>
/// <param name="Seed">Of the generator.</param>
/// <param name="Minimum">The least value.</param>
/// <param name="Maximum">Values are below it; whole numbers reach it.</param>
public sealed record RandomSourceSpecification(
    SourcePosition Position, ImmutableSortedDictionary<string, ImmutableArray<int>> Shapes, ImmutableSortedDictionary<string, Located<string>> Types, int Count, int Seed, double Minimum, double Maximum)
    : DataSourceSpecification(Position);
