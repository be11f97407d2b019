using System.Text.Json;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Reporting;

/// <summary>
/// The JSON form of a run, for <c>report.json</c> and the tool's <c>--json</c>: camelCase names, camelCase words for enums, seconds per stage as one
/// object in the order of the stages. A number that is not finite becomes null, since JSON has no word for it.
/// </summary>
public static class ReportJson
{
    /// <summary>The document as UTF-8 text without a byte order mark, ending in a line break.</summary>
    public static byte[] Serialize(RunReport report) => JsonText.Document(json => WriteReport(json, report));

    private static void WriteReport(Utf8JsonWriter json, RunReport report)
    {
        json.WriteStartObject();
        json.WriteNumber("schemaVersion", report.SchemaVersion);
        json.WriteString("status", CamelCase(report.Status));
        json.WriteString("manifest", report.Manifest);
        json.WriteModel(report.Model);
        WriteOutput(json, report.Output);
        json.WriteArray("metrics", report.Metrics, WriteMetric);
        if (!report.SearchMetrics.IsEmpty)
            json.WriteArray("searchMetrics", report.SearchMetrics, WriteMetric);
        if (!report.Limits.IsEmpty)
            json.WriteArray("limits", report.Limits, WriteLimit);
        if (!report.Warnings.IsDefaultOrEmpty)
            json.WriteArray("warnings", report.Warnings, WriteWarning);
        WriteLayers(json, report.Layers);
        WriteSelection(json, report.Selection);
        json.WriteRanges(report.Ranges);
        json.WriteTensors(report.Tensors);
        json.WriteNetwork(report.Network);
        json.WriteNumber("iterations", report.Iterations);
        json.WriteStartObject("evaluations");
        json.WriteNumber("configurations", report.Evaluations.Configurations);
        json.WriteNumber("samples", report.Evaluations.Samples);
        json.WriteNumber("fromCache", report.Evaluations.FromCache);
        json.WriteEndObject();
        WriteLock(json, report.Lock);
        WriteLatency(json, report.Latency);
        json.WriteRuntime(report.Runtime);
        json.WriteStartObject("timings");
        foreach (var (stage, seconds) in Stages.Total(report.Timings))
            json.WriteOptionalNumber(stage, seconds);
        json.WriteEndObject();
        json.WriteArray("saturation", report.Saturation.IsDefault ? [] : report.Saturation, static (j, layer) => j.WriteSaturation(layer));
        if (report.PseudoLabels is { } labels)
        {
            json.WriteStartObject("pseudoLabels");
            json.WriteNumber("kept", labels.Kept);
            json.WriteNumber("of", labels.Of);
            json.WriteNumber("threshold", labels.Threshold);
            json.WriteEndObject();
        }
        if (!report.Schemes.IsDefaultOrEmpty)
            json.WriteArray("schemes", report.Schemes, WriteScheme);
        json.WriteArray("search", report.Search.IsDefault ? [] : report.Search, WriteIteration);
        json.WriteSearch("searchDetails", report.SearchDetails);
        json.WriteString("report", report.Report);
        json.WriteString("bestSoFar", report.BestSoFar);
        json.WriteEndObject();
    }

    private static void WriteScheme(Utf8JsonWriter json, SchemeRecord scheme)
    {
        json.WriteStartObject();
        json.WriteString("name", scheme.Name);
        json.WriteArray("values", scheme.Values, static (inner, value) => inner.WriteOptionalNumberValue(value));
        json.WriteNumber("samples", scheme.Samples);
        json.WriteBoolean("kept", scheme.Kept);
        json.WriteEndObject();
    }

    private static void WriteLock(Utf8JsonWriter json, LockRecord? record)
    {
        if (record is null)
            return;
        json.WriteStartObject("lock");
        json.WriteString("path", record.Path);
        json.WriteString("state", record.State);
        json.WriteArray("changes", record.Changes, static (j, change) => j.WriteStringValue(change));
        json.WriteEndObject();
    }

