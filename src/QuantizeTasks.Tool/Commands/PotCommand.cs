using System.CommandLine;
using System.Globalization;
using System.Text;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Reporting;
using QuantizeTasks.Storage;
using QuantizeTasks.Tool.Jobs;
using QuantizeTasks.Tool.Views;

namespace QuantizeTasks.Tool.Commands;

/// <summary><c>pot</c>: the command line of OpenVINO's Post-training Optimization Tool, with its options and its output folders.</summary>
internal sealed class PotCommand
{
    public const string Examples = """
        Examples:
          # A configuration as it is; the result is below results/NAME_ALGORITHM/TIME
          dotnet quantize pot -c pot.json

          # The same into bin/optimized, and print the metrics of the result
          dotnet quantize pot -c pot.json --output-dir bin -d -e

          # Without a configuration
          dotnet quantize pot -q default --preset mixed -m model.onnx --engine simplified --data-source images
          dotnet quantize pot -q accuracy_aware --max-drop 0.01 -m model.onnx --ac-config checker.yml

        A model that misses its budget is not written to optimized: the exit code is 4, and the best one so far is accuracy_aware_intermediate/intermediate_model.onnx.
        """;

    private readonly PotOptions _options = new();
    private readonly Option<bool> _evaluate = new("--evaluate", "-e") { Description = "Print the metrics of the result on the whole data. It is evaluated whenever there is a metric." };
    private readonly Option<string> _outputDir = new("--output-dir") { Description = "The folder for results. Default: results.", HelpName = "DIR", DefaultValueFactory = _ => "results" };
    private readonly Option<bool> _direct = new("--direct-dump", "-d") { Description = "Write into that folder itself, without sub-folders for name, algorithm and time." };
    private readonly Option<string> _logLevel = new("--log-level") { Description = "CRITICAL, ERROR, WARNING, INFO or DEBUG. Default: INFO.", HelpName = "LEVEL", DefaultValueFactory = _ => "INFO" };
    private readonly Option<bool> _progressBar = new("--progress-bar") { Description = "Draw progress, on a terminal." };
    private readonly Option<bool> _streamOutput = new("--stream-output") { Description = "With --progress-bar: lines instead of a drawing." };
    private readonly Option<bool> _keepWeights = new("--keep-uncompressed-weights") { Description = "Accepted; weights are stored in int8 all the same, which computes the same." };
    private readonly Option<string> _cacheDirectory = CommonOptions.CacheDirectory();
    private readonly Option<string?> _cacheMaxSize = CommonOptions.CacheMaxSize();
    private readonly Option<int> _workers = CommonOptions.Workers();

    private readonly Engine _engine;
    private readonly ToolContext _context;

    public PotCommand(Engine engine, ToolContext context)
    {
        (_engine, _context) = (engine, context);
        _logLevel.AcceptOnlyFromAmong("CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG");
        Command = new Command("pot", "Run a configuration, or the options, of OpenVINO's Post-training Optimization Tool.");
        _options.AddTo(Command);
        foreach (var option in (Option[])[_evaluate, _outputDir, _direct, _logLevel, _progressBar, _streamOutput, _keepWeights, _cacheDirectory, _cacheMaxSize, _workers])
            Command.Add(option);
        Command.Validators.Add(result =>
        {
            if (result.GetValue(_evaluate) && _options.IsSimplified(result))
                result.AddError("--evaluate needs a metric, which --engine simplified does not have.");
        });
        Command.SetAction(Invoke);
    }

    public Command Command { get; }

    private int Invoke(ParseResult parsed)
    {
        var level = parsed.GetValue(_logLevel)!;
        var early = new PlainView(_context.Out, _context.Error, showsProgress: false, showsSummary: false);
        return new Guard(early, _context.Error, level == "DEBUG").Run(() =>
        {
            var (configuration, folder) = Prepare(parsed);
            var manifest = _engine.ReadPot(configuration, new ManifestOverrides([]));
            if (parsed.GetValue(_evaluate) && manifest.Metrics.IsEmpty)
                throw new QuantizeException(DiagnosticCodes.MissingKey, "--evaluate needs a metric, but the configuration has none.", new SourcePosition(configuration));
            folder ??= Folder(parsed, PotFolder.Name(manifest), manifest.Compression.IsAccuracyAware);
            using var log = folder.OpenLog();
            var (results, lines) = (new CopyingWriter(_context.Out, log), new CopyingWriter(_context.Error, log));
            var draws = parsed.GetValue(_progressBar) && !parsed.GetValue(_streamOutput) && _context.WantsLiveView;
            IRunView view = draws ? new LiveView(results, _context.Error) : new PlainView(results, lines, showsProgress: level is "INFO" or "DEBUG", showsSummary: true);
            if (parsed.GetValue(_keepWeights))
                view.Note("--keep-uncompressed-weights: weights are stored in int8; the model computes the same as with float weights that are quantized while it runs.");
            return new Guard(view, lines, level == "DEBUG").Run(() => Run(parsed, folder, PotFolder.Place(manifest), view, results),
                "Cancelled. Finished work is kept in the cache; the same command goes on from there.");
        }, "Cancelled.");
    }

    private int Run(ParseResult parsed, PotFolder folder, QuantizationManifest manifest, IRunView view, TextWriter results)
    {
        var request = new RunRequest
        {
            Manifest = manifest.Path,
            Overrides = new ManifestOverrides([]),
            OutputDirectory = folder.Path,
            ReportDirectory = folder.Report,
            CacheDirectory = parsed.GetValue(_cacheDirectory) is { } cache ? _context.Absolute(cache) : null,
            CacheMaxSize = parsed.GetValue(_cacheMaxSize),
            Workers = parsed.GetValue(_workers),
        };
        var report = view.Follow(progress => _engine.Run(manifest, request.Options(manifest, _context), progress, _context.Cancellation));
        view.Conclude(report);
        if (parsed.GetValue(_evaluate))
            foreach (var metric in report.Metrics)
                results.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{metric.Name,-24}: {metric.Quantized:R}"));
        if (report.Status is not (RunStatus.BudgetExceeded or RunStatus.NotEnoughEvidence))
            return ExitCodes.Success;
        folder.KeepIntermediate(report.BestSoFar);
        var accuracy = manifest.Compression.Accuracy;
        foreach (var error in Summary.BudgetErrors(report, accuracy.MaximalDrop?.Position ?? new SourcePosition(manifest.Path), manifest.Compression.IsAccuracyAware ? accuracy.MaxIterNum : null))
            view.Show(error);
        return ExitCodes.BudgetExceeded;
    }

    /// <summary>The configuration, and with <c>-q</c> the folder of the run, in which the configuration is kept that the options amount to.</summary>
    private (string Configuration, PotFolder? Folder) Prepare(ParseResult parsed)
    {
        if (_options.Configuration(parsed, _context) is { } configuration)
            return (configuration, null);
        var template = _options.Template(parsed, _context);
        var folder = Folder(parsed, template.Name, template.IsAccuracyAware);
        AtomicFile.Write(folder.Configuration, Encoding.UTF8.GetBytes(template.Json()));
        return (folder.Configuration, folder);
    }

    private PotFolder Folder(ParseResult parsed, string name, bool isAccuracyAware) =>
        PotFolder.Of(_context.Absolute(parsed.GetValue(_outputDir)!), parsed.GetValue(_direct), name, isAccuracyAware, DateTime.Now);
}
