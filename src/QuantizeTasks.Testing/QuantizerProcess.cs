using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;

namespace QuantizeTasks.Testing;

/// <summary>The quantizer in a process of its own.</summary>
internal static class QuantizerProcess
{
    private const string ToolOption = "QuantizeTasks.ToolPath";
    private const string ToolVariable = "QUANTIZE_TOOL_PATH";

    public static (int ExitCode, string Output, string Error) Run(string? tool, IEnumerable<string> arguments)
    {
        var path = tool ?? Environment.GetEnvironmentVariable(ToolVariable) ?? AppContext.GetData(ToolOption) as string
            ?? throw new VerificationFailedException($"The quantizer was not found. Reference the package QuantizeTasks beside QuantizeTasks.Testing, or say with the environment variable {ToolVariable} where dotnet-quantize.dll lies.");
        if (!File.Exists(path))
            throw new VerificationFailedException($"The quantizer was not found: there is no '{path}'.");
        var start = new ProcessStartInfo(Host(), string.Join(" ", new[] { "exec", path }.Concat(arguments).Select(Quote)))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        try
        {
            using var process = Process.Start(start)!;
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output, error.GetAwaiter().GetResult());
        }
        catch (Win32Exception e)
        {
            throw new VerificationFailedException($"'{start.FileName}' could not be started: {e.Message} The quantizer needs .NET 10 or later.", e);
        }
    }

    /// <summary>The dotnet that runs the tests when it can be told, else the one on PATH.</summary>
    private static string Host()
    {
        var name = Path.DirectorySeparatorChar == '\\' ? "dotnet.exe" : "dotnet";
        string?[] candidates =
        [
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH"),
            Environment.GetEnvironmentVariable("DOTNET_ROOT") is { Length: > 0 } root ? Path.Combine(root, name) : null,
            Process.GetCurrentProcess().MainModule?.FileName is { } own && Path.GetFileName(own) == name ? own : null,
        ];
        return candidates.FirstOrDefault(c => c is { Length: > 0 } && File.Exists(c)) ?? name;
    }

    /// <summary>As the C runtime of Windows splits a command line, and .NET on other systems likewise: backslashes count before a quote only.</summary>
    private static string Quote(string argument)
    {
        var text = new StringBuilder("\"");
        var backslashes = 0;
        foreach (var c in argument)
        {
            if (c == '"')
                text.Append('\\', backslashes + 1);
            backslashes = c == '\\' ? backslashes + 1 : 0;
            text.Append(c);
        }
        return text.Append('\\', backslashes).Append('"').ToString();
    }
}
