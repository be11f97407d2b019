using System.Text.Json;

namespace QuantizeTasks.Tool.Commands;

/// <summary>The JSON documents of <c>cache</c>.</summary>
internal static class CacheJson
{
    public static string Of(CacheDescription cache, long limit) => ResultJson.Document(json =>
    {
        json.WriteString("directory", cache.Directory);
        json.WriteNumber("entries", cache.Entries);
        json.WriteNumber("bytes", cache.Bytes);
        if (limit == long.MaxValue)
            json.WriteNull("limit");
        else
            json.WriteNumber("limit", limit);
        json.WriteNumber("damaged", cache.Damaged);
        WriteTime(json, "oldest", cache.Oldest);
        WriteTime(json, "newest", cache.Newest);
        json.WriteStartArray("kinds");
        foreach (var kind in cache.Kinds)
        {
            json.WriteStartObject();
            json.WriteString("kind", kind.Name);
            json.WriteNumber("entries", kind.Entries);
            json.WriteNumber("bytes", kind.Bytes);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    public static string Of(IEnumerable<(string Name, long Number)> figures) => ResultJson.Document(json =>
    {
        foreach (var (name, number) in figures)
            json.WriteNumber(name, number);
    });

    private static void WriteTime(Utf8JsonWriter json, string name, DateTimeOffset? time)
    {
        if (time is { } moment)
            json.WriteString(name, moment.UtcDateTime);
        else
            json.WriteNull(name);
    }
}
