using System.Text.Json;

namespace QuantizeTasks.Reporting;

/// <summary>The form of a <see cref="SearchRecord"/> in JSON.</summary>
internal static class SearchJson
{
    public static void WriteSearch(this Utf8JsonWriter json, string name, SearchRecord? search)
    {
        if (search is null)
        {
            json.WriteNull(name);
            return;
        }
        json.WriteStartObject(name);
        json.WriteString("strategy", search.Strategy);
        json.WriteString("end", search.End);
        json.WriteStartObject("effort");
        json.WriteNumber("sessions", search.Effort.Sessions);
        json.WriteNumber("samples", search.Effort.Samples);
        json.WriteOptionalNumber("seconds", search.Effort.Seconds);
        json.WriteOptionalNumber("estimatedSeconds", search.Effort.EstimatedSeconds);
        json.WriteNumber("exhaustiveSessions", search.Effort.ExhaustiveSessions);
        json.WriteNumber("exhaustiveSamples", search.Effort.ExhaustiveSamples);
        json.WriteEndObject();
        json.WriteArray("changed", search.Changed, WriteChanged);
        json.WriteArray("ranking", search.Ranking, WriteRanked);
        json.WriteArray("frontier", search.Frontier, static (j, point) =>
        {
            j.WriteStartObject();
            j.WriteNumber("step", point.Step);
            j.WriteNumber("layersInFloat", point.LayersInFloat);
            j.WriteArray("drops", point.Drops, static (inner, drop) => inner.WriteOptionalNumberValue(drop));
            j.WriteOptionalNumber("speedKept", point.SpeedKept);
            j.WriteEndObject();
        });
        json.WriteArray("nextSteps", search.NextSteps, static (j, step) => j.WriteStringValue(step));
        json.WriteEndObject();
    }

    public static void WriteRanked(Utf8JsonWriter json, RankingRecord ranked)
    {
        json.WriteStartObject();
        json.WriteNumber("rank", ranked.Rank);
        json.WriteString("group", ranked.Group);
        json.WriteArray("layers", ranked.Layers, static (j, layer) => j.WriteStringValue(layer));
        json.WriteOptionalNumber("score", ranked.Score);
        json.WriteNumber("samples", ranked.Samples);
        json.WriteOptionalNumber("regained", ranked.Regained);
        json.WriteOptionalNumber("speedShare", ranked.SpeedShare);
        json.WriteString("state", ranked.State);
        json.WriteEndObject();
    }

    private static void WriteChanged(Utf8JsonWriter json, ChangedGroupRecord changed)
    {
        json.WriteStartObject();
        json.WriteString("group", changed.Group);
        json.WriteArray("layers", changed.Layers, static (j, layer) => j.WriteStringValue(layer));
        json.WriteString("state", changed.State);
        json.WriteOptionalNumber("bought", changed.Bought);
        json.WriteBoolean("isAtLeast", changed.IsAtLeast);
        json.WriteOptionalNumber("samplesBetter", changed.SamplesBetter);
        json.WriteOptionalNumber("samplesWorse", changed.SamplesWorse);
        json.WriteString("why", changed.Why);
        json.WriteEndObject();
    }
}
