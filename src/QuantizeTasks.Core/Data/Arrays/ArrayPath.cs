using Microsoft.Win32.SafeHandles;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Data;

/// <summary><c>file.npy</c>, or <c>file.npz#member</c>.</summary>
/// <param name="File">The file on disk.</param>
/// <param name="IsArchive">Whether it is an npz, which is a zip of npy files.</param>
/// <param name="Member">The array in the archive; null for its only one.</param>
internal sealed record ArrayPath(string File, bool IsArchive, string? Member)
{
    public static ArrayPath Parse(string path)
    {
        var hash = path.LastIndexOf(".npz#", StringComparison.OrdinalIgnoreCase);
        return hash >= 0
            ? new ArrayPath(path[..(hash + 4)], true, path[(hash + 5)..])
            : new ArrayPath(path, path.EndsWith(".npz", StringComparison.OrdinalIgnoreCase), null);
    }

    /// <summary>A readable file that starts with the npy header.</summary>
    public SafeFileHandle OpenFile(SourcePosition position)
    {
        if (!System.IO.File.Exists(File))
            throw new QuantizeException(DiagnosticCodes.DataNotFound, $"There is no file '{File}'.", position);
        try
        {
            return IsArchive ? NpzMember.Extract(File, Member) : System.IO.File.OpenHandle(File, options: FileOptions.RandomAccess);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"'{File}' cannot be opened: {e.Message}", position, e);
        }
    }
}
