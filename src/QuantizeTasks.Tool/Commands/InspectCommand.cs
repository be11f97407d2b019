using System.CommandLine;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Tool.Views;

namespace QuantizeTasks.Tool.Commands;

/// <summary><c>inspect</c>: which operators would be quantized and which not, and why. Needs no data.</summary>
internal sealed class InspectCommand
{
    public const string Examples = """
        Examples:
          # What would be quantized with the defaults
          dotnet quantize inspect models/mobilenet.onnx

          # The same under a manifest's target device, ignored scopes and presets, for a program
          dotnet quantize inspect models/mobilenet.onnx --manifest quantize.yaml --json
        """;

    private readonly Argument<string> _model = new("model") { Description = "The float model." };
    private readonly Option<string?> _manifest = new("--manifest") { Description = "Decides as this manifest's compression section says. Default: POT's defaults.", HelpName = "FILE" };
    private readonly Option<bool> _json = CommonOptions.Json("Print one JSON document.");
    private readonly Option<string> _verbosity = CommonOptions.Verbosity();

    private readonly Engine _engine;
    private readonly ToolContext _context;

    public InspectCommand(Engine engine, ToolContext context)
    {
        (_engine, _context) = (engine, context);
        Command = new Command("inspect", "List a model's operators: quantized or not, and why.") { _model, _manifest, _json, _verbosity };
        Command.SetAction(Invoke);
    }

    public Command Command { get; }

    private int Invoke(ParseResult parsed)
    {
        var view = new PlainView(_context.Out, _context.Error, showsProgress: false, showsSummary: false);
        var guard = new Guard(view, _context.Error, CommonOptions.IsDiagnostic(parsed.GetValue(_verbosity)));
        return guard.Run(() =>
        {
            var manifest = parsed.GetValue(_manifest) is { } path ? _engine.ReadManifest(_context.Absolute(path), new ManifestOverrides([])) : null;
            var report = _engine.Inspect(_context.Absolute(parsed.GetValue(_model)!), manifest?.Compression);
            if (parsed.GetValue(_json))
                _context.Out.Write(ResultJson.Of(report));
            else
                Print(report);
            return ExitCodes.Success;
        }, "Cancelled.");
    }

    private void Print(InspectionReport report)
    {
        var table = new TextTable("operator", "type", "runs in", "why");
        foreach (var node in report.Operators)
            table.Add(node.Name, node.OpType, node.Decision, node.Reason);
        table.Write(_context.Out);
        _context.Out.WriteLine();
        _context.Out.WriteLine($"{TextTable.Number(report.Operators.Count(o => o.Decision == "int8"))} of {TextTable.Number(report.Operators.Length)} operators in int8");
    }
}
