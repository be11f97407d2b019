using System.Text;
using System.Text.Json;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Tests.Reporting;

[TestClass]
public sealed class ReportJsonTests
{
    /// <summary>The contract: every name, in order, with the kind of its value. Renaming or removing one breaks users' scripts and needs a new schemaVersion.</summary>
    private const string Contract = """
        schemaVersion:number
        status:string
        manifest:string
        model.path:string
        model.sha256:string
        model.opset:number
        model.bytes:number
        output.path:string
        output.sha256:string
        output.bytes:number
        metrics[].name:string
        metrics[].higherIsBetter:boolean
        metrics[].baseline:number
        metrics[].quantized:number
        metrics[].fullyQuantized:number
        metrics[].drop:number
        metrics[].budget:number
        metrics[].dropType:string
        metrics[].withinBudget:boolean
        metrics[].samples:number
        layers.quantizable:number
        layers.quantized:number
        layers.revertedTo:string
        layers.reverted[]:string
        layers.details[].name:string
        layers.details[].opType:string
        layers.details[].decision:string
        layers.details[].group:string
        layers.details[].rank:number
        layers.details[].score:number
        layers.details[].reason:string
        layers.details[].floatUs:number
        layers.details[].int8Us:number
        layers.details[].input:string
        layers.details[].weightDecibels:number
        layers.details[].localDecibels:number
        layers.details[].accumulatedDecibels:number
        layers.errorSamples:number
        selection.device:string
        selection.prefer:string
        selection.int8[]:string
        selection.predictedFloatUs:number
        selection.predictedInt8Us:number
        selection.measuredFloatMs:number
        selection.measuredInt8Ms:number
        ranges.preset:string
        ranges.estimator:string
        ranges.isAutomatic:boolean
        ranges.trials[].preset:string
        ranges.trials[].estimator:string
        ranges.trials[].samples:number
        ranges.trials[].error:number
        tensors[].name:string
        tensors[].type:string
        tensors[].scale:number
        tensors[].zeroPoint:number
        tensors[].low:number
        tensors[].high:number
        tensors[].values.minimum:number
        tensors[].values.maximum:number
        tensors[].values.zeros:number
        tensors[].values.clipped:number
        tensors[].values.counts[]:number
        network[].name:string
        network[].opType:string
        network[].state:string
        network[].inputs[]:number
        iterations:number
        evaluations.configurations:number
        evaluations.samples:number
        evaluations.fromCache:number
        latency.floatMs:number
        latency.int8Ms:number
        latency.ratio:number
        latency.threads:number
        runtime.package:string
        runtime.version:string
        runtime.isa:string
        timings.prepare:number
        timings.baseline:number
        timings.calibrate:number
        timings.quantize:number
        timings.rank:number
        timings.search:number
        timings.latency:number
        timings.publish:number
        search[].index:number
        search[].action:string
        search[].reverted[]:string
        search[].drops[]:number
        search[].kept:boolean
        search[].isBound:boolean
        search[].isForecast:boolean
        searchDetails.strategy:string
        searchDetails.end:string
        searchDetails.effort.sessions:number
        searchDetails.effort.samples:number
        searchDetails.effort.seconds:number
        searchDetails.effort.estimatedSeconds:number
        searchDetails.effort.exhaustiveSessions:number
        searchDetails.effort.exhaustiveSamples:number
        searchDetails.changed[].group:string
        searchDetails.changed[].layers[]:string
        searchDetails.changed[].state:string
        searchDetails.changed[].bought:number
        searchDetails.changed[].isAtLeast:boolean
        searchDetails.changed[].samplesBetter:number
        searchDetails.changed[].samplesWorse:number
        searchDetails.changed[].why:string
        searchDetails.ranking[].rank:number
        searchDetails.ranking[].group:string
        searchDetails.ranking[].layers[]:string
        searchDetails.ranking[].score:number
        searchDetails.ranking[].samples:number
        searchDetails.ranking[].regained:number
        searchDetails.ranking[].speedShare:number
        searchDetails.ranking[].state:string
        searchDetails.frontier[].step:number
        searchDetails.frontier[].layersInFloat:number
        searchDetails.frontier[].drops[]:number
        searchDetails.frontier[].speedKept:number
        searchDetails.nextSteps[]:string
        report:string
        bestSoFar:string
        """;

    [TestMethod]
    public void Serialize_FullReport_KeepsTheContract()
    {
        var report = SampleReports.WithinBudget();
        using var json = Parse(report with { BestSoFar = "/best", SearchDetails = report.SearchDetails! with { NextSteps = ["Raise max_iter_num."] } });
        Assert.AreEqual(Contract.ReplaceLineEndings("\n"), string.Join('\n', Names("", json.RootElement).Distinct()));
    }

    [TestMethod]
    public void Contract_EveryMember_IsDocumented()
    {
        var document = File.ReadAllText(Path.Combine(Repository.Root, "docs/tool.md"));
        var members = Contract.Split('\n').Where(line => !line.StartsWith("timings.", StringComparison.Ordinal)).SelectMany(line => line.Split(':')[0].Replace("[]", "", StringComparison.Ordinal).Trim().Split('.'));
        foreach (var member in members.Distinct())
            StringAssert.Contains(document, $"`{member}`");
    }

