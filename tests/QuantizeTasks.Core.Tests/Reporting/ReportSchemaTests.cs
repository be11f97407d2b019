using System.Text.Json;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Reporting;
using QuantizeTasks.Tests.Pipeline;

namespace QuantizeTasks.Tests.Reporting;

/// <summary>docs/report.schema.json against what is really written. The few keywords that it uses are checked as JSON Schema 2020-12 defines them.</summary>
[TestClass]
public sealed class ReportSchemaTests
{
    private static readonly JsonElement Schema = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Repository.Root, "docs/report.schema.json"))).RootElement;

    [TestMethod]
    public void Schema_RealRun_Holds()
    {
        using var project = new PipelineProject();
        var report = project.Run(project.Manifest(maximalDrop: 0), measureLatency: true);
        Assert.IsNotNull(report.SearchDetails, "with a search in it");
        AssertHolds(File.ReadAllBytes(project.File("report", "report.json")));
    }

    [TestMethod]
    public void Schema_RecordsOfEveryKind_Holds()
    {
        foreach (var report in new[] { SampleReports.WithinBudget(), SampleReports.BudgetExceeded(), SampleReports.Gauge(), SampleReports.Hostile() with { Metrics = [], Status = RunStatus.NotGated } })
            AssertHolds(ReportJson.Serialize(report with { Layers = report.Layers with { Details = [.. report.Layers.Details.Where(d => d.Decision is "int8" or "float" or "skipped")] } }));
        AssertHolds(ReportJson.Serialize(SampleReports.WithinBudget() with { Ranges = null, Selection = null, Tensors = [], Network = [], SearchDetails = null, Latency = null, Search = [] }));
    }

    [TestMethod]
    [DataRow("\"withinBudget\"", "\"fine\"")]
    [DataRow("\"opset\": 13", "\"opset\": 13.5")]
    [DataRow("\"iterations\":", "\"steps\":")]
    [DataRow("\"withinBudget\": true", "\"withinBudget\": \"yes\"")]
    public void Schema_SomethingElse_DoesNotHold(string from, string to)
    {
        var json = System.Text.Encoding.UTF8.GetString(ReportJson.Serialize(SampleReports.WithinBudget()));
        StringAssert.Contains(json, from);
        using var changed = JsonDocument.Parse(json.Replace(from, to, StringComparison.Ordinal));
        Assert.IsNotEmpty(Problems(Schema, changed.RootElement, "$"));
    }

    [TestMethod]
    public void Schema_EveryMemberThatIsWritten_IsInIt()
    {
        using var json = JsonDocument.Parse(ReportJson.Serialize(SampleReports.WithinBudget() with { Warnings = [new Diagnostic(DiagnosticCodes.CalibrationTooSmall, DiagnosticSeverity.Warning, "few", null)] }));
        Assert.IsEmpty(Unknown(Schema, json.RootElement, "$"));
    }

    private static void AssertHolds(byte[] json)
    {
        using var document = JsonDocument.Parse(json);
        var problems = Problems(Schema, document.RootElement, "$").ToArray();
        Assert.IsEmpty(problems, string.Join('\n', problems));
    }

    private static IEnumerable<string> Problems(JsonElement schema, JsonElement value, string path)
    {
        if (schema.TryGetProperty("type", out var type) && !Types(type).Any(t => Is(value, t)))
            yield return $"{path} is {value.ValueKind}, not {type}";
        if (schema.TryGetProperty("enum", out var words) && words.EnumerateArray().All(w => w.GetString() != value.GetString()))
            yield return $"{path} is '{value}'";
        if (value.ValueKind == JsonValueKind.Array && schema.TryGetProperty("items", out var items))
            foreach (var problem in value.EnumerateArray().SelectMany((item, i) => Problems(items, item, $"{path}[{i}]")))
                yield return problem;
        if (value.ValueKind != JsonValueKind.Object)
            yield break;
        if (schema.TryGetProperty("required", out var required))
            foreach (var name in required.EnumerateArray().Where(name => !value.TryGetProperty(name.GetString()!, out _)))
                yield return $"{path}.{name} is missing";
        foreach (var (member, of) in value.EnumerateObject().Select(m => (m, Of(schema, m.Name))))
            if (of is { } inner)
                foreach (var problem in Problems(inner, member.Value, $"{path}.{member.Name}"))
                    yield return problem;
    }

    private static IEnumerable<string> Unknown(JsonElement schema, JsonElement value, string path) => value.ValueKind switch
    {
        JsonValueKind.Array => value.EnumerateArray().SelectMany(item => Unknown(schema.GetProperty("items"), item, path + "[]")),
        JsonValueKind.Object => value.EnumerateObject().SelectMany(m => Of(schema, m.Name) is { } inner ? Unknown(inner, m.Value, $"{path}.{m.Name}") : [$"{path}.{m.Name}"]),
        _ => [],
    };

    private static JsonElement? Of(JsonElement schema, string member) =>
        schema.TryGetProperty("properties", out var properties) && properties.TryGetProperty(member, out var found) ? found
        : schema.TryGetProperty("additionalProperties", out var others) ? others : null;

    private static IEnumerable<string> Types(JsonElement type) => type.ValueKind == JsonValueKind.Array ? type.EnumerateArray().Select(t => t.GetString()!) : [type.GetString()!];

    private static bool Is(JsonElement value, string type) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "null" => value.ValueKind == JsonValueKind.Null,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.GetDouble() == Math.Truncate(value.GetDouble()),
        _ => throw new ArgumentException(type, nameof(type)),
    };
}
