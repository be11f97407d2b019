using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Microsoft.Build.Framework;

namespace QuantizeTasks;

/// <summary>A package of the project with a native ONNX Runtime, and its library for the machine that builds.</summary>
internal sealed class OnnxRuntimePackage
{
    private readonly string _id;
    private readonly string _version;
    private readonly string _root;
    private readonly string _platform;
    private readonly string? _api;

    private OnnxRuntimePackage(ITaskItem library, string? api, string platform)
    {
        (_id, _version, _platform, _api) = (library.GetMetadata("NuGetPackageId"), library.GetMetadata("NuGetPackageVersion"), platform, api);
        var (path, inPackage) = (library.GetMetadata("FullPath").Replace('\\', '/'), library.GetMetadata("PathInPackage").Replace('\\', '/'));
        _root = path.EndsWith(inPackage, StringComparison.OrdinalIgnoreCase) ? path.Substring(0, path.Length - inPackage.Length) : Path.GetDirectoryName(path) + "/";
    }

    /// <summary>One for each package, in the order of their ids.</summary>
    public static IReadOnlyList<OnnxRuntimePackage> Find(ITaskItem[] libraries, ITaskItem[] apis, string platform) => libraries.Length == 0 ? [] :
        [.. libraries.GroupBy(l => l.GetMetadata("NuGetPackageId"), StringComparer.OrdinalIgnoreCase).OrderBy(g => g.Key, StringComparer.OrdinalIgnoreCase)
            .Select(g => new OnnxRuntimePackage(g.First(), apis.FirstOrDefault()?.GetMetadata("FullPath"), platform))];

    /// <summary>What the user names instead, in a job's words.</summary>
    public static IReadOnlyList<KeyValuePair<string, object?>> OfPath(string path) => [Member("path", path)];

    /// <summary>The package in a job's words.</summary>
    public IReadOnlyList<KeyValuePair<string, object?>> Describe()
    {
        var library = Path.Combine(_root, "runtimes", _platform, "native", LibraryName());
        return
        [
            Member("package", _id),
            Member("version", _version),
            Member("native", File.Exists(library) ? Path.GetFullPath(library) : null),
            Member("managed", _api),
            Member("available", $"The package has libraries for {string.Join(", ", Platforms())}"),
        ];
    }

    /// <inheritdoc/>
    public override string ToString() => $"{_id} {_version}";

    private IEnumerable<string> Platforms()
    {
        var runtimes = Path.Combine(_root, "runtimes");
        return Directory.Exists(runtimes) ? Directory.EnumerateDirectories(runtimes).Where(d => Directory.Exists(Path.Combine(d, "native"))).Select(d => Path.GetFileName(d)!).OrderBy(n => n, StringComparer.Ordinal) : ["no platform"];
    }

    private string LibraryName() => _platform.StartsWith("win", StringComparison.Ordinal) ? "onnxruntime.dll" : _platform.StartsWith("osx", StringComparison.Ordinal) ? "libonnxruntime.dylib" : "libonnxruntime.so";

    private static KeyValuePair<string, object?> Member(string name, object? value) => new(name, value);
}
