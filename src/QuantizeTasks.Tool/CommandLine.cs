using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Tool.Commands;
using QuantizeTasks.Tool.Jobs;

namespace QuantizeTasks.Tool;

/// <summary>The tool: arguments in, exit code out.</summary>
internal static class CommandLine
{
    private const string RootExamples = """
        Examples:
          # Write a manifest for a model: what can be read off the model is filled in
          dotnet quantize init models/mobilenet.onnx

          # Quantize within the manifest's accuracy budget, or fail; `run` may be left out
          dotnet quantize run quantize.yaml
          dotnet quantize quantize.yaml

          # What does an error code mean?
          dotnet quantize explain QTZ2001

        Environment:
          QUANTIZE_CACHE_DIRECTORY  Where finished work is kept, unless --cache-directory says so.
          QUANTIZE_CACHE_MAX_SIZE   How large that may become, unless --cache-max-size says so.
          QUANTIZE_SHARD            Which share `run --shard auto` evaluates, such as 2/3.
          NO_COLOR                  Set: no colours and no live view, as at no-color.org.
          QUANTIZE_ONNXRUNTIME_PATH The ONNX Runtime to measure with, unless --onnxruntime-path says so.
          CI, TF_BUILD              Set: lines instead of a live view, since nobody watches.

        Results go to standard output, everything else to standard error. docs/tool.md explains all of it.
        """;

    public static int Run(IReadOnlyList<string> arguments, Engine engine, ToolContext context)
    {
        var root = Create(engine, context);
        var parsed = root.Parse(WithCommand(arguments, root));
        var wantsToRun = parsed.Action is ParseErrorAction || parsed.Action == parsed.CommandResult.Command.Action; // and not help or completion
        if (wantsToRun && UsageErrors.Of(parsed) is { Count: > 0 } mistakes)
        {
            // The parser's own answer puts two screens of help on stdout, which is for results, and hides the line that says what is wrong.
            foreach (var mistake in mistakes)
                context.Error.WriteLine($"error: {mistake}");
            context.Error.WriteLine($"Usage: {Usage(parsed.CommandResult.Command)}");
            context.Error.WriteLine($"See: {Path(parsed.CommandResult.Command)} --help");
            return ExitCodes.Usage;
        }
        if (ChosenRuntime.Of(arguments, context.WorkingDirectory, context.Variable) is { } runtime)
            engine.UseRuntime(runtime);
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
        (Command Command, string Examples)[] commands =
        [
            (new InitCommand(engine, context).Command, InitCommand.Examples),
            (new RunCommand(engine, context).Command, RunCommand.Examples),
            (new EvaluateCommand(engine, context).Command, EvaluateCommand.Examples),
            (new InspectCommand(engine, context).Command, InspectCommand.Examples),
            (new RankCommand(engine, context).Command, RankCommand.Examples),
            (new CompareCommand(engine, context).Command, CompareCommand.Examples),
            (new BenchCommand(engine, context).Command, BenchCommand.Examples),
            (new PotCommand(engine, context).Command, PotCommand.Examples),
            (new ImportCommand(context).Command, ImportCommand.Examples),
            (new CacheCommand(context).Command, CacheCommand.Examples),
            (new ExplainCommand(context).Command, ExplainCommand.Examples),
            (new CompletionCommand(context).Command, CompletionCommand.Examples),
            (new VersionCommand(engine, context).Command, VersionCommand.Examples),
        ];
        var root = new RootCommand("Turns a float ONNX model into an int8 one that is proven to stay within an accuracy budget.");
        foreach (var (command, _) in commands)
            root.Add(command);
        root.Options.Add(new Option<string?>(ChosenRuntime.Option)
        {
            Description = "The ONNX Runtime to measure with: its library, a folder that has it, or 'bundled'. Default: $" + ChosenRuntime.Variable + ", else the quantizer's own.",
            HelpName = "PATH",
            Recursive = true,
        });
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!, commands.Append((root, RootExamples)).ToDictionary(c => c.Item1, c => c.Item2));
        return root;
    }

    /// <summary>A manifest or a model in the place of a command is something to run.</summary>
    internal static IReadOnlyList<string> WithCommand(IReadOnlyList<string> arguments, RootCommand root) =>
        arguments is [var first, ..] && first is not ['-', ..] && !root.Subcommands.Any(c => c.Name == first) && (ManifestOfModel.IsModel(first) || ManifestOfModel.IsManifest(first))
            ? [root.Subcommands.First(c => c.Name == "run").Name, .. arguments] : arguments;

    private static string Usage(Command command) => string.Join(' ',
        [Path(command), .. command.Subcommands.Count > 0 ? ["<command>"] : command.Arguments.Select(a => a.Arity.MinimumNumberOfValues > 0 ? $"<{a.Name}>" : $"[<{a.Name}>]"), "[options]"]);

    private static string Path(Command command) => command is RootCommand ? "dotnet quantize" : $"{Path(command.Parents.OfType<Command>().First())} {command.Name}";
}
