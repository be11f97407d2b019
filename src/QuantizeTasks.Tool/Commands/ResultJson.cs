using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace QuantizeTasks.Tool.Commands;

/// <summary>The JSON documents of <c>evaluate</c> and <c>inspect</c>.</summary>
internal static class ResultJson
{
    private static readonly JsonWriterOptions Options = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(EvaluationReport report) => Document(json =>
    {
        WriteModel(json, report.Model, report.Sha256, null);
        json.WriteStartArray("metrics");
        foreach (var metric in report.Metrics)
        {
            json.WriteStartObject();
            json.WriteString("name", metric.Name);
            json.WriteBoolean("higherIsBetter", metric.HigherIsBetter);
            // JSON has no word for what is not finite.
            if (double.IsFinite(metric.Value))
                json.WriteNumber("value", metric.Value);
            else
                json.WriteNull("value");
            json.WriteNumber("samples", metric.Samples);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartObject("evaluations");
        json.WriteNumber("configurations", report.Evaluations.Configurations);
        json.WriteNumber("samples", report.Evaluations.Samples);
        json.WriteNumber("fromCache", report.Evaluations.FromCache);
        json.WriteEndObject();
        json.WriteStartObject("runtime");
        json.WriteString("package", report.Runtime.Package);
        json.WriteString("version", report.Runtime.Version);
        json.WriteString("isa", report.Runtime.Isa);
        json.WriteEndObject();
        json.WriteStartArray("saturation");
        foreach (var layer in report.Saturation)
        {
            json.WriteStartObject();
            json.WriteString("layer", layer.Layer);
            json.WriteNumber("riskyWeightPairs", layer.RiskyWeightPairs);
            json.WriteNumber("weightPairs", layer.WeightPairs);
            json.WriteNumber("pairs", layer.Pairs);
            json.WriteNumber("saturated", layer.Saturated);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    public static string Of(InspectionReport report) => Document(json =>
    {
        WriteModel(json, report.Model, report.Sha256, report.Opset);
        json.WriteStartArray("operators");
        foreach (var node in report.Operators)
        {
            json.WriteStartObject();
            json.WriteString("name", node.Name);
            json.WriteString("opType", node.OpType);
            json.WriteString("decision", node.Decision);
            json.WriteString("group", node.Group);
            json.WriteString("reason", node.Reason);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    private static void WriteModel(Utf8JsonWriter json, string path, string sha256, long? opset)
    {
        json.WriteStartObject("model");
        json.WriteString("path", path);
        json.WriteString("sha256", sha256);
        if (opset is { } version)
            json.WriteNumber("opset", version);
        json.WriteEndObject();
    }

    private static string Document(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteNumber("schemaVersion", 1);
            write(json);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray()) + "\n";
    }
}
