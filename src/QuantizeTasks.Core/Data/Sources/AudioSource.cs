using QuantizeTasks.Manifest;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Data;

/// <summary><c>audio:</c>.</summary>
internal sealed class AudioSource(AudioSourceSpecification source) : ISource
{
    public IEnumerable<string> Files => ImageFolder.FilesOf(source.Files).Concat(ImageLabels.FilesOf(source.Labels));

    public IEnumerable<string> FilesRead
    {
        get
        {
            var folder = ImageFolder.Open(source.Files, AudioLoader.Extensions);
            return [.. folder.Files.Select(f => f.Path), .. ImageLabels.FilesRead(source.Labels, folder)];
        }
    }

    public IDataLoader Open() => new AudioLoader(source);

    public void Identify(FingerprintBuilder fingerprint)
    {
        var folder = ImageFolder.Open(source.Files, AudioLoader.Extensions);
        fingerprint.Add("input", source.Input?.Value).Add("rate", source.Waveform.SampleRate?.Value ?? 0).Add("length", source.Waveform.Length?.Value ?? 0).Add("keeps channels", source.Waveform.KeepsChannels)
            .Add("resamples", source.Waveform.Resamples);
        FileHash.AddAll(fingerprint, folder.Files, source.Files.Position);
        ImageLabels.Identify(source.Labels, folder, fingerprint);
    }
}
