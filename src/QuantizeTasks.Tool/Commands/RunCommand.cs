using System.CommandLine;
using System.Text;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Reporting;
using QuantizeTasks.Tool.Ci;
using QuantizeTasks.Tool.Jobs;
using QuantizeTasks.Tool.Views;

namespace QuantizeTasks.Tool.Commands;

/// <summary><c>run</c>: quantize a model, prove it, publish it.</summary>
internal sealed class RunCommand
{
    public const string Examples = """
        Examples:
          # Quantize what quantize.yaml names, below the folder bin
          dotnet quantize run quantize.yaml -o bin

          # Try a looser budget for once, and read the outcome with a program
          dotnet quantize run quantize.yaml --maximal-drop 0.01 --json > outcome.json

          # Into a pipe: the proven model and nothing else
          dotnet quantize run quantize.yaml -o - | sha256sum

          # Bring together what other machines evaluated with --shard 1/3 to --shard 3/3
          dotnet quantize run quantize.yaml --merge shards/*.qtzcache -o bin

          # Is the model good enough on x64 processors without VNNI, too? Prove it for those
          dotnet quantize run quantize.yaml --emulate-isa avx2

        Exit codes: 0 within budget, 1 usage, 2 manifest, 3 model, 4 budget exceeded, 5 runtime, 6 data, 7 lock file, 70 internal, 130 cancelled.
        """;

