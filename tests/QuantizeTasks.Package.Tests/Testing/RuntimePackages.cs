using System.IO.Compression;

namespace QuantizeTasks.Package.Tests.Testing;

/// <summary>
/// ONNX Runtime packages with the layout of the official ones and versions that do not exist, made of what the build acquired: 7.29.0 has the library 1.29.0 and 7.30.0 has 1.30.0, so that a report
/// tells which one was loaded.
/// </summary>
internal static class RuntimePackages
{
    private const string Id = "Microsoft.ML.OnnxRuntime";

    private static readonly Lock Gate = new();
    private static bool s_made;

    private static string Acquired => Path.Combine(Surroundings.Repository, "artifacts", "onnxruntime", "node_modules");

    /// <summary>Puts them into the feed, once.</summary>
    public static void Make()
    {
        if (Surroundings.OnnxRuntimeSource != "npm" || Surroundings.Platform != "linux-x64")
            Assert.Inconclusive("NOT TESTED: two versions of ONNX Runtime are at hand only where npm brought them, and on linux-x64.");
        lock (Gate)
        {
            if (s_made)
                return;
            var older = Path.Combine(Acquired, "com.github.asus4.onnxruntime/Plugins/Linux/x64/libonnxruntime.so");
            var newer = Path.Combine(Acquired, "onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1");
            var api = Path.Combine(Surroundings.Repository, $"build/onnxruntime/bin/{Surroundings.Configuration}/netstandard2.1/{Id}.dll");
            foreach (var (version, library) in new[] { ("7.29.0", older), ("7.30.0", newer) })
            {
                Write($"{Id}.Managed", version, [], ("lib/netstandard2.1/" + Id + ".dll", api));
                Write(Id, version, [($"{Id}.Managed", version)], ("runtimes/linux-x64/native/libonnxruntime.so", library), ("runtimes/win-x64/native/onnxruntime.dll", api));
            }
            Write($"{Id}.Gpu", "7.29.0", [($"{Id}.Managed", "7.29.0")], ("runtimes/linux-x64/native/libonnxruntime.so", older));
            // That the library is none does not matter: nothing can load it here.
            Write($"{Id}.DirectML", "7.29.0", [($"{Id}.Managed", "7.29.0")], ("runtimes/win-x64/native/onnxruntime.dll", api), ("runtimes/win-arm64/native/onnxruntime.dll", api));
            s_made = true;
        }
    }

    private static void Write(string id, string version, (string Id, string Version)[] dependencies, params (string Path, string Source)[] files)
    {
        using var package = ZipFile.Open(Path.Combine(Packages.Feed, $"{id}.{version}.nupkg"), ZipArchiveMode.Create);
        using (var nuspec = new StreamWriter(package.CreateEntry($"{id}.nuspec").Open()))
            nuspec.Write($"""
                <package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd"><metadata>
                  <id>{id}</id><version>{version}</version><authors>tests</authors><description>made by tests</description>
                  <dependencies><group targetFramework=".NETStandard2.1">{string.Concat(dependencies.Select(d => $"<dependency id=\"{d.Id}\" version=\"{d.Version}\" />"))}</group></dependencies>
                </metadata></package>
                """);
        foreach (var (path, source) in files)
            package.CreateEntryFromFile(source, path, CompressionLevel.NoCompression);
    }
}
