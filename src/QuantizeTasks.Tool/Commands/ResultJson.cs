using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using QuantizeTasks.Inspection;
using QuantizeTasks.Reporting;

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
            WriteNumber(json, "value", metric.Value);
            json.WriteNumber("samples", metric.Samples);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartObject("evaluations");
        json.WriteNumber("configurations", report.Evaluations.Configurations);
        json.WriteNumber("samples", report.Evaluations.Samples);
        json.WriteNumber("fromCache", report.Evaluations.FromCache);
        json.WriteEndObject();
        WriteRuntime(json, report.Runtime);
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
        WriteRuntime(json, report.Runtime);
        json.WriteString("ranges", report.Samples > 0 ? "measured" : "placeholder");
        json.WriteNumber("samples", report.Samples);
        json.WriteStartArray("operators");
        foreach (var node in report.Operators)
        {
            json.WriteStartObject();
            json.WriteString("name", node.Name);
            json.WriteString("opType", node.OpType);
            json.WriteString("decision", node.Decision);
            json.WriteString("group", node.Group);
            json.WriteString("reason", node.Reason);
            json.WriteString("kernel", node.Kernel);
            WriteNumber(json, "weightDecibels", node.WeightDecibels);
            WriteNumber(json, "localDecibels", node.LocalDecibels);
            WriteNumber(json, "accumulatedDecibels", node.AccumulatedDecibels);
            WriteNumber(json, "saturatedShare", node.SaturatedShare);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        if (report.Latency is { } latency)
        {
            json.WriteStartObject("latency");
            WriteNumber(json, "floatMs", latency.FloatMs);
            WriteNumber(json, "int8Ms", latency.Int8Ms);
            WriteNumber(json, "ratio", latency.Ratio);
            json.WriteNumber("threads", latency.Threads);
            json.WriteEndObject();
        }
        else
            json.WriteNull("latency");
        json.WriteStartArray("warnings");
        foreach (var warning in report.Warnings)
        {
            json.WriteStartObject();
            json.WriteString("kind", warning.Kind);
            json.WriteString("operator", warning.Operator);
            json.WriteString("message", warning.Message);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    public static void WriteModel(Utf8JsonWriter json, string path, string sha256, long? opset)
    {
        json.WriteStartObject("model");
        json.WriteString("path", path);
        json.WriteString("sha256", sha256);
        if (opset is { } version)
            json.WriteNumber("opset", version);
        json.WriteEndObject();
    }

    public static void WriteRuntime(Utf8JsonWriter json, RuntimeRecord runtime)
    {
        json.WriteStartObject("runtime");
        json.WriteString("package", runtime.Package);
        json.WriteString("version", runtime.Version);
        json.WriteString("isa", runtime.Isa);
        if (runtime.Origin.Length > 0)
            json.WriteString("origin", runtime.Origin);
        json.WriteEndObject();
    }

    public static void WriteNumber(Utf8JsonWriter json, string name, double? value)
    {
        // JSON has no word for what is not finite.
        if (value is { } number && double.IsFinite(number))
            json.WriteNumber(name, number);
        else
            json.WriteNull(name);
    }

    public static string Document(Action<Utf8JsonWriter> write)
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
