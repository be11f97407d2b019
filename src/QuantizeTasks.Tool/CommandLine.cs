using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Tool.Commands;

namespace QuantizeTasks.Tool;

/// <summary>The tool: arguments in, exit code out.</summary>
internal static class CommandLine
{
    private const string RootExamples = """
        Examples:
          # What would be quantized, and why not the rest
          dotnet quantize inspect models/mobilenet.onnx

          # Quantize within the manifest's accuracy budget, or fail
          dotnet quantize run quantize.yaml

        Environment: QUANTIZE_CACHE_DIRECTORY says where finished work is kept; NO_COLOR and CI turn the live view off.
        """;

    public static int Run(IReadOnlyList<string> arguments, Engine engine, ToolContext context)
    {
        var parsed = Create(engine, context).Parse(arguments);
        if (parsed.Action is ParseErrorAction)
        {
            // The parser's own answer puts two screens of help on stdout, which is for results, and hides the line that says what is wrong.
            foreach (var problem in parsed.Errors)
                context.Error.WriteLine($"error: {problem.Message}");
            context.Error.WriteLine($"Usage: {Usage(parsed.CommandResult.Command)}");
            context.Error.WriteLine($"See: {Path(parsed.CommandResult.Command)} --help");
            return ExitCodes.Usage;
        }
        return parsed.Invoke(new InvocationConfiguration
        {
            Output = context.Out,
            Error = context.Error,
            EnableDefaultExceptionHandler = false,
            // Signals are handled where the process begins.
            ProcessTerminationTimeout = null,
        });
    }

    internal static RootCommand Create(Engine engine, ToolContext context)
    {
        var run = new RunCommand(engine, context).Command;
        var evaluate = new EvaluateCommand(engine, context).Command;
        var inspect = new InspectCommand(engine, context).Command;
        var root = new RootCommand("Turns a float ONNX model into an int8 one that is proven to stay within an accuracy budget.") { run, evaluate, inspect };
        var examples = new Dictionary<Command, string>
        {
            [root] = RootExamples, [run] = RunCommand.Examples, [evaluate] = EvaluateCommand.Examples, [inspect] = InspectCommand.Examples,
        };
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!, examples);
        return root;
    }

    private static string Usage(Command command) => string.Join(' ',
        [Path(command), .. command.Subcommands.Count > 0 ? ["<command>"] : command.Arguments.Select(a => a.Arity.MinimumNumberOfValues > 0 ? $"<{a.Name}>" : $"[<{a.Name}>]"), "[options]"]);

    private static string Path(Command command) => command is RootCommand ? "dotnet quantize" : $"dotnet quantize {command.Name}";
}
