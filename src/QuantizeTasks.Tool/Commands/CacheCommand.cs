using System.CommandLine;
using System.Globalization;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Tool.Jobs;
using QuantizeTasks.Tool.Views;

namespace QuantizeTasks.Tool.Commands;

/// <summary><c>cache</c>: looks after the store of finished work.</summary>
internal sealed class CacheCommand
{
    public const string Examples = """
        Examples:
          # Where is it, and how large?
          dotnet quantize cache info

          # Take what this machine has computed to another one
          dotnet quantize cache export work.qtzcache
          dotnet quantize cache import work.qtzcache

          # Throw away what nobody used for a month
          dotnet quantize cache clear --older-than 30d
        """;

    private const string Cancelled = "Cancelled. What was done until then holds.";

    private readonly Option<string> _directory = CommonOptions.CacheDirectory();
    private readonly Option<string?> _limit = CommonOptions.CacheMaxSize();
    private readonly Option<bool> _json = CommonOptions.Json("Print one JSON document.");
    private readonly Option<string?> _olderThan = new("--older-than") { Description = "Only what was not used for so long, such as 30d, 12h or 45m.", HelpName = "TIME" };
    private readonly Argument<string> _target = new("target") { Description = "The file to write, or a folder (one that exists, or a path that ends with a slash) to add to as a cache." };
    private readonly Argument<string> _source = new("source") { Description = "An exported file, or the folder of a cache." };
    private readonly ToolContext _context;

    public CacheCommand(ToolContext context)
    {
        _context = context;
        _olderThan.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && Age(token.Value) is null)
                result.AddError("--older-than needs a time such as 30d, 12h or 45m.");
        });
        Command = new Command("cache", "Look after the cache of finished work: info, clear, export, import.")
        {
            Sub("info", "Say where the cache is and what it holds.", Info, _directory, _limit, _json),
            Sub("clear", "Remove finished work. Runs that are going on compute again what they miss.", Clear, _olderThan, _directory, _json),
            Sub("export", "Write finished work to one file, or add it to the cache in another folder.", Export, _target, _directory, _json),
            Sub("import", "Add finished work from elsewhere. Every entry is verified.", Import, _source, _directory, _limit, _json),
        };
    }

    public Command Command { get; }

    private Command Sub(string name, string description, Func<ParseResult, int> action, params Symbol[] symbols)
    {
        var command = new Command(name, description);
        foreach (var symbol in symbols)
            if (symbol is Option option)
                command.Add(option);
            else
                command.Add((Argument)symbol);
        command.SetAction(parsed => new Guard(View, _context.Error, showsStackTraces: false).Run(() => action(parsed), Cancelled));
        return command;
    }

    private PlainView View => new(_context.Out, _context.Error, showsProgress: false, showsSummary: false);

    private int Info(ParseResult parsed)
    {
        var limit = Limit(parsed);
        var description = Cache.Describe(Directory(parsed));
        if (parsed.GetValue(_json))
            _context.Out.Write(CacheJson.Of(description, limit));
        else
            Print(description, limit);
        return ExitCodes.Success;
    }

    private int Clear(ParseResult parsed)
    {
        var (entries, bytes) = Cache.Clear(Directory(parsed), parsed.GetValue(_olderThan) is { } text ? Age(text) : null);
        Say(parsed, [("removed", entries), ("bytes", bytes)], $"{Entries(entries)} removed, {ByteSize.Text(bytes)}.");
        return ExitCodes.Success;
    }

    private int Export(ParseResult parsed)
    {
        var entries = Cache.Export(Directory(parsed), Absolute(parsed.GetValue(_target)!));
        Say(parsed, [("exported", entries)], $"{Entries(entries)} exported.");
        return ExitCodes.Success;
    }

    private int Import(ParseResult parsed)
    {
        var import = Cache.Import(Directory(parsed), Absolute(parsed.GetValue(_source)!), Limit(parsed));
        Say(parsed, [("added", import.Added), ("merged", import.Merged), ("known", import.Known), ("refused", import.Refused.Length)],
            $"{Entries(import.Added)} added, {TextTable.Number(import.Merged)} put together with what was there, {TextTable.Number(import.Known)} there already, {TextTable.Number(import.Refused.Length)} refused.");
        foreach (var diagnostic in import.Problems(DiagnosticSeverity.Error))
            View.Show(diagnostic);
        return import.Refused.IsEmpty ? ExitCodes.Success : ExitCodes.For(DiagnosticCodes.CacheNotImported);
    }

    private string Directory(ParseResult parsed) => parsed.GetValue(_directory) is { } directory ? _context.Absolute(directory) : CacheFolder.Default(_context);

    private long Limit(ParseResult parsed) => CacheLimit.Of(parsed.GetValue(_limit), _limit.Name, _context);

    // A slash at the end says that a folder is meant, and making a path absolute keeps it.
    private string Absolute(string path) => _context.Absolute(path);

    private void Say(ParseResult parsed, (string Name, long Number)[] figures, string sentence)
    {
        if (parsed.GetValue(_json))
            _context.Out.Write(CacheJson.Of(figures));
        else
            _context.Out.WriteLine(sentence);
    }

    private void Print(CacheDescription cache, long limit)
    {
        _context.Out.WriteLine($"folder    {TextTable.OneLine(cache.Directory)}");
        _context.Out.WriteLine($"entries   {TextTable.Number(cache.Entries)}{(cache.Damaged > 0 ? $", and {TextTable.Number(cache.Damaged)} damaged" : "")}");
        _context.Out.WriteLine($"size      {ByteSize.Text(cache.Bytes)} of {(limit == long.MaxValue ? "any size" : ByteSize.Text(limit))}");
        if (cache is not { Oldest: { } oldest, Newest: { } newest })
            return;
        _context.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"last use  {oldest.UtcDateTime:yyyy-MM-dd HH:mm} to {newest.UtcDateTime:yyyy-MM-dd HH:mm} UTC"));
        _context.Out.WriteLine();
        var table = new TextTable("kind", "entries", "size");
        foreach (var kind in cache.Kinds)
            table.Add(kind.Name, TextTable.Number(kind.Entries), ByteSize.Text(kind.Bytes));
        table.Write(_context.Out);
    }

    private static string Entries(int count) => count == 1 ? "1 entry" : $"{TextTable.Number(count)} entries";

    /// <summary>Null when the text is no time.</summary>
    private static TimeSpan? Age(string text)
    {
        var unit = text is [.., 'd'] ? TimeSpan.FromDays(1) : text is [.., 'h'] ? TimeSpan.FromHours(1) : text is [.., 'm'] ? TimeSpan.FromMinutes(1) : default;
        return unit > TimeSpan.Zero && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count <= 1_000_000 ? count * unit : null;
    }
}
