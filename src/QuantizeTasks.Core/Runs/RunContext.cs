using QuantizeTasks.Accuracy;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Reporting;
using QuantizeTasks.Storage;

namespace QuantizeTasks.Runs;

/// <summary>What every part of a run needs.</summary>
/// <param name="Manifest">What to do.</param>
/// <param name="Options">Where to put things.</param>
/// <param name="OutputPath">Where the int8 model goes.</param>
/// <param name="Clock">The stages.</param>
/// <param name="Events">Told what happens.</param>
/// <param name="Store">What is known.</param>
/// <param name="File">The float model.</param>
/// <param name="Cancellation">Ends the run.</param>
internal sealed record RunContext(
    QuantizationManifest Manifest, RunOptions Options, string OutputPath, StageClock Clock, IProgress<RunEvent> Events, ContentStore Store, ModelFile File, CancellationToken Cancellation)
{
    private static readonly TimeSpan LatencyTime = TimeSpan.FromSeconds(2);

    public void Warn(string code, string message, SourcePosition? position) =>
        Events.Report(new DiagnosticRaised(new Diagnostic(code, DiagnosticSeverity.Warning, message, position)));

    /// <summary>Size and speed of what would be published against what the manifest asks for.</summary>
    public ModelLimits Limits(Publication publication, EvaluatedModel written, IDataLoader data) =>
        ModelLimits.Of(Manifest.Verdict, File.Bytes, publication.Bytes, () => MeasureLatency(data, written.Open(SessionSettings.Default)));

    /// <summary>Float against int8 on the first sample.</summary>
    public LatencyRecord MeasureLatency(IDataLoader data, ModelSession int8)
    {
        Clock.Enter("latency", "Comparing float and int8 latency");
        using var original = ModelSession.Open(File.Path);
        using var quantized = int8;
        var medians = LatencyComparison.Measure(original, quantized, data.Load(0).Inputs, LatencyTime, Cancellation);
        return new LatencyRecord(medians.First, medians.Second, medians.Second / medians.First, SessionSettings.Default.Threads);
    }

    /// <summary>The record of a run about which no more is known.</summary>
    public RunReport Report(RunStatus status, LayerRecord layers) => new()
    {
        Status = status,
        Manifest = Manifest.Path,
        Model = new ModelRecord(File.Path, File.Sha256, File.Model.Opset, File.Bytes),
        Metrics = [],
        Layers = layers,
        Iterations = 0,
        Evaluations = new EvaluationRecord(0, 0, 0),
        Runtime = ReportRecords.Runtime(Options.EmulatedIsa.Identity()),
        Timings = [],
    };

    /// <summary>What was published.</summary>
    public OutputRecord Output(Publication publication) =>
        new(OutputPath, publication.Sha256, publication.Bytes) { ExternalData = publication.Values is { } values ? [values] : [] };
}
