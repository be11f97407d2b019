using System.CommandLine;
using System.CommandLine.Parsing;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Tool;

/// <summary>Says what is wrong with a command line in a line each, and what was probably meant.</summary>
internal static class UsageErrors
{
    /// <summary>The mistakes of a command line; empty when there is none.</summary>
    public static IReadOnlyList<string> Of(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        if (command.Subcommands.Count > 0 && parsed.UnmatchedTokens.FirstOrDefault(token => !IsOption(token)) is { } first)
            return [$"There is no command '{first}'{(command is RootCommand ? ", nor is it a manifest (.yaml) or a model (.onnx)" : "")}.{DidYouMean.Hint(first, command.Subcommands.Select(c => c.Name))}"];
        // The parser takes an option that it does not know for an argument where one may stand, and then complains about something else.
        string[] unknownOptions = [.. parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens.Select(token => token.Value)).Concat(parsed.UnmatchedTokens).Where(IsOption)];
        if (unknownOptions.Length > 0 && !parsed.Tokens.Any(token => token.Type == TokenType.DoubleDash))
            return [.. unknownOptions.Distinct().Select(option => UnknownOption(option, command))];
        if (parsed.UnmatchedTokens.Count > 0)
            return [.. parsed.UnmatchedTokens.Select(token => $"'{token}' is one argument too many.")];
        return [.. parsed.Errors.Select(error => OneLine(error.Message))];
    }

    // A lone hyphen stands for standard input.
    private static bool IsOption(string token) => token is ['-', _, ..];

    private static string UnknownOption(string option, Command command)
    {
        var name = option.Split('=', ':')[0];
        return $"'{(command is RootCommand ? "dotnet quantize" : command.Name)}' has no option '{name}'.{DidYouMean.Hint(name, Options(command).SelectMany(o => o.Aliases.Prepend(o.Name)).Where(alias => alias.StartsWith("--", StringComparison.Ordinal)))}";
    }

    private static IEnumerable<Option> Options(Command command) =>
        command.Options.Concat(command.Parents.OfType<Command>().SelectMany(parent => parent.Options.Where(o => o.Recursive)));

    private static string OneLine(string message) => string.Join(' ', message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
