using QuantizeTasks.Storage;

namespace QuantizeTasks.Data;

/// <summary>One kind of data source: what <see cref="DataSource"/> needs of it.</summary>
internal interface ISource
{
    /// <summary>Every file that is read, as absolute paths and, for folders, absolute globs.</summary>
    IEnumerable<string> Files { get; }

    /// <summary>Every file that samples are read from now, without globs.</summary>
    IEnumerable<string> FilesRead => Files;

    /// <summary>Opens it. Lists files and reads headers and labels, but no sample yet.</summary>
    IDataLoader Open();

    /// <summary>Adds what samples depend on: settings and the contents of files, with relative names only. Reads every file.</summary>
    void Identify(FingerprintBuilder fingerprint);
}
