using System.Text;
using System.Text.Json;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Reporting;
using QuantizeTasks.Reporting.Sarif;

namespace QuantizeTasks.Tests.Reporting;

/// <summary>Sections are those of OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0.</summary>
[TestClass]
public sealed class SarifLogTests
{
    private static readonly SarifInvocation Invocation = new("1.2.3", "/repo/app/quantize.yaml", "/repo", 4);

    private static readonly Diagnostic Missed = new(DiagnosticCodes.BudgetExceeded, DiagnosticSeverity.Error, "accuracy@top1 dropped 2.4 points.", new SourcePosition("/repo/app/my models/quantize #1%.yaml", 14, 19));

    [TestMethod]
    public void Serialize_ErrorsWarningsAndLayers_KeepsWhatTheSpecificationDemands()
    {
        using var log = Parse(
            [Missed, new("QTZ1010", DiagnosticSeverity.Warning, "w", new SourcePosition("/elsewhere/x.yaml")), new("QTZ9999", DiagnosticSeverity.Information, "of a plug-in"), Missed with { Position = null }],
            SampleReports.WithinBudget());
        CheckSpecification(log.RootElement);
        var results = log.RootElement.GetProperty("runs")[0].GetProperty("results").EnumerateArray().ToArray();
        CollectionAssert.AreEqual(new[] { "error", "warning", "note", "error", "note", "note", "note", "note" }, results.Select(r => r.GetProperty("level").GetString()).ToArray());
        CollectionAssert.AreEqual(
            new[] { "app/my%20models/quantize%20%231%25.yaml", "file:///elsewhere/x.yaml", "app/quantize.yaml" },
            results.Take(3).Select(r => Location(r).GetProperty("artifactLocation").GetProperty("uri").GetString()).ToArray());
        Assert.AreEqual((14, 19), (Location(results[0]).GetProperty("region").GetProperty("startLine").GetInt32(), Location(results[0]).GetProperty("region").GetProperty("startColumn").GetInt32()));
        CollectionAssert.AreEqual(SampleReports.WithinBudget().Layers.Reverted.ToArray(),
            results.Skip(4).Select(r => r.GetProperty("locations")[0].GetProperty("logicalLocations")[0].GetProperty("fullyQualifiedName").GetString()!).ToArray());
    }

    [TestMethod]
    [DataRow(0, true)]
    [DataRow(4, true)]
    [DataRow(2, false)]
    [DataRow(70, false)]
    public void Serialize_ExitCode_SaysWhetherTheToolDidItsWork(int exitCode, bool successful)
    {
        using var log = Parse([Missed], null, Invocation with { ExitCode = exitCode });
        Assert.AreEqual(successful, log.RootElement.GetProperty("runs")[0].GetProperty("invocations")[0].GetProperty("executionSuccessful").GetBoolean());
    }

    [TestMethod]
    public void Serialize_HostileNames_StayText()
    {
        using var log = Parse([Missed with { Message = "</script>\"\n" }], SampleReports.Hostile());
        CheckSpecification(log.RootElement);
        Assert.AreEqual("</script>\"\n", log.RootElement.GetProperty("runs")[0].GetProperty("results")[0].GetProperty("message").GetProperty("text").GetString());
    }

    [TestMethod]
    public void Serialize_NothingToSay_IsAnEmptyRun()
    {
        using var log = Parse([], null, Invocation with { ExitCode = 0 });
        CheckSpecification(log.RootElement);
        Assert.AreEqual(0, log.RootElement.GetProperty("runs")[0].GetProperty("results").GetArrayLength());
    }

    private static JsonElement Location(JsonElement result) => result.GetProperty("locations")[0].GetProperty("physicalLocation");

    private static JsonDocument Parse(Diagnostic[] diagnostics, RunReport? report, SarifInvocation? invocation = null)
    {
        var bytes = SarifLog.Serialize(diagnostics, report, invocation ?? Invocation);
        Assert.AreNotEqual(0xEF, bytes[0], "no byte order mark (3.1)");
        return JsonDocument.Parse(Encoding.UTF8.GetString(bytes));
    }

