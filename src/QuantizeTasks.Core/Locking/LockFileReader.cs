using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Locking;

/// <summary>Reads a lock file. It comes from people's hands and from merges: what is not exactly as it should be is an error with its place.</summary>
internal static class LockFileReader
{
    /// <summary>Far above that of any model; what is larger is something else.</summary>
    private const long LargestFile = 64L << 20;

    /// <summary>What is in the file; null when there is none.</summary>
    /// <exception cref="QuantizeException">The file is damaged, of a later version, or of another manifest.</exception>
    public static LockFile? TryRead(string path, string manifest)
    {
        if (Directory.Exists(path))
            throw LockFileErrors.Damaged("it is a folder", new SourcePosition(path));
        byte[] text;
        try
        {
            if (!File.Exists(path))
                return null;
            if (new FileInfo(path).Length > LargestFile)
                throw LockFileErrors.Damaged("it is too large for a lock file", new SourcePosition(path));
            text = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw LockFileErrors.Damaged($"it cannot be read ({e.Message})", new SourcePosition(path));
        }
        var file = Parse(path, text);
        return file.Manifest == manifest ? file
            : throw LockFileErrors.Damaged($"it belongs to the manifest '{file.Manifest}', not to '{manifest}'. Give one of them another lock file (`--lock-file`, property QuantizeLockFile)", new SourcePosition(path, 1, 1));
    }

    internal static LockFile Parse(string path, ReadOnlySpan<byte> text)
    {
        var root = JsonTree.Parse(path, text);
        // The version first: a later one may have changed anything else.
        var version = root["schemaVersion"];
        if (version.WholeNumber > LockFile.SchemaVersion)
            throw LockFileErrors.Newer(version.WholeNumber, version.Position);
        if (version.WholeNumber < LockFile.SchemaVersion)
            throw LockFileErrors.Damaged($"there is no schemaVersion {version.WholeNumber}", version.Position);
        root.Only("schemaVersion", "manifest", "entries");
        var file = new LockFile(root["manifest"].Text, [.. root["entries"].Items.Select(Entry)]);
        var twice = root["entries"].Items.GroupBy(e => e["variant"].Text, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1);
        return twice is null ? file : throw LockFileErrors.Damaged($"there are two entries of the variant '{twice.Key}'", twice.Last().Position);
    }

    private static LockEntry Entry(JsonTree entry)
    {
        entry.Only("variant", "output", "decision", "inputs", "metrics");
        var output = entry["output"].Only("path", "sha256");
        return new LockEntry
        {
            Variant = entry["variant"].Text,
            Output = output["path"].Text,
            Sha256 = output["sha256"].LocatedText,
            Decision = Decision(entry["decision"]),
            Inputs = entry["inputs"].Members.ToImmutableSortedDictionary(m => m.Key, m => m.Value.LocatedText, StringComparer.Ordinal),
            Metrics = [.. entry["metrics"].Items.Select(Metric)],
        };
    }

    private static LockedDecision Decision(JsonTree decision)
    {
        decision.Only("settings", "groups", "int8", "preset", "estimator", "scales");
        return new LockedDecision(
            decision["settings"].Text, decision["groups"].Members.ToImmutableSortedDictionary(m => m.Key, m => m.Value.Text, StringComparer.Ordinal),
            [.. decision["int8"].Items.Select(i => i.Text)], decision["preset"].OptionalText, decision["estimator"].OptionalText, decision["scales"].Text);
    }

    private static LockedMetric Metric(JsonTree metric)
    {
        metric.Only("name", "float", "int8", "drop", "dropType", "budget", "samples");
        return new LockedMetric(metric["name"].Text, metric["float"].OptionalNumber, metric["int8"].OptionalNumber, metric["drop"].OptionalNumber,
            metric["dropType"].Text, metric["budget"].OptionalNumber, metric["samples"].WholeNumber);
    }
}
