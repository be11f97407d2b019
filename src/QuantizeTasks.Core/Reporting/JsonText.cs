using System.Text.Encodings.Web;
using System.Text.Json;

namespace QuantizeTasks.Reporting;

/// <summary>How records are written as JSON: camelCase, two spaces, line feeds, and null for a number that is not finite, since JSON has no word for it.</summary>
internal static class JsonText
{
    // Paths and names stay readable; nothing of this is ever put into HTML.
    private static readonly JsonWriterOptions Options = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A document as UTF-8 text without a byte order mark, ending in a line break.</summary>
    public static byte[] Document(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Options))
            write(json);
        stream.WriteByte((byte)'\n');
        return stream.ToArray();
    }

    public static void WriteModel(this Utf8JsonWriter json, ModelRecord model)
    {
        json.WriteStartObject("model");
        json.WriteString("path", model.Path);
        json.WriteString("sha256", model.Sha256);
        json.WriteNumber("opset", model.Opset);
        json.WriteNumber("bytes", model.Bytes);
        json.WriteEndObject();
    }

    public static void WriteRuntime(this Utf8JsonWriter json, RuntimeRecord runtime)
    {
        json.WriteStartObject("runtime");
        json.WriteString("package", runtime.Package);
        json.WriteString("version", runtime.Version);
        json.WriteString("isa", runtime.Isa);
        if (runtime.Origin.Length > 0)
            json.WriteString("origin", runtime.Origin);
        json.WriteEndObject();
    }

    public static void WriteSaturation(this Utf8JsonWriter json, SaturationRecord layer)
    {
        json.WriteStartObject();
        json.WriteString("layer", layer.Layer);
        json.WriteNumber("riskyWeightPairs", layer.RiskyWeightPairs);
        json.WriteNumber("weightPairs", layer.WeightPairs);
        json.WriteNumber("pairs", layer.Pairs);
        json.WriteNumber("saturated", layer.Saturated);
        json.WriteEndObject();
    }

    public static void WriteArray<T>(this Utf8JsonWriter json, string name, IEnumerable<T> items, Action<Utf8JsonWriter, T> write)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
            write(json, item);
        json.WriteEndArray();
    }

    public static void WriteOptionalNumber(this Utf8JsonWriter json, string name, double? value)
    {
        json.WritePropertyName(name);
        json.WriteOptionalNumberValue(value);
    }

    public static void WriteOptionalNumberValue(this Utf8JsonWriter json, double? value)
    {
        if (value is { } number && double.IsFinite(number))
            json.WriteNumberValue(number);
        else
            json.WriteNullValue();
    }
}
