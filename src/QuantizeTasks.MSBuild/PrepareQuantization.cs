using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace QuantizeTasks;

/// <summary>
/// Turns QuantizeModel items into jobs: names every file, writes job.json when an option changed, says which jobs are out of date, and, when none is, what they have made.
/// Runs in every build before anything is compiled, so what a build in which nothing changed goes through has loops and few methods: MSBuild compiles each of them anew.
/// </summary>
[MSBuildMultiThreadableTask]
public sealed class PrepareQuantization : Task
{
    /// <summary>What the package itself, editors, and MSBuild's own item types put on items.</summary>
    private static readonly HashSet<string> ForeignMetadata = new(StringComparer.OrdinalIgnoreCase)
    {
        "IsDefaultQuantizeItem", "Link", "LinkBase", "Visible", "SubType", "Generator", "DependentUpon", "CopyToOutputDirectory", "CopyToPublishDirectory", "Pack", "PackagePath",
    };

    /// <summary>The project's QuantizeModel items.</summary>
    [Required]
    public ITaskItem[] Items { get; set; } = [];

    /// <summary>Manifest keys that a project may override; metadata Value is the project-wide property.</summary>
    public ITaskItem[] Settings { get; set; } = [];

    /// <summary>Settings that are none of the manifest's, such as <c>locked_mode</c>; metadata Value is the project-wide property.</summary>
    public ITaskItem[] Options { get; set; } = [];

    /// <summary>Absolute path of the project file.</summary>
    [Required]
    public string ProjectFile { get; set; } = "";

    /// <summary>Absolute path below which every job gets its folder.</summary>
    [Required]
    public string IntermediateDirectory { get; set; } = "";

    /// <summary>Absolute path of dotnet-quantize.dll. Another tool is another result.</summary>
    [Required]
    public string ToolAssembly { get; set; } = "";

    /// <summary>Absolute path of the store; empty for the user's own.</summary>
    public string CacheDirectory { get; set; } = "";

    /// <summary>How large the store may become, such as <c>5GB</c>; empty for the default.</summary>
    public string CacheMaxSize { get; set; } = "";

    /// <summary>How many evaluations at once; 0 for as many as there are cores.</summary>
    public int Workers { get; set; }

    /// <summary>A design-time build or one without building only wants to know paths: nothing is written.</summary>
    public bool ReadOnly { get; set; }

    /// <summary>Nothing is built (<c>--no-build</c>), so every job must have been.</summary>
    public bool Required { get; set; }

    /// <summary>Absolute path of the assembly that <c>plugins: project</c> stands for; empty for none.</summary>
    public string PluginAssembly { get; set; } = "";

    /// <summary>Absolute path of the list of what that assembly needs; empty when it lies beside it.</summary>
    public string PluginReferences { get; set; } = "";

    /// <summary>The ONNX Runtime to measure with, absolute, or <c>bundled</c>; empty for the project's own.</summary>
    public string OnnxRuntimePath { get; set; } = "";

    /// <summary>Native libraries of ONNX Runtime among the project's packages, with NuGet's metadata.</summary>
    public ITaskItem[] OnnxRuntimeLibraries { get; set; } = [];

    /// <summary>Managed APIs of ONNX Runtime among the project's packages.</summary>
    public ITaskItem[] OnnxRuntimeApis { get; set; } = [];

    /// <summary>The machine that builds, such as <c>linux-x64</c>.</summary>
    public string Platform { get; set; } = "";

    /// <summary>A folder each, with the paths that the targets need as metadata.</summary>
    [Output]
    public ITaskItem[] Jobs { get; private set; } = [];

    /// <summary>The jobs that are out of date, with their metadata. None when nothing may be written.</summary>
    [Output]
    public ITaskItem[] Due { get; private set; } = [];

    /// <summary>What jobs with plug-ins depend on beside these, with the metadata of the job: they may be classes that are not compiled yet, so the targets decide later.</summary>
    [Output]
    public ITaskItem[] LateInputs { get; private set; } = [];

    /// <summary>What the jobs have made, as from <see cref="CollectQuantizedModels"/>; none when a job is due.</summary>
    [Output]
    public ITaskItem[] Models { get; private set; } = [];

    /// <summary>Whether a warning of the quantizer may come up in this build, new or again.</summary>
    [Output]
    public bool MayWarn { get; private set; }

    /// <inheritdoc/>
    public override bool Execute()
    {
        var jobs = ReadItems();
        if (Log.HasLoggedErrors)
            return false;
        if (ReadOnly)
            Jobs = [.. jobs.Select(job => ToItem(job.Directory, job))];
        else
            Decide(jobs);
        if (Due.Length == 0 && !Log.HasLoggedErrors)
            Models = CollectQuantizedModels.Collect(Log, Jobs, Required);
        return !Log.HasLoggedErrors;
    }

