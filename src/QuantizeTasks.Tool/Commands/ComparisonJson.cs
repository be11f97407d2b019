using System.Text.Json;
using QuantizeTasks.Comparison;

namespace QuantizeTasks.Tool.Commands;

/// <summary>What <c>compare --json</c> prints.</summary>
internal static class ComparisonJson
{
    public static string Of(ComparisonReport report) => ResultJson.Document(json =>
    {
        Write(json, "first", report.First);
        Write(json, "second", report.Second);
        json.WriteNumber("samples", report.Samples);
        json.WriteStartArray("outputs");
        foreach (var output in report.Outputs)
        {
            json.WriteStartObject();
            json.WriteString("name", output.Name);
            json.WriteString("secondName", output.SecondName);
            json.WriteBoolean("equal", double.IsPositiveInfinity(output.SignalToNoise));
            ResultJson.WriteNumber(json, "sqnrDecibels", output.SignalToNoise);
            ResultJson.WriteNumber(json, "cosine", output.Cosine);
            ResultJson.WriteNumber(json, "largestDifference", output.LargestDifference);
            ResultJson.WriteNumber(json, "agreement", output.Agreement);
            json.WriteNumber("predictions", output.Predictions);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("metrics");
        foreach (var metric in report.Metrics)
        {
            json.WriteStartObject();
            json.WriteString("name", metric.Name);
            json.WriteBoolean("higherIsBetter", metric.HigherIsBetter);
            ResultJson.WriteNumber(json, "first", metric.First);
            ResultJson.WriteNumber(json, "second", metric.Second);
            json.WriteNumber("samples", metric.Samples);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        if (report.Runtime is { } runtime)
            ResultJson.WriteRuntime(json, runtime);
        else
            json.WriteNull("runtime");
    });

    private static void Write(Utf8JsonWriter json, string name, ModelStructure model)
    {
        json.WriteStartObject(name);
        json.WriteString("path", model.Path);
        json.WriteString("sha256", model.Sha256);
        json.WriteNumber("bytes", model.Bytes);
        json.WriteNumber("opset", model.Opset);
        json.WriteString("producer", model.Producer);
        Write(json, "inputs", model.Inputs);
        Write(json, "outputs", model.Outputs);
        json.WriteStartObject("operators");
        foreach (var (type, count) in model.Operators)
            json.WriteNumber(type, count);
        json.WriteEndObject();
        json.WriteStartObject("stored");
        foreach (var (type, stored) in model.Stored)
        {
            json.WriteStartObject(type);
            json.WriteNumber("tensors", stored.Tensors);
            json.WriteNumber("elements", stored.Elements);
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, IEnumerable<ModelTensor> tensors)
    {
        json.WriteStartArray(name);
        foreach (var tensor in tensors)
        {
            json.WriteStartObject();
            json.WriteString("name", tensor.Name);
            json.WriteString("type", tensor.Type);
            json.WriteStartArray("shape");
            foreach (var extent in tensor.Shape)
                json.WriteStringValue(extent);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
