using System.Runtime.InteropServices;
using System.Text;

namespace QuantizeTasks.Tool;

/// <summary>The process around the command line: streams, signals, environment.</summary>
internal static class Startup
{
    public static int Run(string[] arguments)
    {
        if (EngineContext.Run(ChosenRuntime.Of(arguments, Environment.CurrentDirectory, Environment.GetEnvironmentVariable), arguments) is { } exitCode)
            return exitCode;
        Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        using var cancellation = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);

        // What a plug-in prints must not get among the results.
        var results = Console.Out;
        Console.SetOut(Console.Error);

        return CommandLine.Run(arguments, QuantizerEngine.Create(), new ToolContext
        {
            Out = results,
            Error = Console.Error,
            OpenInput = Console.OpenStandardInput,
            OpenOutput = Console.OpenStandardOutput,
            InputIsTerminal = !Console.IsInputRedirected,
            OutputIsTerminal = !Console.IsOutputRedirected,
            ErrorIsTerminal = !Console.IsErrorRedirected,
            Variable = Environment.GetEnvironmentVariable,
            WorkingDirectory = Environment.CurrentDirectory,
            Cancellation = cancellation.Token,
        });

        // The first signal asks for an orderly end; the second one gets its way.
        void Cancel(PosixSignalContext signal)
        {
            signal.Cancel = !cancellation.IsCancellationRequested;
            cancellation.Cancel();
        }
    }
}
