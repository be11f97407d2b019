using System.Text;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Locking;

/// <summary>Puts an entry into a lock file.</summary>
internal static class LockFileWriter
{
    /// <summary>
    /// Writes an entry in one step, in the place of the one of its variant. A file that says so already is left alone, line endings of a checkout included: it is an input of builds,
    /// and a file that is always new would make them run always.
    /// </summary>
    /// <param name="path">The lock file.</param>
    /// <param name="manifest">The manifest's file name.</param>
    /// <param name="entry">What to write.</param>
    /// <param name="expected">The entry that it takes the place of, as it was read; null when there was none.</param>
    /// <param name="time">The time that a written file gets; null for now.</param>
    /// <returns>Why the file is not written; null when it says what it should.</returns>
    public static Diagnostic? Write(string path, string manifest, LockEntry entry, LockEntry? expected, DateTime? time)
    {
        try
        {
            // Read again: runs of other variants may have written meanwhile.
            var old = File.Exists(path) ? File.ReadAllText(path, Encoding.UTF8) : null;
            var file = LockFileReader.TryRead(path, manifest) ?? new LockFile(manifest, []);
            if (!IsSame(file.Entries.FirstOrDefault(e => e.Variant == entry.Variant), expected))
                return NotWritten(path, "it was changed while the run was going on.");
            var text = LockFileText.Of(file.With(entry));
            if (old is not null && old.ReplaceLineEndings("\n").AsSpan().SequenceEqual(Encoding.UTF8.GetString(text)))
                return null;
            AtomicFile.Write(path, text);
            if (time is { } given)
                File.SetLastWriteTimeUtc(path, given);
            return null;
        }
        catch (QuantizeException e)
        {
            return NotWritten(path, e.Diagnostics[0].Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return NotWritten(path, e.Message);
        }
    }

    private static bool IsSame(LockEntry? a, LockEntry? b) =>
        a is null || b is null ? a is null && b is null : LockFileText.Of(new LockFile("", [a])).AsSpan().SequenceEqual(LockFileText.Of(new LockFile("", [b])));

    private static Diagnostic NotWritten(string path, string reason) => new(DiagnosticCodes.LockNotWritten, DiagnosticSeverity.Warning,
        $"The model is proven and published, but the decision could not be written down, so that the next build on a clean machine may decide otherwise: {reason} Make the folder writable, or say with `--lock-file none` (property QuantizeLockFile) that no lock file is wanted.", new SourcePosition(path));
}