    private void Decide(List<QuantizeJob> jobs)
    {
        var packages = OnnxRuntimePackage.Find(OnnxRuntimeLibraries, OnnxRuntimeApis, Platform);
        if (packages.Count > 1 && OnnxRuntimePath.Length == 0)
        {
            Log.LogError(null, BuildDiagnosticCodes.RuntimesCollide, null, ProjectFile, 0, 0, 0, 0, "{0}", $"The project has {packages.Count} packages with a native ONNX Runtime, and which of them the app loads depends on the order of copying: {string.Join(", ", packages)}. Keep one, or name the one to measure with: QuantizeOnnxRuntimePath.");
            return;
        }
        var description = Describe(packages.Count == 0 ? null : packages[0]);
        var (items, due, late) = (new List<ITaskItem>(), new List<ITaskItem>(), new List<ITaskItem>());
        foreach (var job in jobs)
        {
            TextFile.WriteWhenDifferent(job.JobFile, description.Write(job));
            var inputs = UpToDateCheck.Inputs(job, ToolAssembly);
            var isLate = PluginAssembly.Length > 0 && job.UsesPlugins;
            if (isLate)
                late.AddRange(ToItems(inputs, job));
            else if (UpToDateCheck.ReasonToRun(job, inputs) is { } reason)
            {
                Log.LogMessage(MessageImportance.Low, "{0}", $"'{job.Item.ItemSpec}' is quantized because {reason}.");
                due.Add(ToItem(job.JobFile, job));
            }
            // After the inputs, which let go of stamps that prove nothing.
            var warned = Stamp.Warned(job.Stamp);
            MayWarn |= warned.Length > 0;
            items.Add(ToItem(job.Directory, job, warned, isLate));
        }
        MayWarn |= due.Count + late.Count > 0;
        (Jobs, Due, LateInputs) = (items.ToArray(), due.ToArray(), late.ToArray());
    }

    private JobDescription Describe(OnnxRuntimePackage? runtime) => new()
    {
        ProjectFile = ProjectFile,
        CacheDirectory = CacheDirectory.Length > 0 ? CacheDirectory : null,
        CacheMaxSize = CacheMaxSize.Length > 0 ? CacheMaxSize : null,
        Workers = Workers,
        Settings = Settings,
        Options = Options,
        OnnxRuntime = OnnxRuntimePath.Length > 0 ? OnnxRuntimePackage.OfPath(OnnxRuntimePath) : runtime?.Describe(),
        PluginAssembly = PluginAssembly.Length > 0 ? PluginAssembly : null,
        PluginReferences = PluginReferences.Length > 0 ? PluginReferences : null,
    };

    /// <summary>Each manifest once: an item that the project writes takes the place of the one that the default glob found.</summary>
    private List<QuantizeJob> ReadItems()
    {
        var jobs = new List<QuantizeJob>();
        foreach (var item in Items)
        {
            CheckMetadata(item);
            try
            {
                jobs.Add(QuantizeJob.FromItem(item, Path.GetDirectoryName(ProjectFile)!, IntermediateDirectory));
            }
            catch (ArgumentException e)
            {
                Error(BuildDiagnosticCodes.InvalidItem, item, e.Message);
            }
        }
        if (jobs.Count > 1)
            KeepEachOnce(jobs);
        return jobs;
    }

    private void KeepEachOnce(List<QuantizeJob> jobs)
    {
        var written = new HashSet<string>(jobs.Where(job => !job.IsDefault).Select(job => job.Manifest), StringComparer.Ordinal);
        jobs.RemoveAll(job => job.IsDefault && written.Contains(job.Manifest));
        foreach (var same in jobs.GroupBy(job => job.Directory, StringComparer.OrdinalIgnoreCase).Where(same => same.Count() > 1))
            Error(BuildDiagnosticCodes.ItemsCollide, same.Last().Item, $"QuantizeModel '{same.Last().Item.ItemSpec}' is listed twice. To change a manifest that is found by itself, write <QuantizeModel Update=\"...\" /> or list it once.");
    }

    /// <summary>A misspelt MaximalDrop would leave the manifest's budget in force, and nobody would notice.</summary>
    private void CheckMetadata(ITaskItem item)
    {
        foreach (string name in item.CloneCustomMetadata().Keys)
        {
            if (!ForeignMetadata.Contains(name))
                CheckSetting(item, name);
        }
    }

    private void CheckSetting(ITaskItem item, string name)
    {
        var known = Settings.Concat(Options).Select(JobDescription.MetadataName).Prepend("Manifest").ToList();
        if (!known.Contains(name, StringComparer.OrdinalIgnoreCase))
            Error(BuildDiagnosticCodes.InvalidItem, item, $"QuantizeModel '{item.ItemSpec}' has metadata '{name}', which means nothing. It may have: {string.Join(", ", known)}.");
    }

    private static IEnumerable<ITaskItem> ToItems(IEnumerable<string> paths, QuantizeJob job) => paths.Select(path => ToItem(path, job));

    private static TaskItem ToItem(string path, QuantizeJob job, string warned = "", bool isLate = false)
    {
        var item = new TaskItem(Escape(path));
        item.SetMetadata("JobFile", Escape(job.JobFile));
        item.SetMetadata("Stamp", Escape(job.Stamp));
        item.SetMetadata("InputsFile", Escape(job.InputsFile));
        item.SetMetadata("InputList", Escape(job.InputList));
        item.SetMetadata("OutputsFile", Escape(job.OutputsFile));
        item.SetMetadata("Manifest", Escape(job.Manifest));
        item.SetMetadata("ReportDirectory", Escape(job.ReportDirectory));
        item.SetMetadata("Warned", warned);
        item.SetMetadata("IsLate", isLate ? "true" : "false");
        return item;
    }

    /// <summary>A task's items hold escaped text; these characters in a file name would otherwise end or change it.</summary>
    internal static string Escape(string text) =>
        text.Replace("%", "%25").Replace(";", "%3B").Replace("*", "%2A").Replace("?", "%3F").Replace("$", "%24").Replace("@", "%40");

    private void Error(string code, ITaskItem item, string message)
    {
        var file = item.GetMetadata("DefiningProjectFullPath");
        Log.LogError(null, code, null, file.Length > 0 ? file : ProjectFile, 0, 0, 0, 0, "{0}", message);
    }
}
