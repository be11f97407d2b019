using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace QuantizeTasks.Tool.Commands;

/// <summary>A command's help with examples below it, which the parser's own help has no place for.</summary>
internal sealed class HelpWithExamples(HelpAction help, IReadOnlyDictionary<Command, string> examples) : SynchronousCommandLineAction
{
    private const int Width = 120;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        // Without this the text would depend on the width of a terminal that may not be there.
        help.MaxWidth = Width;
        var result = help.Invoke(parseResult);
        if (examples.TryGetValue(parseResult.CommandResult.Command, out var text))
            parseResult.InvocationConfiguration.Output.WriteLine(text.ReplaceLineEndings());
        return result;
    }
}
