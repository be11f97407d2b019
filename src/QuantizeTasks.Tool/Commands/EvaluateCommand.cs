using System.CommandLine;
using System.Globalization;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Reporting;
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

    private readonly Argument<string> _model = new("model") { Description = "The model to evaluate, float or quantized; - for standard input." };
    private readonly Argument<string> _manifest = new("manifest") { Description = "Says which data and which metrics." };
    private readonly Option<string?> _plugins = CommonOptions.Plugins();
    private readonly StoreOptions _store = new();
    private readonly Option<string?> _emulateIsa = CommonOptions.EmulateIsa();
    private readonly Option<bool> _json = CommonOptions.Json("Print one JSON document.");
    private readonly Option<string> _verbosity = CommonOptions.Verbosity();

    private readonly Engine _engine;
    private readonly ToolContext _context;

    public EvaluateCommand(Engine engine, ToolContext context)
    {
        (_engine, _context) = (engine, context);
        Command = new Command("evaluate", "Measure a model's metrics on a manifest's validation data.") { _model, _manifest, _plugins };
        _store.AddTo(Command);
        foreach (var option in (Option[])[_emulateIsa, _json, _verbosity])
            Command.Add(option);
        Command.SetAction(Invoke);
    }

    public Command Command { get; }

    private int Invoke(ParseResult parsed)
    {
        var json = parsed.GetValue(_json);
        var view = RunViews.Choose(_context, parsed.GetValue(_verbosity), json, _context.Out);
        var guard = new Guard(view, _context.Error, CommonOptions.IsDiagnostic(parsed.GetValue(_verbosity)));
        return guard.Run(() =>
        {
            using var model = ModelInput.Open(parsed.GetValue(_model)!, _context);
            var manifest = _engine.ReadManifest(_context.Absolute(parsed.GetValue(_manifest)!), CommonOptions.OnlyPlugins(parsed.GetValue(_plugins), _context));
            var options = _store.Read(parsed, _context) with { EmulatedIsa = CommonOptions.IsaOf(parsed.GetValue(_emulateIsa)) };
            var report = view.Follow(progress => _engine.Evaluate(model.Path, manifest, options, progress, _context.Cancellation));
            if (json)
                _context.Out.Write(ResultJson.Of(report));
            else
                Print(report);
            return ExitCodes.Success;
        }, CommonOptions.CancelledWithCache);
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
