using System.CommandLine;
using System.Globalization;
using QuantizeTasks.Comparison;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Reporting;
using QuantizeTasks.Tool.Views;

namespace QuantizeTasks.Tool.Commands;

/// <summary><c>compare</c>: two models side by side, by what is in them and, with data, by what they answer and score.</summary>
internal sealed class CompareCommand
{
    public const string Examples = """
        Examples:
          # Operators, precisions and sizes of two models
          dotnet quantize compare models/mobilenet.onnx bin/models/mobilenet.int8.onnx

          # And how far their outputs and metrics are apart on a manifest's validation data
          dotnet quantize compare models/mobilenet.onnx bin/models/mobilenet.int8.onnx --data quantize.yaml

          # Two int8 models, one of them out of a repository's history
          git show HEAD~1:mobilenet.int8.onnx | dotnet quantize compare - mobilenet.int8.onnx --json
        """;

    private readonly ModelPair _models = new();
    private readonly Option<string?> _data = new("--data") { Description = "Compare outputs and metrics too, on this manifest's validation data.", HelpName = "FILE" };
    private readonly Option<int> _samples = CommonOptions.Positive("--samples", "Samples whose outputs are compared, at most. Metrics are always of all.", 256);
    private readonly Option<string?> _plugins = CommonOptions.Plugins();
    private readonly StoreOptions _store = new();
    private readonly Option<bool> _json = CommonOptions.Json("Print one JSON document.");
    private readonly Option<string> _verbosity = CommonOptions.Verbosity();

    private readonly Engine _engine;
    private readonly ToolContext _context;

    public CompareCommand(Engine engine, ToolContext context)
    {
        (_engine, _context) = (engine, context);
        Command = new Command("compare", "Put two models side by side: operators, precisions, sizes and, with data, outputs and metrics.") { _data, _plugins, _samples };
        _models.AddTo(Command);
        _store.AddTo(Command);
        Command.Add(_json);
        Command.Add(_verbosity);
        Command.SetAction(Invoke);
    }

    public Command Command { get; }

    private int Invoke(ParseResult parsed)
    {
        var json = parsed.GetValue(_json);
        var view = RunViews.Choose(_context, parsed.GetValue(_verbosity), json, _context.Out);
        return new Guard(view, _context.Error, CommonOptions.IsDiagnostic(parsed.GetValue(_verbosity))).Run(() =>
        {
            using var first = _models.OpenFirst(parsed, _context);
            using var second = _models.OpenSecond(parsed, _context);
            var data = parsed.GetValue(_data) is { } manifest ? _engine.ReadManifest(_context.Absolute(manifest), CommonOptions.OnlyPlugins(parsed.GetValue(_plugins), _context)) : null;
            var request = new ComparisonRequest { First = first.Path, Second = second.Path, Data = data, Samples = parsed.GetValue(_samples) };
            var options = _store.Read(parsed, _context);
            var report = data is null ? _engine.Compare(request, options, new SynchronousProgress(_ => { }), _context.Cancellation)
                : view.Follow(progress => _engine.Compare(request, options, progress, _context.Cancellation));
            if (json)
                _context.Out.Write(ComparisonJson.Of(report));
            else
                Print(report);
            return ExitCodes.Success;
        }, CommonOptions.CancelledWithCache);
    }

    private void Print(ComparisonReport report)
    {
        var (first, second) = (report.First, report.Second);
        var general = new TextTable("", "first", "second");
        general.Add("file", first.Path, second.Path);
        general.Add("bytes", TextTable.Number(first.Bytes), $"{TextTable.Number(second.Bytes)} ({Share((double)second.Bytes / first.Bytes)})");
        general.Add("opset", TextTable.Number(first.Opset), TextTable.Number(second.Opset));
        general.Add("made by", first.Producer, second.Producer);
        foreach (var (kind, a, b) in Tensors("input", first.Inputs, second.Inputs).Concat(Tensors("output", first.Outputs, second.Outputs)))
            general.Add(kind, a, b);
        general.Write(_context.Out);

        Section("operators", "first", "second", first.Operators.Keys.Union(second.Operators.Keys), name => (TextTable.Number(first.Operators.GetValueOrDefault(name)), TextTable.Number(second.Operators.GetValueOrDefault(name))));
        Section("stored elements", "first", "second", first.Stored.Keys.Union(second.Stored.Keys), name => (Elements(first, name), Elements(second, name)));
        if (!report.Outputs.IsEmpty)
            PrintOutputs(report);
        if (!report.Metrics.IsEmpty)
            PrintMetrics(report);
    }

    private void Section(string heading, string first, string second, IEnumerable<string> names, Func<string, (string, string)> values)
    {
        _context.Out.WriteLine();
        var table = new TextTable(heading, first, second);
        foreach (var name in names.Order(StringComparer.Ordinal))
            table.Add(name, values(name).Item1, values(name).Item2);
        table.Write(_context.Out);
    }

    private void PrintOutputs(ComparisonReport report)
    {
        _context.Out.WriteLine();
        var table = new TextTable($"outputs on {TextTable.Number(report.Samples)} samples", "SQNR", "cosine", "largest difference", "same prediction");
        foreach (var output in report.Outputs)
            table.Add(output.Name == output.SecondName ? output.Name : $"{output.Name} / {output.SecondName}",
                double.IsPositiveInfinity(output.SignalToNoise) ? "equal" : double.IsFinite(output.SignalToNoise) ? output.SignalToNoise.ToString("0.0", CultureInfo.InvariantCulture) + " dB" : "not finite",
                output.Cosine.ToString("0.000000", CultureInfo.InvariantCulture), output.LargestDifference.ToString("G4", CultureInfo.InvariantCulture),
                output.Agreement is { } agreement ? $"{Share(agreement)} of {TextTable.Number(output.Predictions)}" : "-");
        table.Write(_context.Out);
    }

    private void PrintMetrics(ComparisonReport report)
    {
        _context.Out.WriteLine();
        var table = new TextTable("metric", "first", "second", "drop", "samples");
        foreach (var metric in report.Metrics)
        {
            var drop = metric.HigherIsBetter ? metric.First - metric.Second : metric.Second - metric.First;
            var format = new MetricFormat(new MetricRecord(metric.Name, metric.HigherIsBetter, metric.First, metric.Second, metric.Second, drop, null, "absolute", true, metric.Samples));
            table.Add(metric.Name, format.Value(metric.First), format.Value(metric.Second), format.Drop(drop), TextTable.Number(metric.Samples));
        }
        table.Write(_context.Out);
    }

    private static IEnumerable<(string, string, string)> Tensors(string kind, IReadOnlyList<ModelTensor> first, IReadOnlyList<ModelTensor> second) =>
        Enumerable.Range(0, Math.Max(first.Count, second.Count)).Select(i => (kind, Tensor(first.ElementAtOrDefault(i)), Tensor(second.ElementAtOrDefault(i))));

    private static string Tensor(ModelTensor? tensor) => tensor is null ? "-" : $"{tensor.Name} {tensor.Kind}";

    private static string Elements(ModelStructure model, string type) => model.Stored.TryGetValue(type, out var stored) ? $"{TextTable.Number(stored.Elements)} in {TextTable.Number(stored.Tensors)}" : "0";

    private static string Share(double share) => share.ToString("0.0%", CultureInfo.InvariantCulture).Replace(" ", "", StringComparison.Ordinal);
}
