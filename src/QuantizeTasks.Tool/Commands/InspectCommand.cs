using System.CommandLine;
using System.Globalization;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inspection;
using QuantizeTasks.Manifest;
using QuantizeTasks.Tool.Jobs;
using QuantizeTasks.Tool.Views;

namespace QuantizeTasks.Tool.Commands;

/// <summary><c>inspect</c>: which operators would be quantized and which not, why, in which kernels they run, what that costs and what is slow.</summary>
internal sealed class InspectCommand
{
    public const string Examples = """
        Examples:
          # What would be quantized with the defaults, and which kernels ONNX Runtime would run
          dotnet quantize inspect models/mobilenet.onnx

          # The same under a manifest's target device, ignored scopes and presets, for a program
          dotnet quantize inspect quantize.yaml --json

          # With the manifest's calibration data: the error of every layer, what saturates, and latency
          dotnet quantize inspect models/mobilenet.onnx --data quantize.yaml
        """;

    private readonly Argument<string> _subject = new("model") { Description = "The float model; or a manifest (.yaml, .yml, .json), for its model and its settings; - for a model on standard input." };
    private readonly Option<string?> _data = new("--data") { Description = "Measure on this manifest's calibration data, with its settings. Without it ranges are placeholders, good enough to see kernels.", HelpName = "FILE" };
    private readonly Option<string> _cacheDirectory = CommonOptions.CacheDirectory();
    private readonly Option<string?> _plugins = CommonOptions.Plugins();
    private readonly Option<int> _workers = CommonOptions.Workers();
    private readonly Option<bool> _json = CommonOptions.Json("Print one JSON document.");
    private readonly Option<string> _verbosity = CommonOptions.Verbosity();

    private readonly Engine _engine;
    private readonly ToolContext _context;

    public InspectCommand(Engine engine, ToolContext context)
    {
        (_engine, _context) = (engine, context);
        Command = new Command("inspect", "Explain a model's operators: int8 or float and why, the kernel that runs, its error, slow spots.") { _subject, _data, _plugins, _cacheDirectory, _workers, _json, _verbosity };
        Command.SetAction(Invoke);
    }

    public Command Command { get; }

    private int Invoke(ParseResult parsed)
    {
        var json = parsed.GetValue(_json);
        var view = new PlainView(_context.Out, _context.Error, showsProgress: !json && !CommonOptions.IsQuiet(parsed.GetValue(_verbosity)) && parsed.GetValue(_data) is not null, showsSummary: false);
        var guard = new Guard(view, _context.Error, CommonOptions.IsDiagnostic(parsed.GetValue(_verbosity)));
        return guard.Run(() =>
        {
            using var subject = ModelInput.Open(parsed.GetValue(_subject)!, _context);
            var report = view.Follow(progress => _engine.Inspect(Request(parsed, subject.Path), progress, _context.Cancellation));
            if (json)
                _context.Out.Write(ResultJson.Of(report));
            else
                Print(report);
            return ExitCodes.Success;
        }, "Cancelled.");
    }

    private InspectionRequest Request(ParseResult parsed, string subject)
    {
        var overrides = CommonOptions.OnlyPlugins(parsed.GetValue(_plugins), _context);
        var manifest = ManifestOfModel.IsManifest(subject) ? _engine.ReadManifest(subject, overrides) : null;
        return new InspectionRequest
        {
            Model = manifest?.Model.Value ?? subject,
            Compression = manifest?.Compression,
            Data = parsed.GetValue(_data) is { } data ? _engine.ReadManifest(_context.Absolute(data), overrides) : null,
            CacheDirectory = parsed.GetValue(_cacheDirectory) is { } cache ? _context.Absolute(cache) : CacheFolder.Default(_context),
            CacheLimit = CacheLimit.Of(null, "", _context),
            Workers = parsed.GetValue(_workers),
        };
    }

    private void Print(InspectionReport report)
    {
        var isMeasured = report.Samples > 0;
        string[] headings = ["operator", "type", "runs in", "kernel", "weights dB", "own dB", "dB", "saturated", "why"];
        bool[] shown = [true, true, true, true, true, isMeasured, isMeasured, isMeasured, true];
        var table = new TextTable(Chosen(headings));
        foreach (var node in report.Operators)
            table.Add(Chosen([node.Name, node.OpType, node.Decision, node.Kernel ?? "-", Decibels(node.WeightDecibels), Decibels(node.LocalDecibels), Decibels(node.AccumulatedDecibels),
                node.SaturatedShare is { } share ? share.ToString("0.####%", CultureInfo.InvariantCulture) : "", node.Reason]));
        table.Write(_context.Out);
        _context.Out.WriteLine();
        _context.Out.WriteLine($"{TextTable.Number(report.Operators.Count(o => o.Decision == "int8"))} of {TextTable.Number(report.Operators.Length)} operators in int8; kernels of {report.Runtime.Package} {report.Runtime.Version} on {report.Runtime.Isa}");
        _context.Out.WriteLine(isMeasured
            ? $"dB: signal to quantization noise over {TextTable.Number(report.Samples)} samples, larger is better: of the weights, of the layer alone, and at its output in the int8 model"
            : "Ranges of activations are placeholders, which show kernels and not errors. --data measures.");
        if (report.Latency is { } latency)
            _context.Out.WriteLine($"latency: float {Milliseconds(latency.FloatMs)}, int8 {Milliseconds(latency.Int8Ms)} a run on one thread");
        foreach (var warning in report.Warnings)
            _context.Out.WriteLine(TextTable.OneLine($"{warning.Kind}: {(warning.Operator is { } name ? $"'{name}' " : "")}{warning.Message}"));

        string[] Chosen(string[] cells) => [.. cells.Where((_, column) => shown[column])];
    }

    private static string Decibels(double? value) => value switch { null => "", double.PositiveInfinity => "exact", { } number => number.ToString("0.0", CultureInfo.InvariantCulture) };

    private static string Milliseconds(double value) => $"{value.ToString("0.00", CultureInfo.InvariantCulture)} ms";
}
