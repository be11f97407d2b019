using System.Diagnostics;

namespace QuantizeTasks.Package.Tests.Testing;

/// <summary>Runs <c>dotnet</c> as a user would: without what the test run left in the environment.</summary>
internal static class DotNet
{
    public static string Program => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    public static CommandResult Run(string directory, params string[] arguments) => Start(directory, arguments).Wait();

    public static RunningCommand Start(string directory, params string[] arguments) => RunningCommand.Start(Program, directory, arguments);

    /// <summary>Starts a command that Ctrl-C ends, also when this test run itself is a shell's background job, whose children ignore it.</summary>
    public static RunningCommand StartInterruptible(string directory, params string[] arguments) => OperatingSystem.IsLinux()
        ? RunningCommand.Start("env", directory, ["--default-signal=INT", Program, .. arguments])
        : Start(directory, arguments);
}
