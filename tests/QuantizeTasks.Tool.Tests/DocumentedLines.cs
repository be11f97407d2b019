using System.Diagnostics;
using System.Runtime.InteropServices;

namespace QuantizeTasks.Tests;

/// <summary>Lines of a shell from a document, in which <c>dotnet quantize</c> is the built tool.</summary>
internal static class DocumentedLines
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>By its path: the lines find something else under its name.</summary>
    private static string Host => Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../../dotnet"));

    /// <param name="lines">The lines.</param>
    /// <param name="folder">Where they are typed.</param>
    /// <param name="variables">Of the environment.</param>
    public static (int ExitCode, string Text) Run(string lines, string folder, params (string Name, string Value)[] variables)
    {
        var programs = Directory.CreateTempSubdirectory("documented-").FullName;
        try
        {
            var program = Path.Combine(programs, "dotnet");
            File.WriteAllText(program, $"#!/bin/sh\nshift\nexec '{Host}' exec '{Path.Combine(AppContext.BaseDirectory, "dotnet-quantize.dll")}' \"$@\"\n");
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
            var start = new ProcessStartInfo("sh", ["-c", $"exec 2>&1\n{lines}"]) { RedirectStandardOutput = true, WorkingDirectory = folder };
            start.Environment["PATH"] = $"{programs}:{start.Environment["PATH"]}";
            foreach (var (name, value) in variables)
                start.Environment[name] = value;
            using var process = Process.Start(start)!;
            var text = process.StandardOutput.ReadToEndAsync();
            if (!process.WaitForExit(Limit))
            {
                process.Kill(entireProcessTree: true);
                Assert.Fail($"The lines did not end: {text.Result}");
            }
            return (process.ExitCode, text.Result);
        }
        finally
        {
            Directory.Delete(programs, recursive: true);
        }
    }
}
