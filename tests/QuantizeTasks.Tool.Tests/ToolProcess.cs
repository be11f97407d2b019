using System.Diagnostics;

namespace QuantizeTasks.Tests;

/// <summary>The tool as a process of its own, as a build or a shell starts it.</summary>
internal static class ToolProcess
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    public static (int ExitCode, string Out, string Error) Run(params string[] arguments) => Run(null, arguments);

    /// <param name="variable">An environment variable and its value; null for none.</param>
    /// <param name="arguments">Of the tool.</param>
    public static (int ExitCode, string Out, string Error) Run((string Name, string Value)? variable, string[] arguments)
    {
        using var process = Start(arguments, variable);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        Wait(process);
        return (process.ExitCode, output.Result, error.Result);
    }

    /// <summary>Starts the tool, waits for its first line of progress, sends a signal, and says how it ended.</summary>
    public static (int ExitCode, string Out, string Error) Interrupt(string signal, params string[] arguments)
    {
        using var process = Start(arguments);
        var output = process.StandardOutput.ReadToEndAsync();
        var first = process.StandardError.ReadLine();
        using (var kill = Process.Start("kill", [signal, process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
            kill.WaitForExit();
        var error = process.StandardError.ReadToEnd();
        Wait(process);
        return (process.ExitCode, output.Result, first + "\n" + error);
    }

    /// <summary>Starts the tool and kills it without warning as soon as the condition holds. False when it ended before.</summary>
    public static bool KillWhen(Func<bool> condition, params string[] arguments)
    {
        using var process = Start(arguments);
        _ = process.StandardOutput.ReadToEndAsync();
        _ = process.StandardError.ReadToEndAsync();
        while (!process.WaitForExit(5))
        {
            if (!condition())
                continue;
            process.Kill();
            process.WaitForExit();
            return true;
        }
        return false;
    }

    private static Process Start(string[] arguments, (string Name, string Value)? variable = null)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = System.Text.Encoding.UTF8,
            StandardErrorEncoding = System.Text.Encoding.UTF8,
        };
        // What would make escape codes appear, were they not suppressed by the pipe.
        start.Environment["TERM"] = "xterm-256color";
        start.Environment.Remove("CI");
        if (variable is { } set)
            start.Environment[set.Name] = set.Value;
        start.Environment.Remove("NO_COLOR");
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "dotnet-quantize.dll"));
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    private static void Wait(Process process)
    {
        if (process.WaitForExit(Limit))
            return;
        process.Kill(entireProcessTree: true);
        Assert.Fail("The tool did not end.");
    }
}
