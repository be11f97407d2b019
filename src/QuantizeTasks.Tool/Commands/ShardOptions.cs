using System.CommandLine;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Tool.Jobs;
using QuantizeTasks.Tool.Views;

namespace QuantizeTasks.Tool.Commands;

/// <summary>The options of <c>run</c> by which several machines share its work.</summary>
internal sealed class ShardOptions(Engine engine, ToolContext context)
{
    private readonly Option<string?> _shard = new("--shard")
    {
        Description = "Evaluate only this machine's share, such as 2/3, and keep it in the cache. auto: ask the CI system or batch scheduler.",
        HelpName = "I/N",
    };

    private readonly Option<string[]> _merge = new("--merge")
    {
        Description = "First add what shards have evaluated: exported files or cache folders.",
        HelpName = "PATH",
        AllowMultipleArgumentsPerToken = true,
    };

    public void AddTo(Command command)
    {
        command.Add(_shard);
        command.Add(_merge);
    }

    /// <summary>Whether only a share is to be evaluated.</summary>
    public bool IsShard(ParseResult parsed) => parsed.GetValue(_shard) is not null;

    /// <summary>Takes over what other machines have evaluated, and expects it to be complete unless this is a shard itself.</summary>
    public RunOptions Merge(ParseResult parsed, RunOptions options, WatchedView view)
    {
        if (parsed.GetValue(_merge) is not { Length: > 0 } paths)
            return options;
        // Shards that share a folder have put it all where it is to be.
        foreach (var path in paths.Select(context.Absolute).Where(path => Path.TrimEndingDirectorySeparator(path) != Path.TrimEndingDirectorySeparator(options.CacheDirectory)))
        {
            context.Cancellation.ThrowIfCancellationRequested();
            foreach (var problem in Cache.Import(options.CacheDirectory, path, options.CacheLimit).Problems(DiagnosticSeverity.Warning))
                view.Show(problem);
        }
        return options with { ExpectsShards = !IsShard(parsed) };
    }

    /// <summary>Evaluates this machine's share.</summary>
    public int Run(ParseResult parsed, RunRequest request, WatchedView view, bool json)
    {
        var shard = ShardVariables.Of(parsed.GetValue(_shard)!, context);
        var manifest = engine.ReadManifest(request.Manifest, request.Overrides);
        var options = Merge(parsed, request.Options(manifest, context), view);
        var report = view.Follow(progress => engine.RunShard(manifest, options, shard, progress, context.Cancellation));
        if (json)
            context.Out.Write(Json(report));
        else
            context.Out.WriteLine(Sentence(report));
        return ExitCodes.Success;
    }

    private static string Sentence(ShardReport report) => $"Shard {report.Shard}: " + report.Round switch
    {
        ShardRound.Samples => "its samples of the float and the int8 model",
        ShardRound.Search => "its share of what the search asks next",
        _ => "nothing, all is known",
    } + $"; {TextTable.Number(report.Evaluations.Samples)} samples run, {TextTable.Number(report.Evaluations.FromCache)} known.";

    private static string Json(ShardReport report) => ResultJson.Document(json =>
    {
        json.WriteNumber("shard", report.Shard.Index);
        json.WriteNumber("shards", report.Shard.Count);
        json.WriteString("round", report.Round.ToString().ToLowerInvariant());
        json.WriteNumber("samples", report.Evaluations.Samples);
        json.WriteNumber("fromCache", report.Evaluations.FromCache);
    });
}
