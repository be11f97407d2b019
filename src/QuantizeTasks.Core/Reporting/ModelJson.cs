using System.Collections.Immutable;
using System.Text.Json;

namespace QuantizeTasks.Reporting;

/// <summary>The form in JSON of what a report says of the model's tensors and operators.</summary>
internal static class ModelJson
{
    public static void WriteRanges(this Utf8JsonWriter json, RangesRecord? ranges)
    {
        if (ranges is null)
        {
            json.WriteNull("ranges");
            return;
        }
        json.WriteStartObject("ranges");
        json.WriteString("preset", ranges.Preset);
        json.WriteString("estimator", ranges.Estimator);
        json.WriteBoolean("isAutomatic", ranges.IsAutomatic);
        json.WriteArray("trials", ranges.Trials, static (j, trial) =>
        {
            j.WriteStartObject();
            j.WriteString("preset", trial.Preset);
            j.WriteString("estimator", trial.Estimator);
            j.WriteNumber("samples", trial.Samples);
            j.WriteOptionalNumber("error", trial.Error);
            j.WriteEndObject();
        });
        json.WriteEndObject();
    }

    public static void WriteTensors(this Utf8JsonWriter json, ImmutableArray<TensorRecord> tensors) => json.WriteArray("tensors", tensors, static (j, tensor) =>
    {
        j.WriteStartObject();
        j.WriteString("name", tensor.Name);
        j.WriteString("type", tensor.Type);
        j.WriteNumber("scale", tensor.Scale);
        j.WriteNumber("zeroPoint", tensor.ZeroPoint);
        j.WriteNumber("low", tensor.Low);
        j.WriteNumber("high", tensor.High);
        if (tensor.Values is { } values)
        {
            j.WriteStartObject("values");
            j.WriteOptionalNumber("minimum", values.Minimum);
            j.WriteOptionalNumber("maximum", values.Maximum);
            j.WriteOptionalNumber("zeros", values.Zeros);
            j.WriteOptionalNumber("clipped", values.Clipped);
            j.WriteArray("counts", values.Counts, static (inner, count) => inner.WriteNumberValue(count));
            j.WriteEndObject();
        }
        else
        {
            j.WriteNull("values");
        }
        j.WriteEndObject();
    });

    public static void WriteNetwork(this Utf8JsonWriter json, ImmutableArray<NetworkNode> network) => json.WriteArray("network", network, static (j, node) =>
    {
        j.WriteStartObject();
        j.WriteString("name", node.Name);
        j.WriteString("opType", node.OpType);
        j.WriteString("state", node.State);
        j.WriteArray("inputs", node.Inputs, static (inner, index) => inner.WriteNumberValue(index));
        j.WriteEndObject();
    });
}
