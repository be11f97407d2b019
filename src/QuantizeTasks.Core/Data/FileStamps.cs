namespace QuantizeTasks.Data;

/// <summary>Sizes and times of files: what tells cheaply whether somebody wrote them.</summary>
/// <param name="files">Absolute paths.</param>
internal sealed class FileStamps(IReadOnlyList<string> files)
{
    /// <summary>Coarser than any file system's clock: FAT counts in steps of two seconds.</summary>
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(2);

    private readonly (long Length, DateTime Written)[] _stamps = [.. files.Select(Of)];

    /// <summary>Whether the files have the same stamps now. A file that was written meanwhile has another one, whatever is in it now.</summary>
    public bool AreStill() => files.Select(Of).SequenceEqual(_stamps);

    /// <summary>Whether a file that is written after a moment gets another time than it has.</summary>
    public bool TellOfWritesAfter(DateTime moment) => _stamps.All(s => s.Written < moment - Tick);

    private static (long Length, DateTime Written) Of(string path)
    {
        try
        {
            var file = new FileInfo(path);
            // A link's own time says nothing of the file behind it.
            if (file.Exists && file.Attributes.HasFlag(FileAttributes.ReparsePoint) && file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target)
                file = target;
            return file.Exists ? (file.Length, file.LastWriteTimeUtc) : (-1, default);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (-1, default);
        }
    }
}
