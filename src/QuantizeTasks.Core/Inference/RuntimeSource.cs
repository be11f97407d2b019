using System.Runtime.InteropServices;

namespace QuantizeTasks.Inference;

/// <summary>An ONNX Runtime other than the one that comes with the quantizer: usually that of the app which will run the model.</summary>
/// <param name="Origin">What names it, for messages and reports: <c>the package Microsoft.ML.OnnxRuntime 1.29.0 of the project</c>.</param>
public sealed record RuntimeSource(string Origin)
{
    /// <summary>What asks for the quantizer's own in the place of a path.</summary>
    public const string Bundled = "bundled";

    /// <summary>Absolute path of the native library; null when there is none for this machine.</summary>
    public string? Native { get; init; }

    /// <summary>Absolute path of the managed API that belongs to it; null for the quantizer's own.</summary>
    public string? Managed { get; init; }

    /// <summary>Id of the package that it comes from; null for files.</summary>
    public string? Package { get; init; }

    /// <summary>The package's version.</summary>
    public string? PackageVersion { get; init; }

    /// <summary>Where it was looked for, or for which platforms there is a library, when <see cref="Native"/> is null.</summary>
    public string Available { get; init; } = "";

    /// <summary>A path that the user names: the library itself, a folder that has it, or a folder with the layout of a NuGet package. The managed API is taken from there too when it is there.</summary>
    public static RuntimeSource OfPath(string path, string origin)
    {
        var folder = File.Exists(path) ? Path.GetDirectoryName(path)! : path;
        return new RuntimeSource($"{path}, named by {origin}")
        {
            Native = File.Exists(path) ? path : new[] { folder, Path.Combine(folder, "runtimes", PortableRuntimeIdentifier, "native") }.SelectMany(LibrariesIn).FirstOrDefault(),
            Managed = new[] { "", "lib/net8.0", "lib/netcoreapp3.1", "lib/netstandard2.1", "lib/netstandard2.0" }.Select(sub => Path.Combine(folder, sub, "Microsoft.ML.OnnxRuntime.dll")).FirstOrDefault(File.Exists),
            Available = Directory.Exists(path) ? $"Neither there nor in runtimes/{PortableRuntimeIdentifier}/native is a {LibraryName("onnxruntime")}" : "There is no such file or folder",
        };
    }

    /// <summary>This machine as NuGet names it, such as <c>linux-x64</c>.</summary>
    internal static string PortableRuntimeIdentifier
    {
        get
        {
            var system = OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux";
            return $"{system}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";
        }
    }

    /// <summary>The name of a native library's file on this machine.</summary>
    internal static string LibraryName(string stem) => OperatingSystem.IsWindows() ? $"{stem}.dll" : OperatingSystem.IsMacOS() ? $"lib{stem}.dylib" : $"lib{stem}.so";

    /// <summary>ONNX Runtime's own archives name it with its version: libonnxruntime.so.1.</summary>
    private static IEnumerable<string> LibrariesIn(string folder)
    {
        var name = LibraryName("onnxruntime");
        var stem = Path.GetFileNameWithoutExtension(name);
        return !Directory.Exists(folder) ? [] : Directory.EnumerateFiles(folder)
            .Where(f => Path.GetFileName(f) is var file && (file == name || file.StartsWith(name + ".", StringComparison.Ordinal) || (OperatingSystem.IsMacOS() && file.StartsWith(stem + ".", StringComparison.Ordinal) && file.EndsWith(".dylib", StringComparison.Ordinal))))
            .OrderBy(f => f.Length).ThenBy(f => f, StringComparer.Ordinal);
    }
}
