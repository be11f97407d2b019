using System.Diagnostics;
using System.Text;

namespace QuantizeTasks.Package.Tests.Testing;

internal sealed record CommandResult(int ExitCode, string Output);

/// <summary>A process that was started, and what it has printed so far.</summary>
internal sealed class RunningCommand : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private readonly Process _process;
    private readonly StringBuilder _output = new();

    private RunningCommand(ProcessStartInfo start)
    {
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, e) => Append(e.Data);
        _process.ErrorDataReceived += (_, e) => Append(e.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public static RunningCommand Start(string program, string directory, string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var inherited in start.Environment.Keys.Where(key => key.StartsWith("MSBuild", StringComparison.OrdinalIgnoreCase)).ToArray())
            start.Environment.Remove(inherited);
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return new RunningCommand(start);
    }

    public CommandResult Wait()
    {
        using (_process)
        {
            if (!_process.WaitForExit(Limit))
            {
                _process.Kill(entireProcessTree: true);
                Assert.Fail($"{_process.StartInfo.FileName} {string.Join(' ', _process.StartInfo.ArgumentList)} took longer than {Limit}:\n{_output}");
            }
            _process.WaitForExit();
            return new CommandResult(_process.ExitCode, _output.ToString());
        }
    }

    public void Dispose() => _process.Dispose();

    private void Append(string? line)
    {
        lock (_output)
            _output.AppendLine(line);
    }
}
