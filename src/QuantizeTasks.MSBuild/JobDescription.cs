using System.Collections.Generic;
using System.IO;
using System.Linq;
using Microsoft.Build.Framework;
using QuantizeTasks.Json;

namespace QuantizeTasks;

/// <summary>The text of job.json: the contract with <c>dotnet-quantize run --job</c>, and at the same time the record of every option, so that a changed option makes the job newer than its stamp.</summary>
internal sealed class JobDescription
{
    /// <summary>Absolute path, for errors about a property.</summary>
    public string ProjectFile { get; set; } = "";

    /// <summary>Absolute; null for the tool's default.</summary>
    public string? CacheDirectory { get; set; }

    /// <summary>How large the store may become; null for the tool's default.</summary>
    public string? CacheMaxSize { get; set; }

    /// <summary>0: as many as there are cores.</summary>
    public int Workers { get; set; }

    /// <summary>Manifest keys such as <c>maximal_drop</c>, with metadata <c>Value</c>: the project's property for it, perhaps empty.</summary>
    public IReadOnlyList<ITaskItem> Settings { get; set; } = [];

    /// <summary>What <c>plugins: project</c> stands for; null for nothing.</summary>
    public string? PluginAssembly { get; set; }

    /// <summary>The list of what it needs; null when that lies beside it.</summary>
    public string? PluginReferences { get; set; }

    /// <summary>Settings that are none of the manifest's, such as <c>locked_mode</c>, with metadata <c>Value</c> likewise.</summary>
    public IReadOnlyList<ITaskItem> Options { get; set; } = [];

    /// <summary>The ONNX Runtime to measure with; null for the tool's own.</summary>
    public IReadOnlyList<KeyValuePair<string, object?>>? OnnxRuntime { get; set; }

    public string Write(QuantizeJob job)
    {
        KeyValuePair<string, object?>[] members =
        [
            Member("schemaVersion", 1),
            Member("manifest", job.Manifest),
            Member("model", job.Model),
            Member("outputDirectory", job.OutputDirectory),
            Member("reportDirectory", job.ReportDirectory),
            Member("cacheDirectory", CacheDirectory),
            Member("cacheMaxSize", CacheMaxSize),
            Member("stamp", job.Stamp),
            Member("inputsFile", job.InputsFile),
            Member("outputsFile", job.OutputsFile),
            Member("workers", Workers),
            Member("pluginAssembly", job.UsesPlugins ? PluginAssembly : null),
            Member("pluginReferences", job.UsesPlugins ? PluginReferences : null),
            Member("onnxRuntime", OnnxRuntime),
            Member("overrides", Given(Settings, job.Item)),
            Member("options", Given(Options, job.Item)),
        ];
        return JsonWriter.Write(members);
    }

    /// <summary>Those that have a value. A loop: the library's own methods over pairs are compiled anew in every build.</summary>
    private List<KeyValuePair<string, object?>> Given(IReadOnlyList<ITaskItem> settings, ITaskItem item)
    {
        var given = new List<KeyValuePair<string, object?>>();
        foreach (var setting in settings)
        {
            var member = Override(setting, item);
            if (member.Value is not null)
                given.Add(member);
        }
        return given;
    }

    /// <summary>Metadata on the item wins over the property, which holds for all items of the project.</summary>
    private KeyValuePair<string, object?> Override(ITaskItem setting, ITaskItem item)
    {
        var key = setting.ItemSpec;
        var name = MetadataName(setting);
        if (item.GetMetadata(name) is { Length: > 0 } metadata)
            return Member(key, Value(Absolute(key, metadata), $"metadata {name} of QuantizeModel '{item.ItemSpec}'", item.GetMetadata("DefiningProjectFullPath")));
        return setting.GetMetadata("Value") is { Length: > 0 } property
            ? Member(key, Value(Absolute(key, property), $"property Quantize{name}", ProjectFile))
            : Member(key, null);
    }

    /// <summary>A path in a project file is relative to the project, wherever the build runs.</summary>
    private string Absolute(string key, string value) =>
        key == "lock_file" && value != "none" ? Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ProjectFile)!, value)) : value;

    private static KeyValuePair<string, object?>[] Value(string value, string source, string file) =>
        [Member("value", value), Member("source", source), Member("file", file)];

    /// <summary><c>maximal_drop</c> is <c>MaximalDrop</c> in a project file, unless the setting says otherwise.</summary>
    public static string MetadataName(ITaskItem setting) => setting.GetMetadata("Metadata") is { Length: > 0 } name
        ? name
        : string.Concat(setting.ItemSpec.Split('_').Select(word => char.ToUpperInvariant(word[0]) + word.Substring(1)));

    private static KeyValuePair<string, object?> Member(string name, object? value) => new(name, value);
}
