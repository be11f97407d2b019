using System.CommandLine;
using System.Globalization;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Reporting;
using QuantizeTasks.Tool.Jobs;
using QuantizeTasks.Tool.Views;

namespace QuantizeTasks.Tool.Commands;

/// <summary><c>evaluate</c>: a model's metrics on the manifest's validation data, whatever the model.</summary>
internal sealed class EvaluateCommand
{
    public const string Examples = """
        Examples:
          # The metrics of the float model
          dotnet quantize evaluate models/mobilenet.onnx quantize.yaml

          # Does the int8 model that was shipped hold here, on this processor?
          dotnet quantize evaluate bin/models/mobilenet.int8.onnx quantize.yaml --json

          # And on x64 processors without VNNI, where int8 products saturate?
          dotnet quantize evaluate bin/models/mobilenet.int8.onnx quantize.yaml --emulate-isa avx2
        """;

    private readonly Argument<string> _model = new("model") { Description = "The model to evaluate, float or quantized." };
    private readonly Argument<string> _manifest = new("manifest") { Description = "Says which data and which metrics." };
    private readonly Option<string> _cacheDirectory = CommonOptions.CacheDirectory();
    private readonly Option<int> _workers = CommonOptions.Workers();
    private readonly Option<string?> _emulateIsa = CommonOptions.EmulateIsa();
    private readonly Option<bool> _json = CommonOptions.Json("Print one JSON document.");
    private readonly Option<string> _verbosity = CommonOptions.Verbosity();

    private readonly Engine _engine;
    private readonly ToolContext _context;

    public EvaluateCommand(Engine engine, ToolContext context)
    {
        (_engine, _context) = (engine, context);
        Command = new Command("evaluate", "Measure a model's metrics on a manifest's validation data.") { _model, _manifest, _cacheDirectory, _workers, _emulateIsa, _json, _verbosity };
        Command.SetAction(Invoke);
    }

    public Command Command { get; }

    private int Invoke(ParseResult parsed)
    {
        var json = parsed.GetValue(_json);
        var showsProgress = !json && !CommonOptions.IsQuiet(parsed.GetValue(_verbosity));
        var view = new PlainView(_context.Out, _context.Error, showsProgress, showsSummary: false);
        var guard = new Guard(view, _context.Error, CommonOptions.IsDiagnostic(parsed.GetValue(_verbosity)));
        return guard.Run(() =>
        {
            var model = _context.Absolute(parsed.GetValue(_model)!);
            var manifest = _engine.ReadManifest(_context.Absolute(parsed.GetValue(_manifest)!), new ManifestOverrides([]));
            var request = new RunRequest
            {
                Manifest = manifest.Path,
                Overrides = new ManifestOverrides([]),
                OutputDirectory = _context.WorkingDirectory,
                CacheDirectory = parsed.GetValue(_cacheDirectory) is { } cache ? _context.Absolute(cache) : null,
                Workers = parsed.GetValue(_workers),
                EmulatedIsa = CommonOptions.IsaOf(parsed.GetValue(_emulateIsa)),
            };
            var report = view.Follow(progress => _engine.Evaluate(model, manifest, request.Options(manifest, _context), progress, _context.Cancellation));
            if (json)
                _context.Out.Write(ResultJson.Of(report));
            else
                Print(report);
            return ExitCodes.Success;
        }, "Cancelled. Finished work is kept in the cache; the same command goes on from there.");
    }

    private void Print(EvaluationReport report)
    {
        var table = new TextTable("metric", "value", "samples", "");
        foreach (var metric in report.Metrics)
            table.Add(metric.Name, MetricFormat.ValueOf(metric.Name, metric.Value), TextTable.Number(metric.Samples), metric.HigherIsBetter ? "higher is better" : "lower is better");
        table.Write(_context.Out);
        if (report.Saturation.IsEmpty)
            return;
        var layers = report.Saturation.Where(s => s.Saturated > 0).OrderByDescending(s => s.Share).ToArray();
        _context.Out.WriteLine();
        _context.Out.WriteLine($"{TextTable.Number(layers.Length)} layers saturate. Sums of two int8 products beyond 16 bits, on the first samples:");
        var saturation = new TextTable("layer", "saturated", "of sums");
        foreach (var layer in layers)
            saturation.Add(layer.Layer, TextTable.Number(layer.Saturated), layer.Share.ToString("P4", CultureInfo.InvariantCulture));
        saturation.Write(_context.Out);
    }
}
