using System;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Build.Framework;

namespace QuantizeTasks;

/// <summary>
/// One quantization of this project: a manifest, and perhaps a model that takes the place of the manifest's. Everything it makes lies in a folder of its own below
/// <c>obj/.../quantize</c>, so that two manifests of one name never meet.
/// </summary>
internal sealed class QuantizeJob
{
    private const int MaximalStem = 40;

    private static readonly char[] Blanks = [' ', '\t'];
    private static readonly char[] Quotes = ['"', '\''];
    private bool? _usesPlugins;

    private QuantizeJob(ITaskItem item, string manifest, string? model, string directory) =>
        (Item, Manifest, Model, Directory) = (item, manifest, model, directory);

    /// <summary>The QuantizeModel item, for its metadata.</summary>
    public ITaskItem Item { get; }

    /// <summary>Absolute.</summary>
    public string Manifest { get; }

    /// <summary>Absolute; null when the manifest names the model.</summary>
    public string? Model { get; }

    /// <summary>Absolute; unique in the project.</summary>
    public string Directory { get; }

    /// <summary>True for an item that the package's own glob found.</summary>
    public bool IsDefault => Item.GetMetadata("IsDefaultQuantizeItem") == "true";

    /// <summary>Whether the manifest names classes that may be those of the project.</summary>
    public bool UsesPlugins => _usesPlugins ??= File.Exists(Manifest) && File.ReadLines(Manifest).Any(IsPluginsKey);

    public string JobFile => Path.Combine(Directory, "job.json");

    /// <summary>Written by the tool when all went well without a word; its time is the time the run began.</summary>
    public string Stamp => Path.Combine(Directory, "stamp");

    /// <summary>Written by the tool: files and globs that it read.</summary>
    public string InputsFile => Path.Combine(Directory, "inputs.txt");

    /// <summary>Written by the task: <see cref="InputsFile"/> with globs expanded, so that a file that came or went is noticed.</summary>
    public string InputList => Path.Combine(Directory, "inputs.list");

    /// <summary>Written by the tool: what it made.</summary>
    public string OutputsFile => Path.Combine(Directory, "outputs.txt");

    public string OutputDirectory => Path.Combine(Directory, "output");

    public string ReportDirectory => Path.Combine(Directory, "report");

    /// <summary>
    /// The key <c>plugins</c> as a manifest has it on a line of its own. Taken too often, it costs nothing but that the model waits for the compiler. Without a regular expression,
    /// which in a build that has nothing to do would take longer to get going than all the rest.
    /// </summary>
    internal static bool IsPluginsKey(string line)
    {
        const string Key = "plugins";
        var text = line.TrimStart(Blanks).TrimStart(Quotes);
        return text.StartsWith(Key, StringComparison.Ordinal) && text.Substring(Key.Length).TrimStart(Quotes).TrimStart(Blanks).StartsWith(":", StringComparison.Ordinal);
    }

    /// <exception cref="ArgumentException">The item does not say what to quantize and how; the message says what to write.</exception>
    public static QuantizeJob FromItem(ITaskItem item, string projectDirectory, string intermediateDirectory)
    {
        var fullPath = item.GetMetadata("FullPath");
        var manifest = item.GetMetadata("Manifest");
        var isManifest = Path.GetExtension(fullPath).ToLowerInvariant() is ".yaml" or ".yml" or ".json";
        if (isManifest && manifest.Length > 0)
            throw new ArgumentException($"QuantizeModel '{item.ItemSpec}' is a manifest and names another one, '{manifest}'. Include either the manifest, or a model with Manifest=\"...\".");
        if (!isManifest && manifest.Length == 0)
            throw new ArgumentException($"QuantizeModel '{item.ItemSpec}' has no manifest. Add Manifest=\"quantize.yaml\" to say how it is quantized and what is proven about it.");

        // A path relative to the project is what makes the folder's name: the same on every machine.
        var manifestPath = isManifest ? fullPath : Path.GetFullPath(Path.Combine(projectDirectory, manifest));
        var model = isManifest ? null : fullPath;
        var identity = Relative(manifestPath, projectDirectory) + (model is null ? "" : "|" + Relative(model, projectDirectory));
        return new QuantizeJob(item, manifestPath, model, Path.Combine(intermediateDirectory, FolderName(fullPath, identity)));
    }

    /// <summary>The plain stem for a manifest beside the project file, the usual case; otherwise the stem and a hash of the path.</summary>
    private static string FolderName(string path, string identity)
    {
        var stem = Path.GetFileNameWithoutExtension(path);
        if (stem.Length > MaximalStem)
            stem = stem.Substring(0, MaximalStem);
        if (identity == stem + ".yaml")
            return stem;
        using var sha = SHA256.Create();
        var hash = sha.ComputeHash(Encoding.UTF8.GetBytes(identity));
        return $"{stem.TrimEnd(' ', '.')}-{string.Concat(hash.Take(4).Select(b => b.ToString("x2", System.Globalization.CultureInfo.InvariantCulture)))}";
    }

    private static string Relative(string path, string projectDirectory)
    {
        var root = projectDirectory.TrimEnd('/', '\\') + Path.DirectorySeparatorChar;
        return (path.StartsWith(root, StringComparison.Ordinal) ? path.Substring(root.Length) : path).Replace('\\', '/');
    }
}
