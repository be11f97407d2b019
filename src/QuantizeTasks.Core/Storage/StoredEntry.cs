namespace QuantizeTasks.Storage;

/// <summary>An entry of a store on its way elsewhere.</summary>
/// <param name="Key">64 lower-case hexadecimal digits.</param>
/// <param name="Kind">What was computed.</param>
/// <param name="Value">The payload, verified.</param>
internal sealed record StoredEntry(string Key, string Kind, byte[] Value);

/// <summary>What reading an entry gave: the entry, or why there is none.</summary>
/// <param name="Entry">Null when it was refused.</param>
/// <param name="Problem">Why, as a sentence; null when it was not.</param>
internal sealed record EntryReading(StoredEntry? Entry, string? Problem)
{
    public static EntryReading Of(StoredEntry entry) => new(entry, null);

    public static EntryReading Refused(string problem) => new(null, problem);
}
