using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Data;

/// <summary>Samples that are WAV files.</summary>
internal sealed class AudioLoader : IDataLoader
{
    public static IReadOnlyList<string> Extensions { get; } = [".wav", ".wave"];

    private readonly ImageFolder _folder;
    private readonly ImageLabels _labels;
    private readonly WaveformSpecification _waveform;
    private readonly string _input;

    public AudioLoader(AudioSourceSpecification source)
    {
        _folder = ImageFolder.Open(source.Files, Extensions);
        _labels = ImageLabels.Open(source.Labels, _folder);
        (_waveform, _input) = (source.Waveform, source.Input?.Value ?? "");
    }

    public int Count => _folder.Files.Count;

    public Sample Load(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        var file = _folder.Files[index];
        var most = _waveform.Length?.Value ?? int.MaxValue;
        var audio = WavFile.Read(file.Path, _waveform.Resamples ? int.MaxValue : most);
        if (_waveform.SampleRate is { } rate && audio.SampleRate != rate.Value)
            audio = AtRate(audio, rate.Value, most, file.Path);
        else if (audio.Channels[0].Length > most)
            audio = audio with { Channels = Array.ConvertAll(audio.Channels, channel => channel[..most]) };
        return new Sample(file.Name, new Dictionary<string, Tensor>(1, StringComparer.Ordinal) { [_input] = Shape(audio) }, _labels.Label(index), _labels.Slice(index));
    }

    private WavFile AtRate(WavFile audio, int rate, int most, string path)
    {
        if (!_waveform.Resamples)
            throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"The audio has {audio.SampleRate} Hz, not {rate}. Resample it as the app does, which matters for accuracy, or add 'resample: true'.", new SourcePosition(path));
        try
        {
            var resampler = new Resampler(audio.SampleRate, rate);
            return new WavFile(rate, Array.ConvertAll(audio.Channels, channel => resampler.Apply(channel, most)));
        }
        catch (InvalidDataException e)
        {
            throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"The audio cannot be used: {e.Message}.", new SourcePosition(path), e);
        }
    }

    private Tensor Shape(WavFile audio)
    {
        var channels = audio.Channels.Length;
        var length = _waveform.Length?.Value ?? audio.Channels[0].Length;
        var rows = _waveform.KeepsChannels ? channels : 1;
        if ((long)rows * length > Array.MaxLength)
            throw new QuantizeException(DiagnosticCodes.ShapeMismatch, $"{rows} channels of {length} values are more than a tensor holds.");
        var values = new float[rows * length];
        for (var i = 0; i < audio.Channels[0].Length; i++)
        {
            if (_waveform.KeepsChannels)
                for (var c = 0; c < channels; c++)
                    values[(c * length) + i] = audio.Channels[c][i];
            else
                values[i] = (float)(audio.Channels.Sum(c => (double)c[i]) / channels);
        }
        return _waveform.KeepsChannels ? Tensor.Create(values, 1, rows, length) : Tensor.Create(values, 1, length);
    }
}