    private readonly Argument<string?> _manifest = new("manifest") { Description = "The manifest, usually quantize.yaml; or the model, whose manifest then lies beside it.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _outputDirectory = new("--output-directory", "-o") { Description = "The folder below which the int8 model is written. Default: the current one. - for the model itself on standard output.", HelpName = "DIR" };
    private readonly Option<string?> _reportDirectory = new("--report-directory") { Description = "Where report.html and report.json go. Default: quantize-report/<model> below the output directory.", HelpName = "DIR" };
    private readonly Option<string> _cacheDirectory = CommonOptions.CacheDirectory();
    private readonly Option<string?> _cacheMaxSize = CommonOptions.CacheMaxSize();
    private readonly Option<int> _workers = CommonOptions.Workers();
    private readonly OverrideOptions _overrides = new();
    private readonly Option<string?> _emulateIsa = CommonOptions.EmulateIsa();
    private readonly Option<bool> _noLatency = new("--no-latency") { Description = "Do not measure latency after the verdict." };
    private readonly LockOptions _lock = new();
    private readonly Option<bool> _json = CommonOptions.Json("Print the record of the run as one JSON document, whatever the verdict, and no progress.");
    private readonly Option<string?> _sarif = new("--sarif") { Description = "Write errors, warnings and the layers not in int8 as SARIF 2.1.0, for code scanning.", HelpName = "FILE" };
    private readonly Option<string?> _markdown = new("--markdown") { Description = "Write a summary for a pull request.", HelpName = "FILE" };
    private readonly Option<string> _logFormat = new("--log-format") { Description = "text, or msbuild for one JSON object a line.", HelpName = "FORMAT", DefaultValueFactory = _ => "text" };
    private readonly Option<string?> _job = new("--job") { Description = "A job file that a build wrote, instead of a manifest and options.", HelpName = "FILE" };
    private readonly ShardOptions _shards;
    private readonly Option<string> _verbosity = CommonOptions.Verbosity();

    private readonly Engine _engine;
    private readonly ToolContext _context;
    private RunOptions? _running;

    public RunCommand(Engine engine, ToolContext context)
    {
        (_engine, _context, _shards) = (engine, context, new ShardOptions(engine, context));
        _logFormat.AcceptOnlyFromAmong("text", "msbuild");
        Command = new Command("run", "Quantize a model to int8, prove that it stays within the accuracy budget, and write it.")
        {
            _manifest, _outputDirectory, _reportDirectory, _cacheDirectory, _cacheMaxSize, _workers, _emulateIsa, _noLatency, _json, _sarif, _markdown, _logFormat, _job, _verbosity,
        };
        _overrides.AddTo(Command);
        _shards.AddTo(Command);
        _lock.AddTo(Command);
        Command.Validators.Add(result =>
        {
            if (result.GetValue(_job) is null == result.GetValue(_manifest) is null)
                result.AddError("Give either a manifest or --job.");
            if (result.GetValue(_job) is not null && result.Children.OfType<System.CommandLine.Parsing.OptionResult>()
                    .FirstOrDefault(o => !o.Implicit && o.Option != _job && o.Option != _logFormat && o.Option != _verbosity) is { } other)
                result.AddError($"{other.Option.Name} cannot be combined with --job: the job file says everything.");
            if (result.GetValue(_json) && result.GetValue(_logFormat) == "msbuild")
                result.AddError("--json cannot be combined with --log-format msbuild.");
            if (result.GetValue(_outputDirectory) == ModelInput.Standard && (result.GetValue(_json) || result.GetValue(_logFormat) == "msbuild"))
                result.AddError("With `-o -` the model goes to standard output, so nothing else can.");
        });
        Command.SetAction(Invoke);
    }

    public Command Command { get; }

    private int Invoke(ParseResult parsed)
    {
        var view = new WatchedView(View(parsed));
        var guard = new Guard(view, _context.Error, CommonOptions.IsDiagnostic(parsed.GetValue(_verbosity)));
        var exitCode = guard.Run(
            () => _shards.IsShard(parsed) ? _shards.Run(parsed, Request(parsed), view, parsed.GetValue(_json))
                : WritesModel(parsed) ? RunToStandardOutput(parsed, view) : Run(parsed, Request(parsed), view, parsed.GetValue(_json)).ExitCode, () => Cancelled(view));
        var told = exitCode == ExitCodes.Cancelled ? exitCode : guard.Run(() => Tell(parsed, view, exitCode), () => Cancelled(view));
        return exitCode == ExitCodes.Success ? told : exitCode;
    }

    /// <summary>Tells those who were not watching; a run that failed has its own reason.</summary>
    private int Tell(ParseResult parsed, WatchedView view, int exitCode)
    {
        var files = new OutcomeFiles(
            parsed.GetValue(_sarif) is { } sarif ? _context.Absolute(sarif) : null, parsed.GetValue(_markdown) is { } markdown ? _context.Absolute(markdown) : null);
        var manifest = view.Report?.Manifest ?? _context.Absolute(parsed.GetValue(_manifest) ?? parsed.GetValue(_job)!);
        files.Write(view, manifest, exitCode, _engine, _context, showsCommands: parsed.GetValue(_logFormat) != "msbuild");
        return exitCode;
    }

    /// <summary>What is on disk, and how to go on.</summary>
    private string Cancelled(WatchedView view) => _running is not { } options ? "Cancelled. Nothing was computed yet."
        : $"Cancelled. Finished work is kept in '{options.CacheDirectory}'{(view.HasJudged ? $", and the best model so far, which is not published, in '{options.ReportDirectory}'" : "")}; the same command goes on from there.";

    private bool WritesModel(ParseResult parsed) => parsed.GetValue(_outputDirectory) == ModelInput.Standard;

    /// <summary>Publishes into a folder of its own first: what is not proven must not get out, and a stream cannot be taken back.</summary>
    private int RunToStandardOutput(ParseResult parsed, WatchedView view)
    {
        if (_context.OutputIsTerminal)
            throw new QuantizeException(DiagnosticCodes.StreamIsTerminal, "The model is to go to standard output (-o -), which is a terminal. Redirect it into a file or a pipe, or name a folder.");
        var folder = Directory.CreateTempSubdirectory("quantize-").FullName;
        try
        {
            var (exitCode, report) = Run(parsed, Request(parsed) with { OutputDirectory = folder, ReportRoot = _context.WorkingDirectory }, view, json: false);
            if (report.Output is not { } output)
                return exitCode;
            if (!output.ExternalData.IsEmpty)
                throw new QuantizeException(DiagnosticCodes.OutputNotWritable, "The int8 model has its weights in a second file, and standard output takes only one. Name a folder.");
            using var from = File.OpenRead(output.Path);
            using var to = _context.OpenOutput();
            from.CopyTo(to);
            return exitCode;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private RunRequest Request(ParseResult parsed) => parsed.GetValue(_job) is { } job ? JobFile.Read(_context.Absolute(job)) : _lock.Read(parsed, _context, new RunRequest
    {
        Manifest = ManifestPath(_context.Absolute(parsed.GetValue(_manifest)!)),
        Overrides = _overrides.Read(parsed, _context),
        OutputDirectory = parsed.GetValue(_outputDirectory) is { } output ? _context.Absolute(output) : _context.WorkingDirectory,
        ReportDirectory = parsed.GetValue(_reportDirectory) is { } report ? _context.Absolute(report) : null,
        CacheDirectory = parsed.GetValue(_cacheDirectory) is { } cache ? _context.Absolute(cache) : null,
        CacheMaxSize = parsed.GetValue(_cacheMaxSize),
        Workers = parsed.GetValue(_workers),
        MeasureLatency = !parsed.GetValue(_noLatency),
        EmulatedIsa = CommonOptions.IsaOf(parsed.GetValue(_emulateIsa)),
    });

    private string ManifestPath(string path) =>
        ManifestOfModel.IsModel(path) ? ManifestOfModel.Find(path, _context.WorkingDirectory, manifest => _engine.ReadManifest(manifest, new ManifestOverrides([]))) : path;

    private IRunView View(ParseResult parsed)
    {
        if (parsed.GetValue(_logFormat) == "msbuild")
            return new MsbuildView(_context.Out);
        return RunViews.Choose(_context, parsed.GetValue(_verbosity), parsed.GetValue(_json), WritesModel(parsed) ? _context.Error : _context.Out);
    }

    private (int ExitCode, RunReport Report) Run(ParseResult parsed, RunRequest request, WatchedView view, bool json)
    {
        QuantizationManifest? manifest = null;
        try
        {
            request.BuildFiles?.Begin();
            manifest = _engine.ReadManifest(request.Manifest, request.Overrides);
            var options = _shards.Merge(parsed, request.Options(manifest, _context), view);
            _running = options;
            var report = view.Follow(progress => _engine.Run(manifest, options, progress, _context.Cancellation));
            if (json)
                _context.Out.Write(Encoding.UTF8.GetString(ReportJson.Serialize(report)));
            view.Conclude(report);
            return report.Status is RunStatus.BudgetExceeded or RunStatus.NotEnoughEvidence ? (Missed(request, manifest, report, view), report) : (Published(request, manifest, report, view), report);
        }
        catch (Exception e) when (!Guard.IsCancellation(e))
        {
            CleanUp(request, manifest, view);
            throw;
        }
    }

    private int Published(RunRequest request, QuantizationManifest manifest, RunReport report, WatchedView view)
    {
        request.BuildFiles?.Succeed(InputsOf(request, manifest), [report.Output!.Path, .. report.Output.ExternalData], [.. view.Warnings.Select(MsbuildView.TextOf)]);
        return ExitCodes.Success;
    }

    /// <summary>Whoever edits, merges or takes back the lock file wants to know what comes of it.</summary>
    private IEnumerable<string> InputsOf(RunRequest request, QuantizationManifest manifest) =>
        request.LockFilePathOf(manifest) is { } lockFile ? _engine.InputFiles(manifest).Append(lockFile) : _engine.InputFiles(manifest);

    private static int Missed(RunRequest request, QuantizationManifest manifest, RunReport report, WatchedView view)
    {
        var accuracy = manifest.Compression.Accuracy;
        var position = accuracy.MaximalDrop?.Position ?? new SourcePosition(manifest.Path);
        var source = request.Overrides.Values.LastOrDefault(value => value.Key == "maximal_drop")?.Description;
        foreach (var error in Summary.BudgetErrors(report, position, manifest.Compression.IsAccuracyAware ? accuracy.MaxIterNum : null, source))
            view.Show(error);
        CleanUp(request, manifest, view);
        return ExitCodes.BudgetExceeded;
    }

    /// <summary>What cannot be removed is one more error, but not the reason why the run failed.</summary>
    private static void CleanUp(RunRequest request, QuantizationManifest? manifest, WatchedView view)
    {
        try
        {
            request.BuildFiles?.Fail(manifest?.Output.Value);
        }
        catch (QuantizeException e)
        {
            foreach (var error in e.Diagnostics)
                view.Show(error);
        }
    }
}
