using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Data;

/// <summary>
/// Tells whether data is still what it was when the watch began. Times and sizes of files say so often and cheaply, and notice also a file that was written and put back; the contents notice
/// one whose time was put back.
/// </summary>
internal sealed class DataWatch
{
    private readonly Lock _gate = new();
    private readonly Func<string> _identify;
    private readonly FileStamps _stamps;
    private DateTime _read = DateTime.UtcNow;
    private bool _hasChanged;

    /// <summary>Begins, and reads all of the data for its identity.</summary>
    /// <param name="files">Absolute paths of what it is in.</param>
    /// <param name="identify">Identifies it by its contents.</param>
    /// <exception cref="QuantizeException">The data cannot be read.</exception>
    public DataWatch(IReadOnlyList<string> files, Func<string> identify)
    {
        // Before the contents: what is written between the two has another time.
        (_stamps, _identify) = (new FileStamps(files), identify);
        Identity = identify();
    }

    /// <summary>Identifies the data as it was when the watch began.</summary>
    public string Identity { get; }

    /// <summary>Whether nobody wrote the files, as far as times and sizes tell. Reads the contents only of files so new that they do not.</summary>
    public bool LooksUnchanged() => IsUnchanged(readsAlways: false);

    /// <summary>Whether nobody wrote the files, and their contents are the same. Reads all of them.</summary>
    public bool IsUnchanged() => IsUnchanged(readsAlways: true);

    private bool IsUnchanged(bool readsAlways)
    {
        lock (_gate)
        {
            if (_hasChanged || !_stamps.AreStill())
                return !(_hasChanged = true);
            if (!readsAlways && _stamps.TellOfWritesAfter(_read))
                return true;
            var now = DateTime.UtcNow;
            if (!IsEqual())
                return !(_hasChanged = true);
            _read = now;
            return true;
        }
    }

    private bool IsEqual()
    {
        try
        {
            return _identify() == Identity;
        }
        catch (QuantizeException)
        {
            return false;
        }
    }
}