    private static void WriteWarning(Utf8JsonWriter json, Diagnostic warning)
    {
        json.WriteStartObject();
        json.WriteString("code", warning.Code);
        json.WriteString("message", warning.Message);
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
        if (!output.ExternalData.IsEmpty)
        {
            json.WriteStartArray("externalData");
            foreach (var file in output.ExternalData)
                json.WriteStringValue(file);
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    private static void WriteMetric(Utf8JsonWriter json, MetricRecord metric)
    {
        json.WriteStartObject();
        json.WriteString("name", metric.Name);
        json.WriteBoolean("higherIsBetter", metric.HigherIsBetter);
        json.WriteOptionalNumber("baseline", metric.Baseline);
        json.WriteOptionalNumber("quantized", metric.Quantized);
        json.WriteOptionalNumber("fullyQuantized", metric.FullyQuantized);
        json.WriteOptionalNumber("drop", metric.Drop);
        json.WriteOptionalNumber("budget", metric.Budget);
        json.WriteString("dropType", metric.DropType);
        json.WriteBoolean("withinBudget", metric.WithinBudget);
        json.WriteNumber("samples", metric.Samples);
        if (metric.Evidence is { } evidence)
        {
            json.WriteStartObject("evidence");
            json.WriteNumber("confidence", evidence.Confidence);
            json.WriteOptionalNumber("standardError", evidence.StandardError);
            json.WriteOptionalNumber("atMost", evidence.AtMost);
            json.WriteOptionalNumber("samplesNeeded", evidence.SamplesNeeded);
            json.WriteBoolean("isEnough", evidence.IsEnough);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static void WriteLimit(Utf8JsonWriter json, LimitRecord limit)
    {
        json.WriteStartObject();
        json.WriteString("name", limit.Name);
        json.WriteOptionalNumber("value", limit.Value);
        json.WriteNumber("bound", limit.Bound);
        json.WriteBoolean("withinBudget", limit.WithinBudget);
        json.WriteEndObject();
    }

    private static void WriteLayers(Utf8JsonWriter json, LayerRecord layers)
    {
        json.WriteStartObject("layers");
        json.WriteNumber("quantizable", layers.Quantizable);
        json.WriteNumber("quantized", layers.Quantized);
        json.WriteString("revertedTo", layers.RevertedTo);
        json.WriteArray("reverted", layers.Reverted, static (j, name) => j.WriteStringValue(name));
        json.WriteArray("details", layers.Details.IsDefault ? [] : layers.Details, static (j, layer) =>
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
            j.WriteOptionalNumber("score", layer.Score);
            j.WriteString("reason", layer.Reason);
            j.WriteOptionalNumber("floatUs", layer.FloatUs);
            j.WriteOptionalNumber("int8Us", layer.Int8Us);
            j.WriteString("input", layer.Input);
            j.WriteOptionalNumber("weightDecibels", layer.WeightDecibels);
            j.WriteOptionalNumber("localDecibels", layer.LocalDecibels);
            j.WriteOptionalNumber("accumulatedDecibels", layer.AccumulatedDecibels);
            j.WriteEndObject();
        });
        json.WriteNumber("errorSamples", layers.ErrorSamples);
        if (layers.NoErrors is { } why)
            json.WriteString("noErrors", why);
        json.WriteEndObject();
    }

    private static void WriteSelection(Utf8JsonWriter json, SelectionRecord? selection)
    {
        if (selection is null)
        {
            json.WriteNull("selection");
            return;
        }
        json.WriteStartObject("selection");
        json.WriteString("device", selection.Device);
        json.WriteString("prefer", selection.Prefer);
        json.WriteArray("int8", selection.Int8, static (j, name) => j.WriteStringValue(name));
        json.WriteOptionalNumber("predictedFloatUs", selection.PredictedFloatUs);
        json.WriteOptionalNumber("predictedInt8Us", selection.PredictedInt8Us);
        json.WriteOptionalNumber("measuredFloatMs", selection.MeasuredFloatMs);
        json.WriteOptionalNumber("measuredInt8Ms", selection.MeasuredInt8Ms);
        if (selection.SizeReason is { } reason)
            json.WriteString("sizeReason", reason);
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
        json.WriteOptionalNumber("floatMs", latency.FloatMs);
        json.WriteOptionalNumber("int8Ms", latency.Int8Ms);
        json.WriteOptionalNumber("ratio", latency.Ratio);
        json.WriteNumber("threads", latency.Threads);
        json.WriteEndObject();
    }

    private static void WriteIteration(Utf8JsonWriter json, IterationRecord iteration)
    {
        json.WriteStartObject();
        json.WriteNumber("index", iteration.Index);
        json.WriteString("action", iteration.Action);
        json.WriteArray("reverted", iteration.Reverted, static (j, name) => j.WriteStringValue(name));
        json.WriteArray("drops", iteration.Drops, static (j, drop) => j.WriteOptionalNumberValue(drop));
        json.WriteBoolean("kept", iteration.Kept);
        json.WriteBoolean("isBound", iteration.IsBound);
        json.WriteBoolean("isForecast", iteration.IsForecast);
        json.WriteEndObject();
    }

    private static string CamelCase(RunStatus status) => JsonNamingPolicy.CamelCase.ConvertName(status.ToString());
}
