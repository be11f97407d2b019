using System.Text.Json.Nodes;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
using QuantizeTasks.Reporting;

namespace QuantizeTasks.Tests.Pipeline.LockFiles;

/// <summary>Runs of one project with a lock file beside its manifest; a budget of 0 needs a search, one of 0.5 none.</summary>
public abstract class LockFileRuns : IDisposable
{
    private protected PipelineProject Project { get; } = new();

    private protected string LockPath => Project.File("quantize.lock.json");

    public void Dispose()
    {
        Project.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected RunReport Run(double budget, Func<RunOptions, RunOptions>? options = null, Func<QuantizationManifest, QuantizationManifest>? edit = null) =>
        Project.Run(Project.Manifest(budget, edit: edit), options: o => (options ?? (x => x))(o with { LockFile = LockPath }));

    private protected IReadOnlyList<Diagnostic> Failure(double budget) =>
        Assert.ThrowsExactly<QuantizeException>(() => Run(budget, o => o with { LockedMode = true })).Diagnostics;

    private protected Diagnostic[] Diagnostics(DiagnosticSeverity severity) =>
        [.. Project.Events.OfType<DiagnosticRaised>().Select(e => e.Diagnostic).Where(d => d.Severity == severity)];

    private protected JsonNode Entry() => JsonNode.Parse(File.ReadAllText(LockPath))!["entries"]![0]!;

    /// <summary>A group that the decision leaves in int8.</summary>
    private protected static string InInt8(JsonNode entry) => entry["decision"]!["groups"]!.AsObject().First(g => g.Value!.GetValue<string>() == "int8").Key;

    private protected int Line(string text) => Array.FindIndex(File.ReadAllLines(LockPath), line => line.Contains(text, StringComparison.Ordinal)) + 1;

    private protected void Edit(Action<JsonNode> change)
    {
        var json = JsonNode.Parse(File.ReadAllText(LockPath))!;
        change(json["entries"]![0]!);
        File.WriteAllText(LockPath, json.ToJsonString(new() { WriteIndented = true, NewLine = "\n" }) + "\n");
    }

    /// <summary>Other weights of the same shape, and the labels that the new model gives.</summary>
    private protected void Retrain()
    {
        var model = PipelineProject.Network();
        var bias = model.Graph.Initializers.Single(i => i.Name == "b1");
        model.Graph.ReplaceInitializer(TensorData.Floats("b1", [.. TensorData.ToFloats(bias).Select(b => b * 1.01f)], [.. bias.Dims]));
        Project.Replace(model);
    }
}
