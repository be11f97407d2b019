using System.Collections.Immutable;
using System.Text.Json;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Reporting.Sarif;

/// <summary>
/// What a command had to say as a SARIF log (OASIS, Static Analysis Results Interchange Format 2.1.0), which code scanning and editors read: every diagnostic, and a note for each layer
/// that the answer does not have in plain int8.
/// </summary>
public static class SarifLog
{
    private const string Schema = "https://json.schemastore.org/sarif-2.1.0.json";
    private const string SourceRoot = "SRCROOT";

    /// <summary>The document as UTF-8 text without a byte order mark, ending in a line break.</summary>
    /// <param name="diagnostics">All that was shown, in order.</param>
    /// <param name="report">The run; null when there was none, or it did not come to its end.</param>
    /// <param name="invocation">Where and how it was started.</param>
    public static byte[] Serialize(IReadOnlyList<Diagnostic> diagnostics, RunReport? report, SarifInvocation invocation)
    {
        var results = diagnostics.Select(SarifResult.Of).Concat(report is null ? [] : SarifResult.OfLayers(report, invocation.Manifest)).ToArray();
        ImmutableArray<SarifRule> rules = [.. results.Select(r => r.Rule).DistinctBy(r => r.Id).OrderBy(r => r.Id, StringComparer.Ordinal)];
        return JsonText.Document(json =>
        {
            json.WriteStartObject();
            json.WriteString("$schema", Schema);
            json.WriteString("version", "2.1.0");
            json.WriteStartArray("runs");
            json.WriteStartObject();
            WriteTool(json, rules, invocation.ToolVersion);
            // One model's results must not take another's place (section 3.17.2); the last part is left to whoever uploads.
            json.WriteStartObject("automationDetails");
            json.WriteString("id", $"quantize/{Path.GetFileNameWithoutExtension(invocation.Manifest)}/");
            json.WriteEndObject();
            WriteInvocation(json, invocation);
            json.WriteStartObject("originalUriBaseIds");
            json.WriteStartObject(SourceRoot);
            json.WriteString("uri", SarifUri.OfFolder(invocation.SourceRoot));
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteString("columnKind", "utf16CodeUnits");
            json.WriteArray("results", results, (j, result) => WriteResult(j, result, rules, invocation));
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private static void WriteTool(Utf8JsonWriter json, ImmutableArray<SarifRule> rules, string version)
    {
        json.WriteStartObject("tool");
        json.WriteStartObject("driver");
        json.WriteString("name", "QuantizeTasks");
        json.WriteString("version", version);
        json.WriteArray("rules", rules, static (j, rule) =>
        {
            j.WriteStartObject();
            j.WriteString("id", rule.Id);
            WriteMessage(j, "shortDescription", rule.Title);
            WriteMessage(j, "fullDescription", rule.Explanation);
            WriteMessage(j, "help", $"{rule.Explanation} {rule.Remedy}");
            j.WriteEndObject();
        });
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteInvocation(Utf8JsonWriter json, SarifInvocation invocation)
    {
        json.WriteStartArray("invocations");
        json.WriteStartObject();
        json.WriteNumber("exitCode", invocation.ExitCode);
        // Section 3.20.14: whether the tool did its work, not whether it liked what it found.
        json.WriteBoolean("executionSuccessful", invocation.ExitCode is ExitCodes.Success or ExitCodes.BudgetExceeded);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void WriteResult(Utf8JsonWriter json, SarifResult result, ImmutableArray<SarifRule> rules, SarifInvocation invocation)
    {
        json.WriteStartObject();
        json.WriteString("ruleId", result.Rule.Id);
        json.WriteNumber("ruleIndex", rules.IndexOf(rules.First(r => r.Id == result.Rule.Id)));
        json.WriteString("level", result.Level);
        WriteMessage(json, "message", result.Message);
        json.WriteStartArray("locations");
        json.WriteStartObject();
        // A result without a place is shown by nobody; the manifest is where everything begins.
        var position = result.Position is { File.Length: > 0 } known ? known : new SourcePosition(invocation.Manifest);
        json.WriteStartObject("physicalLocation");
        json.WriteStartObject("artifactLocation");
        var (uri, isBelow) = SarifUri.OfFile(position.File, invocation.SourceRoot);
        json.WriteString("uri", uri);
        if (isBelow)
            json.WriteString("uriBaseId", SourceRoot);
        json.WriteEndObject();
        json.WriteStartObject("region");
        json.WriteNumber("startLine", Math.Max(1, position.Line));
        if (position is { Line: > 0, Column: > 0 })
            json.WriteNumber("startColumn", position.Column);
        json.WriteEndObject();
        json.WriteEndObject();
        if (result.Layer is { } layer)
            json.WriteArray("logicalLocations", [layer], static (j, name) =>
            {
                j.WriteStartObject();
                j.WriteString("fullyQualifiedName", name);
                j.WriteString("kind", "element");
                j.WriteEndObject();
            });
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteMessage(Utf8JsonWriter json, string name, string text)
    {
        json.WriteStartObject(name);
        json.WriteString("text", text);
        json.WriteEndObject();
    }
}

/// <summary>Where and how a command was started.</summary>
/// <param name="ToolVersion">The version of the tool.</param>
/// <param name="Manifest">The manifest's absolute path.</param>
/// <param name="SourceRoot">The absolute path of the folder that paths are told relative to: the repository.</param>
/// <param name="ExitCode">What the command returned.</param>
public sealed record SarifInvocation(string ToolVersion, string Manifest, string SourceRoot, int ExitCode);