    private static void CheckSpecification(JsonElement log)
    {
        OnlyKnown(log, "$schema", "version", "runs");
        Assert.AreEqual("2.1.0", log.GetProperty("version").GetString(), "3.13.2");
        var run = log.GetProperty("runs").EnumerateArray().Single();
        OnlyKnown(run, "tool", "automationDetails", "invocations", "originalUriBaseIds", "columnKind", "results");
        var driver = run.GetProperty("tool").GetProperty("driver");
        Assert.IsFalse(string.IsNullOrEmpty(driver.GetProperty("name").GetString()), "3.19.8");
        var rules = driver.GetProperty("rules").EnumerateArray().ToArray();
        var ids = rules.Select(r => r.GetProperty("id").GetString()!).ToArray();
        CollectionAssert.AllItemsAreUnique(ids, "3.49.3");
        foreach (var rule in rules)
        {
            OnlyKnown(rule, "id", "shortDescription", "fullDescription", "help");
            foreach (var name in new[] { "shortDescription", "fullDescription", "help" })
                Assert.IsFalse(string.IsNullOrWhiteSpace(rule.GetProperty(name).GetProperty("text").GetString()), "3.12.3: text is required");
        }
        StringAssert.Matches(run.GetProperty("automationDetails").GetProperty("id").GetString(), new("^[^/]+/[^/]+/$"), "3.17.3: hierarchical");
        foreach (var invocation in run.GetProperty("invocations").EnumerateArray())
            Assert.IsTrue(invocation.GetProperty("executionSuccessful").ValueKind is JsonValueKind.True or JsonValueKind.False, "3.20.14: required");
        Assert.AreEqual("utf16CodeUnits", run.GetProperty("columnKind").GetString(), "3.14.17");
        var bases = run.GetProperty("originalUriBaseIds");
        foreach (var root in bases.EnumerateObject())
        {
            var uri = root.Value.GetProperty("uri").GetString()!;
            Assert.IsTrue(Uri.TryCreate(uri, UriKind.Absolute, out _) && uri.EndsWith('/'), "3.14.14: absolute, and ends with a slash");
        }
        foreach (var result in run.GetProperty("results").EnumerateArray())
        {
            OnlyKnown(result, "ruleId", "ruleIndex", "level", "message", "locations");
            Assert.AreEqual(ids[result.GetProperty("ruleIndex").GetInt32()], result.GetProperty("ruleId").GetString(), "3.27.6");
            CollectionAssert.Contains(new[] { "none", "note", "warning", "error" }, result.GetProperty("level").GetString(), "3.27.10");
            Assert.IsFalse(string.IsNullOrEmpty(result.GetProperty("message").GetProperty("text").GetString()), "3.11.8");
            foreach (var location in result.GetProperty("locations").EnumerateArray())
            {
                OnlyKnown(location, "physicalLocation", "logicalLocations");
                var artifact = location.GetProperty("physicalLocation").GetProperty("artifactLocation");
                var uri = artifact.GetProperty("uri").GetString()!;
                Assert.IsTrue(Uri.IsWellFormedUriString(uri, UriKind.RelativeOrAbsolute), $"3.4.3: '{uri}' is a valid URI");
                if (artifact.TryGetProperty("uriBaseId", out var id))
                {
                    Assert.IsTrue(bases.TryGetProperty(id.GetString()!, out _), "3.4.4");
                    Assert.IsFalse(Uri.IsWellFormedUriString(uri, UriKind.Absolute), "3.4.4: relative to its base");
                }
                else
                {
                    Assert.IsTrue(Uri.IsWellFormedUriString(uri, UriKind.Absolute), "3.4.3: nothing that it would be relative to");
                }
                var region = location.GetProperty("physicalLocation").GetProperty("region");
                Assert.IsGreaterThanOrEqualTo(1, region.GetProperty("startLine").GetInt32(), "3.30.5");
                if (region.TryGetProperty("startColumn", out var column))
                    Assert.IsGreaterThanOrEqualTo(1, column.GetInt32(), "3.30.6");
            }
        }
    }

    private static void OnlyKnown(JsonElement element, params string[] names) =>
        CollectionAssert.IsSubsetOf(element.EnumerateObject().Select(p => p.Name).ToArray(), names);
}
