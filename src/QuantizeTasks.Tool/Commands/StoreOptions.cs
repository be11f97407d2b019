using System.CommandLine;
using QuantizeTasks.Tool.Jobs;

namespace QuantizeTasks.Tool.Commands;

/// <summary>The options of commands that evaluate but publish nothing: where finished work is kept, and how much is done at once.</summary>
internal sealed class StoreOptions
{
    private readonly Option<string> _cacheDirectory = CommonOptions.CacheDirectory();
    private readonly Option<int> _workers = CommonOptions.Workers();

    public void AddTo(Command command)
    {
        command.Add(_cacheDirectory);
        command.Add(_workers);
    }

    public RunOptions Read(ParseResult parsed, ToolContext context) => new()
    {
        OutputDirectory = context.WorkingDirectory,
        ReportDirectory = context.WorkingDirectory,
        CacheDirectory = parsed.GetValue(_cacheDirectory) is { } cache ? context.Absolute(cache) : CacheFolder.Default(context),
        Workers = parsed.GetValue(_workers),
    };
}
