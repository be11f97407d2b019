using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.IO;
using System.Linq;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace QuantizeTasks;

/// <summary>
/// Starts <c>dotnet exec dotnet-quantize.dll run --job ...</c> for one job and turns what it prints into errors, warnings and messages of the build.
/// When it fails, no int8 model of this job is left, neither in obj nor in the output directory: one that an earlier build made is not proven any more.
/// </summary>
[MSBuildMultiThreadableTask]
public sealed class RunQuantization : ToolTask
{
    private const int LastWordsLines = 20;
    private readonly Queue<string> _lastWords = new();
    private readonly List<ToolEvent> _warnings = [];
    private bool _cancelled;

    /// <summary>The job.json that <see cref="PrepareQuantization"/> wrote, with its metadata.</summary>
    [Required]
    public ITaskItem Job { get; set; } = new TaskItem();

    /// <summary>Absolute path of dotnet-quantize.dll.</summary>
    [Required]
    public string ToolAssembly { get; set; } = "";

    /// <summary>Where <c>dotnet</c> may be: programs or folders, best first. Found on PATH otherwise.</summary>
    public ITaskItem[] DotNetHostCandidates { get; set; } = [];

    /// <summary>Absolute path of the project's output directory, from which models are removed on failure.</summary>
    [Required]
    public string OutputDirectory { get; set; } = "";

    /// <summary>From <see cref="ListWarningsAsErrors"/>.</summary>
    public string[] WarningsAsErrors { get; set; } = [];

    /// <summary>Codes that stay warnings, or messages, in this project.</summary>
    public string[] WarningsNotAsErrors { get; set; } = [];

    /// <summary>Absolute path of the project's folder.</summary>
    [Required]
    public string ProjectDirectory { get; set; } = "";

    /// <inheritdoc/>
    protected override string ToolName => "dotnet";

    // The tool writes UTF-8; the console's code page on Windows would garble paths (grpc/grpc#17995).
    /// <inheritdoc/>
    protected override Encoding StandardOutputEncoding => Encoding.UTF8;

    /// <inheritdoc/>
    protected override Encoding StandardErrorEncoding => Encoding.UTF8;

    /// <inheritdoc/>
    public override bool Execute()
    {
        // -question asks whether there is work, so nothing is done and nothing is taken back.
        if (FailIfNotIncremental)
        {
            Log.LogError(null, null, null, Job.GetMetadata("Manifest"), 0, 0, 0, 0, "{0}", "The int8 model of this manifest is out of date.");
            return false;
        }
        // Read now: a tool that fails deletes its list.
        var earlier = Outputs();
        var began = Begin();
        // An old stamp must not outlive a run that found something to warn of.
        File.Delete(Job.GetMetadata("Stamp"));
        if (!File.Exists(ToolAssembly))
            Error(BuildDiagnosticCodes.ToolNotFound, $"The quantizer is missing: there is no '{ToolAssembly}'. The package is incomplete (restore it again: dotnet nuget locals global-packages --clear), or the property QuantizeToolPath is wrong.");
        var succeeded = !Log.HasLoggedErrors && base.Execute() && !Log.HasLoggedErrors && HasDelivered(began);
        // Only now: a warning that is an error must not look like a failure of the tool, whose result stands and need not be computed again.
        var passes = true;
        var log = new WarningLog(Log, BuildEngine, WarningsAsErrors, WarningsNotAsErrors);
        foreach (var warning in _warnings)
            passes &= log.Warn(warning, Job.GetMetadata("Manifest"));
        if (succeeded)
        {
            RememberInputs(began);
            // `output` was changed: what lies at the old place is nobody's. MSBuild removes the copy in the output directory itself.
            foreach (var stale in earlier.Select(output => output.FullPath).Except(Outputs().Select(output => output.FullPath)))
                Delete(stale);
            if (!passes)
                PublishedCopies.Remove(Job.GetMetadata("OutputsFile"), OutputDirectory, message => Error(BuildDiagnosticCodes.ToolFailed, message));
        }
        // Stopped half way nothing was judged, so nothing is taken back.
        else if (!_cancelled)
            Remove(earlier.Concat(Outputs()));
        return succeeded && passes;
    }

    /// <inheritdoc/>
    public override void Cancel()
    {
        _cancelled = true;
        base.Cancel();
    }

    /// <inheritdoc/>
    protected override string GenerateFullPathToTool() => DotNetHost.Find(DotNetHostCandidates);

    /// <inheritdoc/>
    protected override string GetWorkingDirectory() => ProjectDirectory;

    /// <inheritdoc/>
    protected override string GenerateCommandLineCommands()
    {
        var commandLine = new CommandLineBuilder();
        commandLine.AppendSwitch("exec");
        commandLine.AppendFileNameIfNotNull(ToolAssembly);
        commandLine.AppendSwitch("run");
        commandLine.AppendSwitchIfNotNull("--job ", Job.GetMetadata("JobFile"));
        commandLine.AppendSwitch("--log-format msbuild");
        return commandLine.ToString();
    }

    /// <summary>ToolTask would print the command line in every build that runs the tool.</summary>
    protected override void LogToolCommand(string message) => Log.LogCommandLine(MessageImportance.Low, message);

