using System.Globalization;
using System.Text;
using System.Text.Json;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Reporting;

/// <summary>The ranking as files beside the report, for spreadsheets and for programs. Written after every ranking, so that an interrupted search leaves the last one.</summary>
public static class RankingFiles
{
    /// <summary>The file for spreadsheets: RFC 4180 with a header.</summary>
    public const string CsvName = "ranking.csv";

    /// <summary>The file for programs.</summary>
    public const string JsonName = "ranking.json";

    /// <summary>Writes both files into a folder, which is made if need be; each is whole or the old one.</summary>
    public static void Write(IReadOnlyList<RankingRecord> ranking, string directory)
    {
        AtomicFile.Write(Path.Combine(directory, CsvName), Encoding.UTF8.GetBytes(Csv(ranking)));
        AtomicFile.Write(Path.Combine(directory, JsonName), JsonText.Document(json =>
        {
            json.WriteStartObject();
            json.WriteNumber("schemaVersion", 1);
            WriteTo(json, ranking);
            json.WriteEndObject();
        }));
    }

    /// <summary>Writes the member <c>ranking</c> of a JSON object.</summary>
    public static void WriteTo(Utf8JsonWriter json, IEnumerable<RankingRecord> ranking) => json.WriteArray("ranking", ranking, SearchJson.WriteRanked);

    /// <summary>Removes what an earlier run left.</summary>
    public static void Delete(string directory)
    {
        TemporaryFile.TryDelete(Path.Combine(directory, CsvName));
        TemporaryFile.TryDelete(Path.Combine(directory, JsonName));
    }

    /// <summary>A ranking as RFC 4180 has it, with a header.</summary>
    public static string Csv(IEnumerable<RankingRecord> ranking)
    {
        var text = new StringBuilder("rank,group,state,score,samples,regained,speed_share,layers\r\n");
        foreach (var r in ranking)
            text.AppendJoin(',', Number(r.Rank), Field(r.Group), Field(r.State), Number(r.Score), Number(r.Samples), r.Regained is { } regained ? Number(regained) : "", Number(r.SpeedShare), Field(string.Join(' ', r.Layers))).Append("\r\n");
        return text.ToString();
    }

    /// <summary>A name that a spreadsheet would take for a formula is not let through as one.</summary>
    private static string Field(string text)
    {
        if (text.Length > 0 && "=+-@\t\r".Contains(text[0], StringComparison.Ordinal))
            text = "'" + text;
        return text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
