using Microsoft.Build.Logging.StructuredLogger;
using Task = Microsoft.Build.Logging.StructuredLogger.Task;

namespace QuantizeTasks.Package.Tests.Testing;

/// <summary>What a build did, from its binary log rather than from text that may change.</summary>
internal sealed class BuildResult
{
    private readonly CommandResult _command;
    private readonly Build _build;

    public BuildResult(CommandResult command, Build build)
    {
        _command = command;
        _build = build;
        build.VisitAllChildren<Error>(Errors.Add);
        build.VisitAllChildren<Warning>(Warnings.Add);
    }

    public List<Error> Errors { get; } = [];

    public List<Warning> Warnings { get; } = [];

    public string Output => _command.Output;

    public bool Succeeded => _command.ExitCode == 0;

    public TimeSpan TotalDuration => _build.Duration;

    /// <summary>How often a task of the package ran.</summary>
    public int Executions(string task)
    {
        var count = 0;
        _build.VisitAllChildren<Task>(t => count += t.Name == $"QuantizeTasks.{task}" ? 1 : 0);
        return count;
    }

    /// <summary>Whether each execution of a task of the package was sent to another process.</summary>
    public bool[] TaskHosts(string task)
    {
        var hosts = new List<bool>();
        _build.VisitAllChildren<Task>(t => { if (t.Name == $"QuantizeTasks.{task}") hosts.Add(t.Children.OfType<Message>().Any(m => m.Text.Contains("task host", StringComparison.OrdinalIgnoreCase))); });
        return [.. hosts];
    }

    /// <summary>Time spent in a target, in all projects of the build.</summary>
    public TimeSpan Duration(string target)
    {
        var sum = TimeSpan.Zero;
        _build.VisitAllChildren<Target>(t => sum += t.Name == target ? t.Duration : TimeSpan.Zero);
        return sum;
    }

    public BuildResult MustSucceed()
    {
        Assert.IsTrue(Succeeded, Output);
        return this;
    }

    public BuildResult MustFail(string code)
    {
        Assert.IsFalse(Succeeded, Output);
        CollectionAssert.Contains(Errors.Select(e => e.Code).ToArray(), code, Output);
        return this;
    }
}