    [TestMethod]
    public void Serialize_FullReport_HasTheValues()
    {
        using var json = Parse(SampleReports.WithinBudget());
        var root = json.RootElement;
        Assert.AreEqual(1, root.GetProperty("schemaVersion").GetInt32());
        Assert.AreEqual("withinBudget", root.GetProperty("status").GetString());
        Assert.AreEqual(0.0035, root.GetProperty("metrics")[0].GetProperty("drop").GetDouble());
        Assert.AreEqual(44.9, root.GetProperty("timings").GetProperty("search").GetDouble());
        Assert.AreEqual(4, root.GetProperty("layers").GetProperty("reverted").GetArrayLength());
        Assert.AreEqual(8200, root.GetProperty("evaluations").GetProperty("fromCache").GetInt64());
    }

    [TestMethod]
    [DataRow(RunStatus.WithinBudget, "withinBudget")]
    [DataRow(RunStatus.BudgetExceeded, "budgetExceeded")]
    [DataRow(RunStatus.NotGated, "notGated")]
    public void Serialize_Status_IsACamelCaseWord(RunStatus status, string word)
    {
        using var json = Parse(SampleReports.WithinBudget() with { Status = status });
        Assert.AreEqual(word, json.RootElement.GetProperty("status").GetString());
    }

    [TestMethod]
    public void Serialize_NothingPublished_HasNullsInPlace()
    {
        using var json = Parse(SampleReports.BudgetExceeded());
        Assert.AreEqual(JsonValueKind.Null, json.RootElement.GetProperty("output").ValueKind);
        Assert.AreEqual(JsonValueKind.Null, json.RootElement.GetProperty("latency").ValueKind);
        Assert.AreEqual("budgetExceeded", json.RootElement.GetProperty("status").GetString());
    }

    [TestMethod]
    [DataRow(double.NaN)]
    [DataRow(double.PositiveInfinity)]
    [DataRow(double.NegativeInfinity)]
    public void Serialize_NotFinite_IsNull(double value)
    {
        var report = SampleReports.WithinBudget();
        report = report with
        {
            Metrics = [report.Metrics[0] with { Drop = value, Budget = value, Baseline = value }],
            Latency = new LatencyRecord(1, 1, value, 1),
            Search = [new IterationRecord(0, "", [], [value], true)],
        };
        using var json = Parse(report);
        Assert.AreEqual(JsonValueKind.Null, json.RootElement.GetProperty("metrics")[0].GetProperty("drop").ValueKind);
        Assert.AreEqual(JsonValueKind.Null, json.RootElement.GetProperty("search")[0].GetProperty("drops")[0].ValueKind);
        Assert.AreEqual(JsonValueKind.Null, json.RootElement.GetProperty("latency").GetProperty("ratio").ValueKind);
    }

    [TestMethod]
    public void Serialize_StageThatRanTwice_IsAddedUp()
    {
        using var json = Parse(SampleReports.WithinBudget() with { Timings = [new("rank", 1.5), new("search", 2), new("rank", 0.25)] });
        CollectionAssert.AreEqual(new[] { "rank", "search" }, json.RootElement.GetProperty("timings").EnumerateObject().Select(p => p.Name).ToArray());
        Assert.AreEqual(1.75, json.RootElement.GetProperty("timings").GetProperty("rank").GetDouble());
    }

    [TestMethod]
    public void Serialize_ForeignText_RoundTrips()
    {
        const string name = "层/\"\\\n<script>\u202E\u0000é";
        using var json = Parse(SampleReports.WithinBudget() with { Layers = new LayerRecord(1, 0, [name], []) });
        Assert.AreEqual(name, json.RootElement.GetProperty("layers").GetProperty("reverted")[0].GetString());
    }

    [TestMethod]
    public void Serialize_SameReport_SameBytesWithoutByteOrderMark()
    {
        var bytes = ReportJson.Serialize(SampleReports.WithinBudget());
        CollectionAssert.AreEqual(bytes, ReportJson.Serialize(SampleReports.WithinBudget()));
        Assert.AreEqual((byte)'{', bytes[0]);
        Assert.AreEqual((byte)'\n', bytes[^1]);
        Assert.IsFalse(Encoding.UTF8.GetString(bytes).Contains('\r', StringComparison.Ordinal));
    }

    private static JsonDocument Parse(RunReport report) => JsonDocument.Parse(ReportJson.Serialize(report));

    private static IEnumerable<string> Names(string path, JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(p => Names(path.Length == 0 ? p.Name : $"{path}.{p.Name}", p.Value)),
        // Nulls in later elements (a layer without a rank) would say less than the first element does.
        JsonValueKind.Array => element.EnumerateArray().Skip(path == "network" ? 1 : 0).Take(1).SelectMany(item => Names(path + "[]", item))
            .Concat(path == "search" ? Names(path + "[]", element[1]) : []).OrderBy(n => Order(path, n)),
        JsonValueKind.True or JsonValueKind.False => [path + ":boolean"],
        _ => [$"{path}:{element.ValueKind.ToString().ToLowerInvariant()}"],
    };

    // The first search step has nothing in float, so `search[].reverted[]` comes from the second; keep it where it is written.
    private static int Order(string path, string name) =>
        path != "search" ? 0 : Array.IndexOf(["index", "action", "reverted", "drops", "kept", "isBound", "isForecast"], name.Split('.')[1].Split('[', ':')[0]);
}
