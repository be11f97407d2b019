using System.CommandLine;
using System.Globalization;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Reporting;
using QuantizeTasks.Tool.Views;

namespace QuantizeTasks.Tool.Commands;

/// <summary><c>rank</c>: which layers int8 harms most, without a search and without writing a model.</summary>
internal sealed class RankCommand
{
    public const string Examples = """
        Examples:
          # Which layers cost most accuracy in int8?
          dotnet quantize rank quantize.yaml

          # Every group on every sample of the ranking subset, for a spreadsheet
          dotnet quantize rank quantize.yaml --ranking exhaustive --csv > ranking.csv
        """;

    private readonly Argument<string> _manifest = new("manifest") { Description = "The manifest, usually quantize.yaml." };
    private readonly Option<bool> _csv = new("--csv") { Description = "Print RFC 4180 with a header." };
    private readonly Option<bool> _json = CommonOptions.Json("Print one JSON document.");
    private readonly StoreOptions _store = new();
    private readonly OverrideOptions _overrides = new("--model", "--preset", "--ranking-subset-size", "--stat-subset-size", "--ranking");
    private readonly Option<string> _verbosity = CommonOptions.Verbosity();

    private readonly Engine _engine;
    private readonly ToolContext _context;

    public RankCommand(Engine engine, ToolContext context)
    {
        (_engine, _context) = (engine, context);
        Command = new Command("rank", "Rank layers by what their quantization costs the metric, without searching or writing a model.") { _manifest, _csv, _json };
        _store.AddTo(Command);
        Command.Add(_verbosity);
        _overrides.AddTo(Command);
        Command.Validators.Add(result =>
        {
            if (result.GetValue(_csv) && result.GetValue(_json))
                result.AddError("--csv cannot be combined with --json.");
        });
        Command.SetAction(Invoke);
    }

    public Command Command { get; }

    private int Invoke(ParseResult parsed)
    {
        var (csv, json) = (parsed.GetValue(_csv), parsed.GetValue(_json));
        var view = RunViews.Choose(_context, parsed.GetValue(_verbosity), csv || json, _context.Out);
        return new Guard(view, _context.Error, CommonOptions.IsDiagnostic(parsed.GetValue(_verbosity))).Run(() =>
        {
            var manifest = _engine.ReadManifest(_context.Absolute(parsed.GetValue(_manifest)!), _overrides.Read(parsed, _context));
            var report = view.Follow(progress => _engine.Rank(manifest, _store.Read(parsed, _context), progress, _context.Cancellation));
            if (csv)
                _context.Out.Write(RankingFiles.Csv(report.Groups));
            else if (json)
                _context.Out.Write(Json(report));
            else
                Print(report);
            return ExitCodes.Success;
        }, CommonOptions.CancelledWithCache);
    }

    private void Print(RankingReport report)
    {
        var format = new MetricFormat(report.Metric);
        var table = new TextTable("rank", "group", "regains", "speed", "samples", "layers");
        foreach (var group in report.Groups)
            table.Add(TextTable.Number(group.Rank), group.Group, group.Regained is { } regained ? Share(regained) : "-", Share(group.SpeedShare), TextTable.Number(group.Samples), TextTable.Number(group.Layers.Length));
        table.Write(_context.Out);
        _context.Out.WriteLine();
        _context.Out.WriteLine($"{report.Metric.Name}: float {format.Value(report.Metric.Baseline)}, everything in int8 {format.Value(report.Metric.Quantized)} (drop {format.Drop(report.Metric.Drop)})");
        _context.Out.WriteLine("regains: the share of what int8 lost on the hardest samples that comes back with the group alone in float; speed: the predicted share of what int8 saves that goes with it");
    }

    private static string Json(RankingReport report) => ResultJson.Document(json =>
    {
        json.WriteString("model", report.Model);
        json.WriteStartObject("metric");
        json.WriteString("name", report.Metric.Name);
        json.WriteBoolean("higherIsBetter", report.Metric.HigherIsBetter);
        ResultJson.WriteNumber(json, "baseline", report.Metric.Baseline);
        ResultJson.WriteNumber(json, "quantized", report.Metric.Quantized);
        ResultJson.WriteNumber(json, "drop", report.Metric.Drop);
        json.WriteEndObject();
        json.WriteNumber("samples", report.Samples);
        RankingFiles.WriteTo(json, report.Groups);
    });

    private static string Share(double share) => share.ToString("0.0%", CultureInfo.InvariantCulture).Replace(" ", "", StringComparison.Ordinal);
}
