using System.CommandLine;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Tool.Commands;

/// <summary><c>explain</c>: what a diagnostic code means and what to do about it.</summary>
internal sealed class ExplainCommand
{
    public const string Examples = """
        Examples:
          # What went wrong, and what to do about it
          dotnet quantize explain QTZ2001

          # Every code with its title, for a program
          dotnet quantize explain --json
        """;

    private const int Width = 100;

    private readonly Argument<string?> _code = new("code") { Description = "Such as QTZ2001, or only 2001. Without it all codes are listed.", HelpName = "code", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<bool> _json = CommonOptions.Json("Print one JSON document.");
    private readonly ToolContext _context;

    public ExplainCommand(ToolContext context)
    {
        _context = context;
        _code.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && Find(token.Value) is null)
                result.AddError($"There is no diagnostic '{token.Value}'.{DidYouMean.Hint(Canonical(token.Value), DiagnosticCatalog.Entries.Select(e => e.Code))}");
        });
        _code.CompletionSources.Add(_ => DiagnosticCatalog.Entries.Select(e => new System.CommandLine.Completions.CompletionItem(e.Code)));
        Command = new Command("explain", "Say what a diagnostic code means and what to do about it.") { _code, _json };
        Command.SetAction(Invoke);
    }

    public Command Command { get; }

    private int Invoke(ParseResult parsed)
    {
        var one = parsed.GetValue(_code) is { } code ? Find(code) : null;
        if (parsed.GetValue(_json))
            _context.Out.Write(Json(one is null ? DiagnosticCatalog.Entries : [one]));
        else if (one is null)
            List();
        else
            Explain(one);
        return ExitCodes.Success;
    }

    private void List()
    {
        var table = new TextTable("code", "exit code", "meaning");
        foreach (var entry in DiagnosticCatalog.Entries)
            table.Add(entry.Code, TextTable.Number(entry.ExitCode), entry.Title);
        table.Write(_context.Out);
    }

    private void Explain(DiagnosticDescription entry)
    {
        _context.Out.WriteLine($"{entry.Code}: {entry.Title} (exit code {TextTable.Number(entry.ExitCode)})");
        foreach (var (heading, text) in new[] { ("What it means", entry.Explanation), ("What to do", entry.Remedy) })
        {
            _context.Out.WriteLine();
            _context.Out.WriteLine(heading);
            foreach (var line in TextTable.Wrap(text, Width))
                _context.Out.WriteLine("  " + line);
        }
    }

    private static string Json(IEnumerable<DiagnosticDescription> entries) => ResultJson.Document(json =>
    {
        json.WriteStartArray("diagnostics");
        foreach (var entry in entries)
        {
            json.WriteStartObject();
            json.WriteString("code", entry.Code);
            json.WriteNumber("exitCode", entry.ExitCode);
            json.WriteString("title", entry.Title);
            json.WriteString("explanation", entry.Explanation);
            json.WriteString("remedy", entry.Remedy);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    private static DiagnosticDescription? Find(string code) => DiagnosticCatalog.Find(Canonical(code));

    private static string Canonical(string code) => code.ToUpperInvariant() is var upper && upper.StartsWith("QTZ", StringComparison.Ordinal) ? upper : "QTZ" + upper;
}
