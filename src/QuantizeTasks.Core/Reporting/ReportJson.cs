using System.Text.Encodings.Web;
using System.Text.Json;

namespace QuantizeTasks.Reporting;

/// <summary>
/// The JSON form of a run, for <c>report.json</c> and the tool's <c>--json</c>: camelCase names, camelCase words for enums, seconds per stage as one
/// object in the order of the stages. A number that is not finite becomes null, since JSON has no word for it.
/// </summary>
public static class ReportJson
{
    /// <summary>The document as UTF-8 text without a byte order mark, ending in a line break.</summary>
    public static byte[] Serialize(RunReport report)
    {
        using var stream = new MemoryStream();
        // Paths and names stay readable; nothing of this is ever put into HTML.
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            WriteReport(json, report);
        stream.WriteByte((byte)'\n');
        return stream.ToArray();
    }

    private static void WriteReport(Utf8JsonWriter json, RunReport report)
    {
        json.WriteStartObject();
        json.WriteNumber("schemaVersion", report.SchemaVersion);
        json.WriteString("status", CamelCase(report.Status));
        json.WriteString("manifest", report.Manifest);
        WriteModel(json, report.Model);
        WriteOutput(json, report.Output);
        WriteArray(json, "metrics", report.Metrics, WriteMetric);
        WriteLayers(json, report.Layers);
        json.WriteNumber("iterations", report.Iterations);
        json.WriteStartObject("evaluations");
        json.WriteNumber("configurations", report.Evaluations.Configurations);
        json.WriteNumber("samples", report.Evaluations.Samples);
        json.WriteNumber("fromCache", report.Evaluations.FromCache);
        json.WriteEndObject();
        WriteLatency(json, report.Latency);
        json.WriteStartObject("runtime");
        json.WriteString("package", report.Runtime.Package);
        json.WriteString("version", report.Runtime.Version);
        json.WriteString("isa", report.Runtime.Isa);
        json.WriteEndObject();
        json.WriteStartObject("timings");
        foreach (var (stage, seconds) in Stages.Total(report.Timings))
            WriteNumber(json, stage, seconds);
        json.WriteEndObject();
        WriteArray(json, "search", report.Search.IsDefault ? [] : report.Search, WriteIteration);
        json.WriteString("report", report.Report);
        json.WriteString("bestSoFar", report.BestSoFar);
        json.WriteEndObject();
    }

    private static void WriteModel(Utf8JsonWriter json, ModelRecord model)
    {
        json.WriteStartObject("model");
        json.WriteString("path", model.Path);
        json.WriteString("sha256", model.Sha256);
        json.WriteNumber("opset", model.Opset);
        json.WriteNumber("bytes", model.Bytes);
        json.WriteEndObject();
    }

    private static void WriteOutput(Utf8JsonWriter json, OutputRecord? output)
    {
        if (output is null)
        {
            json.WriteNull("output");
            return;
        }
        json.WriteStartObject("output");
        json.WriteString("path", output.Path);
        json.WriteString("sha256", output.Sha256);
        json.WriteNumber("bytes", output.Bytes);
        json.WriteEndObject();
    }

    private static void WriteMetric(Utf8JsonWriter json, MetricRecord metric)
    {
        json.WriteStartObject();
        json.WriteString("name", metric.Name);
        json.WriteBoolean("higherIsBetter", metric.HigherIsBetter);
        WriteNumber(json, "baseline", metric.Baseline);
        WriteNumber(json, "quantized", metric.Quantized);
        WriteNumber(json, "fullyQuantized", metric.FullyQuantized);
        WriteNumber(json, "drop", metric.Drop);
        WriteNumber(json, "budget", metric.Budget);
        json.WriteString("dropType", metric.DropType);
        json.WriteBoolean("withinBudget", metric.WithinBudget);
        json.WriteNumber("samples", metric.Samples);
        json.WriteEndObject();
    }

    private static void WriteLayers(Utf8JsonWriter json, LayerRecord layers)
    {
        json.WriteStartObject("layers");
        json.WriteNumber("quantizable", layers.Quantizable);
        json.WriteNumber("quantized", layers.Quantized);
        WriteArray(json, "reverted", layers.Reverted, static (j, name) => j.WriteStringValue(name));
        WriteArray(json, "details", layers.Details.IsDefault ? [] : layers.Details, static (j, layer) =>
        {
            j.WriteStartObject();
            j.WriteString("name", layer.Name);
            j.WriteString("opType", layer.OpType);
            j.WriteString("decision", layer.Decision);
            j.WriteString("group", layer.Group);
            if (layer.Rank is { } rank)
                j.WriteNumber("rank", rank);
            else
                j.WriteNull("rank");
            WriteNumber(j, "score", layer.Score);
            j.WriteString("reason", layer.Reason);
            j.WriteEndObject();
        });
        json.WriteEndObject();
    }

    private static void WriteLatency(Utf8JsonWriter json, LatencyRecord? latency)
    {
        if (latency is null)
        {
            json.WriteNull("latency");
            return;
        }
        json.WriteStartObject("latency");
        WriteNumber(json, "floatMs", latency.FloatMs);
        WriteNumber(json, "int8Ms", latency.Int8Ms);
        WriteNumber(json, "ratio", latency.Ratio);
        json.WriteNumber("threads", latency.Threads);
        json.WriteEndObject();
    }

    private static void WriteIteration(Utf8JsonWriter json, IterationRecord iteration)
    {
        json.WriteStartObject();
        json.WriteNumber("index", iteration.Index);
        json.WriteString("action", iteration.Action);
        WriteArray(json, "reverted", iteration.Reverted, static (j, name) => j.WriteStringValue(name));
        WriteArray(json, "drops", iteration.Drops, static (j, drop) => WriteNumber(j, drop));
        json.WriteBoolean("kept", iteration.Kept);
        json.WriteEndObject();
    }

    private static void WriteArray<T>(Utf8JsonWriter json, string name, IEnumerable<T> items, Action<Utf8JsonWriter, T> write)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
            write(json, item);
        json.WriteEndArray();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double? value)
    {
        json.WritePropertyName(name);
        WriteNumber(json, value);
    }

    private static void WriteNumber(Utf8JsonWriter json, double? value)
    {
        if (value is { } number && double.IsFinite(number))
            json.WriteNumberValue(number);
        else
            json.WriteNullValue();
    }

    private static string CamelCase(RunStatus status) => JsonNamingPolicy.CamelCase.ConvertName(status.ToString());
}
