using System.Text;
using Microsoft.Win32.SafeHandles;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Data;

/// <summary>
/// A text file whose rows are read at random. One pass notes where each row starts (20 bytes a row); the rows themselves stay on disk, so memory does not grow with what is in them. Blank rows do not count. Reads may be concurrent.
/// </summary>
internal sealed class RowFile
{
    /// <summary>No row is longer: 64 MB.</summary>
    private const int LongestRow = 64 << 20;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly SafeFileHandle _file;
    private readonly List<(long Start, int Length)> _rows = [];
    private readonly List<int> _lines = [];

    private RowFile(string path, SafeFileHandle file, bool quotes)
    {
        (Path, _file) = (path, file);
        Scan(quotes);
    }

    public string Path { get; }

    public int Count => _lines.Count;

    /// <summary>Opens a file and finds its rows.</summary>
    /// <param name="path">The file.</param>
    /// <param name="quotes">Whether a line break between quotes belongs to the row, as in csv.</param>
    /// <param name="position">Where the manifest names it.</param>
    public static RowFile Open(string path, bool quotes, SourcePosition position)
    {
        if (!File.Exists(path))
            throw new QuantizeException(DiagnosticCodes.DataNotFound, $"There is no file '{path}'.", position);
        try
        {
            return new RowFile(path, File.OpenHandle(path, options: FileOptions.RandomAccess), quotes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"'{path}' cannot be read: {e.Message}", position, e);
        }
    }

    /// <summary>Where row <paramref name="index"/> starts.</summary>
    public SourcePosition Position(int index) => new(Path, _lines[index], 1);

    /// <summary>The text of row <paramref name="index"/> without its line break.</summary>
    public string Read(int index)
    {
        var (start, length) = _rows[index];
        var bytes = new byte[length];
        try
        {
            if (RandomAccess.Read(_file, bytes, start) != length)
                throw new QuantizeException(DiagnosticCodes.DataUnreadable, "The file was changed while it was read.", Position(index));
            return Strict.GetString(bytes).TrimEnd('\r', '\n');
        }
        catch (DecoderFallbackException e)
        {
            throw new QuantizeException(DiagnosticCodes.DataUnreadable, "The row is not valid UTF-8 text. Save the file as UTF-8.", Position(index), e);
        }
        catch (IOException e)
        {
            throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"The file cannot be read: {e.Message}", Position(index), e);
        }
    }

    private void Scan(bool quotes)
    {
        var buffer = new byte[1 << 16];
        var (offset, start, line, startLine) = (0L, 0L, 1, 1);
        var (isOpen, isBlank) = (false, true);
        for (int read; (read = RandomAccess.Read(_file, buffer, offset)) > 0; offset += read)
        {
            for (var i = 0; i < read; i++)
            {
                var b = buffer[i];
                // The byte order mark is no part of the first row.
                if (offset + i < 3 && start == offset + i && b == Encoding.UTF8.Preamble[(int)start] && isBlank)
                {
                    start++;
                    continue;
                }
                isOpen ^= quotes && b == '"';
                isBlank &= b is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n';
                if (b != '\n')
                    continue;
                line++;
                if (isOpen && offset + i - start < LongestRow)
                    continue;
                End(start, offset + i + 1, startLine, isBlank, isOpen);
                (start, startLine, isBlank) = (offset + i + 1, line, true);
            }
        }
        End(start, offset, startLine, isBlank, isOpen);
        _rows.TrimExcess();
        _lines.TrimExcess();
    }

    private void End(long start, long end, int line, bool isBlank, bool isOpen)
    {
        if (isOpen)
            throw new QuantizeException(DiagnosticCodes.DataUnreadable, "A quote is not closed.", new SourcePosition(Path, line, 1));
        if (end - start > LongestRow)
            throw new QuantizeException(DiagnosticCodes.DataUnreadable, $"The row is longer than {LongestRow} bytes.", new SourcePosition(Path, line, 1));
        if (isBlank)
            return;
        _rows.Add((start, (int)(end - start)));
        _lines.Add(line);
    }
}
