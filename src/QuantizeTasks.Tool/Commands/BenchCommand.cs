using System.CommandLine;
using System.Globalization;
using QuantizeTasks.Comparison;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Tool.Views;

namespace QuantizeTasks.Tool.Commands;

/// <summary><c>bench</c>: how fast two models are, measured in turn, with spread and how sure that is.</summary>
internal sealed class BenchCommand
{
    public const string Examples = """
        Examples:
          # Is int8 faster here, and how sure is that?
          dotnet quantize bench models/mobilenet.onnx bin/models/mobilenet.int8.onnx

          # Longer, with four threads, on a sample of a manifest's data instead of made-up inputs
          dotnet quantize bench models/mobilenet.onnx bin/models/mobilenet.int8.onnx --duration 60 --threads 4 --data quantize.yaml
        """;

    private readonly ModelPair _models = new(", usually the int8 one");
    private readonly Option<string?> _data = new("--data") { Description = "Run on the first calibration sample of this manifest. Without it inputs are made up, with extents of 1 where the model leaves them open.", HelpName = "FILE" };
    private readonly Option<string?> _plugins = CommonOptions.Plugins();
    private readonly Option<int> _duration = CommonOptions.Positive("--duration", "About how many seconds to measure.", 10);
    private readonly Option<int> _threads = CommonOptions.Positive("--threads", "Threads of each session.", 1);
    private readonly Option<bool> _json = CommonOptions.Json("Print one JSON document.");
    private readonly Option<string> _verbosity = CommonOptions.Verbosity();

    private readonly Engine _engine;
    private readonly ToolContext _context;

    public BenchCommand(Engine engine, ToolContext context)
    {
        (_engine, _context) = (engine, context);
        Command = new Command("bench", "Compare the speed of two models, run in turn, with spread and confidence.") { _data, _plugins, _duration, _threads, _json, _verbosity };
        _models.AddTo(Command);
        Command.SetAction(Invoke);
    }

    public Command Command { get; }

    private int Invoke(ParseResult parsed)
    {
        var json = parsed.GetValue(_json);
        // Lines, because drawing takes time from what is measured.
        var view = new PlainView(_context.Out, _context.Error, showsProgress: !json && !CommonOptions.IsQuiet(parsed.GetValue(_verbosity)), showsSummary: false);
        return new Guard(view, _context.Error, CommonOptions.IsDiagnostic(parsed.GetValue(_verbosity))).Run(() =>
        {
            using var first = _models.OpenFirst(parsed, _context);
            using var second = _models.OpenSecond(parsed, _context);
            var report = view.Follow(progress => _engine.Bench(new BenchmarkRequest
            {
                First = first.Path,
                Second = second.Path,
                Data = parsed.GetValue(_data) is { } data ? _engine.ReadManifest(_context.Absolute(data), CommonOptions.OnlyPlugins(parsed.GetValue(_plugins), _context)) : null,
                Duration = TimeSpan.FromSeconds(parsed.GetValue(_duration)),
                Threads = parsed.GetValue(_threads),
            }, progress, _context.Cancellation));
            if (json)
                _context.Out.Write(Json(report));
            else
                Print(report);
            return ExitCodes.Success;
        }, "Cancelled. Nothing was measured to its end.");
    }

    private void Print(LatencyReport report)
    {
        var table = new TextTable("", "model", "MB", "median ms", "fastest", "10%", "90%");
        foreach (var (place, model) in new[] { ("first", report.First), ("second", report.Second) })
            table.Add(place, model.Path, Number(model.Bytes / 1e6, "0.00"), Milliseconds(model.Median), Milliseconds(model.Fastest), Milliseconds(model.P10), Milliseconds(model.P90));
        table.Write(_context.Out);
        _context.Out.WriteLine();
        _context.Out.WriteLine(Statement(report.Ratio));
        _context.Out.WriteLine($"{TextTable.Number(report.Rounds)} rounds of a few runs each in turn, {(report.Threads == 1 ? "one thread" : $"{TextTable.Number(report.Threads)} threads")}, input '{TextTable.OneLine(report.Sample)}', {report.Runtime.Package} {report.Runtime.Version} on {report.Runtime.Isa}");
    }

    /// <summary>What the measurement says, and no more.</summary>
    internal static string Statement(RatioEstimate ratio)
    {
        var times = ratio.Value < 1 ? $"{Number(1 / ratio.Value, "0.00")} times as fast as the first" : $"{Number(ratio.Value, "0.00")} times as long as the first";
        if (ratio.Low is not { } low || ratio.High is not { } high)
            return $"The second took {Number(ratio.Value, "0.000")} of the first's time, but there were too few rounds to say how sure it is. --duration gives it more.";
        var interval = $"{Number(low, "0.000")} to {Number(high, "0.000")} of its time with {Number(ratio.Confidence * 100, "0")}% confidence";
        return high < 1 ? $"The second is faster: {times}; {interval}."
            : low > 1 ? $"The second is slower: {times}; {interval}."
            : $"No difference can be told from noise: {interval}.";
    }

    private static string Json(LatencyReport report) => ResultJson.Document(json =>
    {
        foreach (var (name, model) in new[] { ("first", report.First), ("second", report.Second) })
        {
            json.WriteStartObject(name);
            json.WriteString("path", model.Path);
            json.WriteNumber("bytes", model.Bytes);
            ResultJson.WriteNumber(json, "medianMs", model.Median);
            ResultJson.WriteNumber(json, "fastestMs", model.Fastest);
            ResultJson.WriteNumber(json, "p10Ms", model.P10);
            ResultJson.WriteNumber(json, "p90Ms", model.P90);
            json.WriteEndObject();
        }
        json.WriteStartObject("ratio");
        ResultJson.WriteNumber(json, "value", report.Ratio.Value);
        ResultJson.WriteNumber(json, "low", report.Ratio.Low);
        ResultJson.WriteNumber(json, "high", report.Ratio.High);
        ResultJson.WriteNumber(json, "confidence", report.Ratio.Confidence);
        json.WriteEndObject();
        json.WriteNumber("rounds", report.Rounds);
        json.WriteNumber("threads", report.Threads);
        json.WriteString("sample", report.Sample);
        ResultJson.WriteRuntime(json, report.Runtime);
    });

    private static string Milliseconds(double value) => Number(value, value < 10 ? "0.000" : "0.00");

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
