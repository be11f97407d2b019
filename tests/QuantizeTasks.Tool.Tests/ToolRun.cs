using QuantizeTasks.Comparison;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inspection;
using QuantizeTasks.Manifest;
using QuantizeTasks.Reporting;
using QuantizeTasks.Tool;

namespace QuantizeTasks.Tests;

/// <summary>The tool in this process, with a scripted quantizer, in a folder of its own.</summary>
internal sealed class ToolRun : IDisposable
{
    private readonly StringWriter _out = new() { NewLine = "\n" };
    private readonly StringWriter _error = new() { NewLine = "\n" };
    private readonly CancellationTokenSource _cancellation = new();

    public ToolRun()
    {
        Write("quantize.yaml", """
            model: models/mobilenet.onnx
            data:
              validation:
                tensors: { input: val.npy }
                labels: labels.npy
            metrics:
              - name: accuracy@top1
            compression:
              target_device: CPU
              algorithms:
                - name: AccuracyAwareQuantization
                  params:
                    preset: performance
                    maximal_drop: 0.005
                    max_iter_num: 30
            """);
        Write("models/mobilenet.onnx", "");
        Write("val.npy", "");
        Write("labels.npy", "");
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("tool-").FullName;

    /// <summary>What the quantizer does; by default it publishes a file and reports success.</summary>
    public Func<QuantizationManifest, RunOptions, IProgress<RunEvent>, RunReport>? Pipeline { get; set; }

    public Func<string, QuantizationManifest, EvaluationReport>? Evaluation { get; set; }

    public Func<InspectionRequest, InspectionReport>? Inspection { get; set; }

    public Func<ComparisonRequest, ComparisonReport>? Comparison { get; set; }

    public Func<BenchmarkRequest, LatencyReport>? Benchmark { get; set; }

    public Func<QuantizationManifest, RankingReport>? Ranking { get; set; }

    public Func<string, Drafting.ManifestDraft>? Draft { get; set; }

    public Func<Drafting.ManifestDraft, Drafting.ManifestDraft>? Trial { get; set; }

    /// <summary>Whether somebody types what comes in.</summary>
    public bool InputIsTyped { get; set; }

    /// <summary>Standard input; a terminal when null.</summary>
    public Stream? Input { get; set; }

    /// <summary>What went to standard output as bytes.</summary>
    public MemoryStream Binary { get; } = new();

    public bool OutputIsTerminal { get; set; }

    public Func<RuntimeRecord>? Runtime { get; set; }

    public Dictionary<string, string> Variables { get; } = [];

    public bool ErrorIsTerminal { get; set; }

    public QuantizationManifest? Manifest { get; private set; }

    public RunOptions? Options { get; private set; }

    public Shard? Shard { get; private set; }

    /// <summary>The ONNX Runtime that the quantizer was told to use; null for its own.</summary>
    public QuantizeTasks.Inference.RuntimeSource? UsedRuntime { get; private set; }

    public string Out => _out.ToString();

    public string Error => _error.ToString();

    public int Run(params string[] arguments) => CommandLine.Run(arguments, Engine, Context);

    /// <summary>The quantizer that the commands get.</summary>
    public Engine Engine => new()
    {
        UseRuntime = source => UsedRuntime = source,
        Version = "1.2.3",
        Runtime = () => Runtime?.Invoke() ?? new RuntimeRecord("p", "1", "x64"),
        ReadManifest = (path, overrides) => ManifestFile.Read(path, overrides),
        ReadPot = ManifestFile.ReadPot,
        InputFiles = manifest => [manifest.Path, manifest.Model.Value, Path.Combine(Folder, "val", "*")],
        Run = (manifest, options, events, cancellation) =>
        {
            (Manifest, Options) = (manifest, options);
            var report = Pipeline?.Invoke(manifest, options, events) ?? Publish(manifest, options);
            cancellation.ThrowIfCancellationRequested();
            return report;
        },
        RunShard = (manifest, options, shard, _, _) =>
        {
            (Manifest, Options, Shard) = (manifest, options, shard);
            return new ShardReport(shard, ShardRound.Samples, new EvaluationRecord(2, 80, 0));
        },
        Evaluate = (model, manifest, _, _, _) => Evaluation!(model, manifest),
        Try = (draft, _) => Trial?.Invoke(draft) ?? draft,
        Draft = model => Draft!(model),
        Compare = (request, _, _, _) => Comparison!(request),
        Bench = (request, _, _) => Benchmark!(request),
        Rank = (manifest, _, _, _) => Ranking!(manifest),
        Inspect = (request, _, _) => Inspection!(request),
    };

    /// <summary>The world that the commands see.</summary>
    public ToolContext Context => new()
    {
        Out = _out,
        Error = _error,
        ErrorIsTerminal = ErrorIsTerminal,
        OpenInput = () => Input ?? throw new InvalidOperationException("nobody said what comes in"),
        OpenOutput = () => Binary,
        InputIsTerminal = Input is null || InputIsTyped,
        OutputIsTerminal = OutputIsTerminal,
        Variable = name => Variables.GetValueOrDefault(name),
        WorkingDirectory = Folder,
        Cancellation = _cancellation.Token,
    };

    public void Cancel() => _cancellation.Cancel();

    /// <summary>What the pipeline does when all is well.</summary>
    public static RunReport Publish(QuantizationManifest manifest, RunOptions options)
    {
        var path = Path.Combine(options.OutputDirectory, manifest.Output.Value);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "int8");
        var report = SampleReports.WithinBudget();
        return report with { Output = report.Output! with { Path = path } };
    }

    public static RunReport Miss(QuantizationManifest manifest, RunOptions options, IProgress<RunEvent> events) => SampleReports.BudgetExceeded();

    public static QuantizeException Failure(string code) => new(code, "Something is wrong.", new SourcePosition("/repo/quantize.yaml", 3, 5));

    public string PathOf(string name) => Path.Combine(Folder, name);

    public string Write(string name, string text)
    {
        var path = PathOf(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    public void Dispose()
    {
        _cancellation.Dispose();
        Binary.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
