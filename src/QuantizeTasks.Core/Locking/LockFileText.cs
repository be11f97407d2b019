using System.Text.Encodings.Web;
using System.Text.Json;

namespace QuantizeTasks.Locking;

/// <summary>The text of a lock file. Sorted, one value a line, so that a difference in source control says what changed and merges work line by line.</summary>
internal static class LockFileText
{
    private static readonly JsonWriterOptions Options = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>UTF-8 without a byte order mark, ending in a line break. The same entries give the same bytes.</summary>
    public static byte[] Of(LockFile file)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Options))
        {
            json.WriteStartObject();
            json.WriteNumber("schemaVersion", LockFile.SchemaVersion);
            json.WriteString("manifest", file.Manifest);
            json.WriteStartArray("entries");
            foreach (var entry in file.Entries)
                Write(json, entry);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        stream.WriteByte((byte)'\n');
        return stream.ToArray();
    }

    private static void Write(Utf8JsonWriter json, LockEntry entry)
    {
        json.WriteStartObject();
        json.WriteString("variant", entry.Variant);
        json.WriteStartObject("output");
        json.WriteString("path", entry.Output);
        json.WriteString("sha256", entry.Sha256.Value);
        json.WriteEndObject();
        Write(json, entry.Decision);
        WriteTexts(json, "inputs", entry.Inputs.Select(i => KeyValuePair.Create(i.Key, i.Value.Value)));
        json.WriteStartArray("metrics");
        foreach (var metric in entry.Metrics)
            Write(json, metric);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, LockedDecision decision)
    {
        json.WriteStartObject("decision");
        json.WriteString("settings", decision.Settings);
        WriteTexts(json, "groups", decision.Groups);
        json.WriteStartArray("int8");
        foreach (var name in decision.Int8)
            json.WriteStringValue(name);
        json.WriteEndArray();
        json.WriteString("preset", decision.Preset);
        json.WriteString("estimator", decision.Estimator);
        json.WriteString("scales", decision.Scales);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, LockedMetric metric)
    {
        json.WriteStartObject();
        json.WriteString("name", metric.Name);
        WriteNumber(json, "float", metric.Float);
        WriteNumber(json, "int8", metric.Int8);
        WriteNumber(json, "drop", metric.Drop);
        json.WriteString("dropType", metric.DropType);
        WriteNumber(json, "budget", metric.Budget);
        json.WriteNumber("samples", metric.Samples);
        json.WriteEndObject();
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<KeyValuePair<string, string>> texts)
    {
        json.WriteStartObject(name);
        foreach (var (key, text) in texts)
            json.WriteString(key, text);
        json.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number)
            json.WriteNumber(name, number);
        else
            json.WriteNull(name);
    }
}
