using System.Collections.Immutable;
using System.Text.Json;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Tool.Jobs;

/// <summary>Reads <c>job.json</c>, by which a build says what to run. Anything that is missing, unknown or of the wrong kind is an error: a misread option would prove the wrong thing.</summary>
internal static class JobFile
{
    public const int SchemaVersion = 1;

    /// <summary>The members of a job file. A test holds them against the command line's options.</summary>
    public static readonly ImmutableArray<string> Members =
        ["schemaVersion", "manifest", "model", "outputDirectory", "reportDirectory", "cacheDirectory", "cacheMaxSize", "stamp", "inputsFile", "outputsFile", "workers", "pluginAssembly", "pluginReferences", "onnxRuntime", "overrides", "options"];

    /// <exception cref="QuantizeException">The file is no job of this version (QTZ7101).</exception>
    public static RunRequest Read(string path)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            return Read(new JobObject(json.RootElement, path, ""), File.GetLastWriteTimeUtc(path));
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw JobObject.Invalid(path, $"it cannot be read: {e.Message}");
        }
    }

    private static RunRequest Read(JobObject job, DateTime time)
    {
        job.AllowOnly(Members);
        if (job.Number("schemaVersion") is var version && version != SchemaVersion)
            throw job.Invalid($"its schemaVersion is {version}, this tool reads {SchemaVersion}. The package and the tool should be of the same version");
        var outputDirectory = job.Path("outputDirectory")!;
        var request = new RunRequest
        {
            Manifest = job.Path("manifest")!,
            Overrides = new ManifestOverrides([.. Overrides(job)])
            {
                Project = job.Path("pluginAssembly", optional: true) is { } plugins ? new ProjectAssembly(plugins, job.Path("pluginReferences", optional: true)) : null,
            },
            OutputDirectory = outputDirectory,
            ReportDirectory = job.Path("reportDirectory")!,
            CacheDirectory = job.Path("cacheDirectory", optional: true),
            CacheMaxSize = job.Text("cacheMaxSize", optional: true),
            Workers = job.Number("workers"),
            Runtime = job.Object("onnxRuntime") is { } runtime ? RuntimeOf(runtime) : null,
            BuildFiles = new BuildFiles(job.Path("stamp")!, job.Path("inputsFile")!, job.Path("outputsFile")!, outputDirectory, time),
        };
        foreach (var (name, entry) in job.Objects("options"))
            request = Option(request, job, name, entry);
        return request;
    }

    private static RunRequest Option(RunRequest request, JobObject job, string name, JobObject entry)
    {
        entry.AllowOnly(["value", "source", "file"]);
        if (!RunSettings.Names.Contains(name))
            throw job.Invalid($"'options.{name}' is unknown");
        var (text, source, file) = (entry.Text("value")!, entry.Text("source")!, entry.Text("file", optional: true));
        return request.With(name, text) ?? throw new QuantizeException(DiagnosticCodes.JobInvalid,
            $"'{text}' ({source}) is no value of {name}. Allowed: {RunSettings.Allowed(name)}.", string.IsNullOrEmpty(file) ? null : new SourcePosition(file));
    }

    private static RuntimeSource RuntimeOf(JobObject runtime)
    {
        runtime.AllowOnly(["path", "package", "version", "native", "managed", "available"]);
        if (runtime.Text("path", optional: true) is { } path)
            return path == RuntimeSource.Bundled ? new RuntimeSource(RuntimeSource.Bundled) : RuntimeSource.OfPath(path, "the property QuantizeOnnxRuntimePath");
        var (package, version) = (runtime.Text("package")!, runtime.Text("version")!);
        return new RuntimeSource($"the package {package} {version} of the project")
        {
            Package = package,
            PackageVersion = version,
            Native = runtime.Path("native", optional: true),
            Managed = runtime.Path("managed", optional: true),
            Available = runtime.Text("available", optional: true) ?? "",
        };
    }

    private static IEnumerable<ManifestOverride> Overrides(JobObject job)
    {
        if (job.Path("model", optional: true) is { } model)
            yield return new ManifestOverride("model", model, "the QuantizeModel item");
        foreach (var (key, entry) in job.Objects("overrides"))
        {
            entry.AllowOnly(["value", "source", "file"]);
            var file = entry.Text("file", optional: true);
            yield return new ManifestOverride(key, entry.Text("value")!, entry.Text("source")!, string.IsNullOrEmpty(file) ? null : new SourcePosition(file));
        }
    }
}