    /// <inheritdoc/>
    protected override void LogEventsFromTextOutput(string singleLine, MessageImportance messageImportance)
    {
        if (ToolEvent.TryParse(singleLine) is not { } toolEvent)
        {
            Log.LogMessage(MessageImportance.Low, "{0}", singleLine);
            _lastWords.Enqueue(singleLine);
            if (_lastWords.Count > LastWordsLines)
                _lastWords.Dequeue();
        }
        else if (!toolEvent.IsDiagnostic)
            Log.LogMessage(toolEvent.Importance, "{0}", toolEvent.Message);
        else if (toolEvent.IsError)
            Log.LogError(null, toolEvent.Code, null, toolEvent.File.Length > 0 ? toolEvent.File : Job.GetMetadata("Manifest"), toolEvent.Line, toolEvent.Column, 0, 0, "{0}", toolEvent.Message);
        else
            _warnings.Add(toolEvent);
    }

    /// <inheritdoc/>
    protected override int ExecuteTool(string pathToTool, string responseFileCommands, string commandLineCommands)
    {
        try
        {
            return base.ExecuteTool(pathToTool, responseFileCommands, commandLineCommands);
        }
        catch (Win32Exception e)
        {
            Error(BuildDiagnosticCodes.DotNetUnusable, $"'{pathToTool}' could not be started: {e.Message}. Install .NET 10 or later, or set the environment variable DOTNET_HOST_PATH to a dotnet that works.");
            return -1;
        }
    }

    /// <inheritdoc/>
    protected override bool HandleTaskExecutionErrors()
    {
        if (Log.HasLoggedErrors || _cancelled)
            return false;
        // One line: MSBuild repeats the whole prefix on every line of an error. A stack trace helps nobody here; the binary log has it.
        var words = _lastWords.Select(line => line.Trim()).Where(line => line.Length > 0 && !line.StartsWith("at ", StringComparison.Ordinal)).ToList();
        var said = words.Count == 0 ? "It said nothing." : $"Its last words: {string.Join(" | ", words)}";
        if (DotNetHost.HasNoFittingRuntime(ExitCode))
            Error(BuildDiagnosticCodes.DotNetUnusable, $"The quantizer needs the .NET 10 runtime or a later one, and '{GenerateFullPathToTool()}' has none. Install it beside the SDK in use, or set the environment variable DOTNET_HOST_PATH to a dotnet that has one. {said}");
        else
            Error(BuildDiagnosticCodes.ToolFailed, $"The quantizer ended with exit code {ExitCode} and without an error. Run it by hand to see more: dotnet exec \"{ToolAssembly}\" run --job \"{Job.GetMetadata("JobFile")}\". {said}");
        return false;
    }

    /// <summary>Success is what lies there, not what an exit code says; and the list of an earlier run says nothing about this one.</summary>
    private bool HasDelivered(DateTime began)
    {
        if (File.GetLastWriteTimeUtc(Job.GetMetadata("OutputsFile")) >= began && OutputFile.AllExist(Job.GetMetadata("OutputsFile")) && File.Exists(Job.GetMetadata("InputsFile")))
            return true;
        Error(BuildDiagnosticCodes.ToolFailed, $"The quantizer reported success, but the files that it has to write are missing. It should be of the same version as this package: '{ToolAssembly}'.");
        return false;
    }

    /// <summary>The time of a new file, by the clock of the file system that all comparisons are made on.</summary>
    private DateTime Begin()
    {
        var marker = $"{Job.GetMetadata("Stamp")}.{Guid.NewGuid():N}";
        TextFile.Write(marker, "");
        var began = File.GetLastWriteTimeUtc(marker);
        File.Delete(marker);
        return began;
    }

    /// <summary>
    /// The stamp gets the time at which the run began: a file that was changed while the tool was busy is newer, and the next build looks at it.
    /// </summary>
    private void RememberInputs(DateTime began)
    {
        var inputs = InputFiles.Expand(File.ReadAllLines(Job.GetMetadata("InputsFile")));
        var list = Job.GetMetadata("InputList");
        TextFile.Write(list, UpToDateCheck.InputListText(ToolAssembly, inputs));
        File.SetLastWriteTimeUtc(list, began);
        if (File.Exists(Job.GetMetadata("Stamp")))
            File.SetLastWriteTimeUtc(Job.GetMetadata("Stamp"), began);
        // A tool may leave a file that has its bytes already alone. Visual Studio builds for ever when an output is older than an input.
        foreach (var output in Outputs().Select(output => output.FullPath).Where(path => File.GetLastWriteTimeUtc(path) < began))
            File.SetLastWriteTimeUtc(output, began);
    }

    private List<OutputFile> Outputs()
    {
        try
        {
            return OutputFile.ReadList(Job.GetMetadata("OutputsFile"));
        }
        catch (InvalidDataException)
        {
            return [];
        }
    }

    private void Remove(IEnumerable<OutputFile> outputs)
    {
        foreach (var output in outputs)
        {
            Delete(output.FullPath);
            Delete(Path.Combine(OutputDirectory, output.TargetPath));
        }
        Delete(Job.GetMetadata("Stamp"));
        Delete(Job.GetMetadata("OutputsFile"));
    }

    private void Delete(string path) => PublishedCopies.Delete(path, message => Error(BuildDiagnosticCodes.ToolFailed, message));

    private void Error(string code, string message) =>
        Log.LogError(null, code, null, Job.GetMetadata("Manifest"), 0, 0, 0, 0, "{0}", message);
}
