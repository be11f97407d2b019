using System.Reflection;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace QuantizeTasks.MSBuild.Tests.Testing;

/// <summary>A project folder and the tasks on it, as the targets call them.</summary>
internal sealed class TaskProject : IDisposable
{
    private static readonly string FakeTool = typeof(TaskProject).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "FakeTool").Value!;

    public TemporaryDirectory Folder { get; } = new();

    public RecordingBuildEngine Engine { get; private set; } = new();

    public string Bin => Folder["bin"];

    public string ToolAssembly { get; set; } = FakeTool;

    public List<ITaskItem> Items { get; } = [];

    public List<ITaskItem> Settings { get; } = [];

    /// <summary>Adds a QuantizeModel item.</summary>
    public TaskItem Item(string path, params (string Name, string Value)[] metadata)
    {
        // FullPath of an item is relative to the current directory; targets run in the project's.
        var item = new TaskItem(Folder[path]);
        foreach (var (name, value) in metadata)
            item.SetMetadata(name, value);
        Items.Add(item);
        return item;
    }

    public PrepareQuantization Prepare(bool designTime = false, string pluginAssembly = "", string pluginReferences = "")
    {
        Engine = new RecordingBuildEngine();
        var task = new PrepareQuantization
        {
            BuildEngine = Engine,
            Items = [.. Items],
            Settings = [.. Settings],
            ProjectFile = Folder["App.csproj"],
            IntermediateDirectory = Folder["obj/quantize"],
            ToolAssembly = ToolAssembly,
            ReadOnly = designTime,
            PluginAssembly = pluginAssembly,
            PluginReferences = pluginReferences,
        };
        task.Execute();
        return task;
    }

    public bool Run(ITaskItem job, bool warningsAsErrors = false, Action<RunQuantization>? configure = null)
    {
        Engine = new RecordingBuildEngine { WarningsAsErrors = warningsAsErrors };
        var task = new RunQuantization
        {
            BuildEngine = Engine,
            Job = job,
            ToolAssembly = ToolAssembly,
            OutputDirectory = Bin,
            ProjectDirectory = Folder.Root,
            DotNetHostCandidates = [new TaskItem(Environment.ProcessPath)],
        };
        configure?.Invoke(task);
        return task.Execute();
    }

    public bool Repeat(ITaskItem[] jobs, bool warningsAsErrors = false)
    {
        Engine = new RecordingBuildEngine { WarningsAsErrors = warningsAsErrors };
        return new RepeatWarnings { BuildEngine = Engine, Jobs = [.. jobs.Where(j => j.GetMetadata("Warned") != "")], OutputDirectory = Bin }.Execute();
    }

    public void Dispose() => Folder.Dispose();
}
