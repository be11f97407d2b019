using System.IO.Compression;
using QuantizeTasks.Package.Tests.Testing;

namespace QuantizeTasks.Package.Tests;

/// <summary>What is in the packages.</summary>
[TestClass]
public class PackageContentTests
{
    [TestMethod]
    public void Package_QuantizeTasks_HasTheTaskTheToolAndTheRuntimeOnce()
    {
        var files = Entries("QuantizeTasks");

        foreach (var file in new[]
        {
            "build/QuantizeTasks.props", "build/QuantizeTasks.targets", "buildMultiTargeting/QuantizeTasks.props", "buildMultiTargeting/QuantizeTasks.targets",
            "tasks/netstandard2.0/QuantizeTasks.MSBuild.dll", "tools/net10.0/dotnet-quantize.dll", "tools/net10.0/dotnet-quantize.runtimeconfig.json",
            "tools/net10.0/QuantizeTasks.Core.dll", "tools/net10.0/Microsoft.ML.OnnxRuntime.dll", "README.md", "LICENSE", "THIRD-PARTY-NOTICES.txt",
        })
            CollectionAssert.Contains(files, file);
        Assert.IsEmpty(files.Where(f => Path.GetFileNameWithoutExtension(f) is "libonnxruntime" or "onnxruntime" && !f.Contains("/runtimes/", StringComparison.Ordinal)), "The native library belongs below runtimes/ and nowhere else.");
        Assert.Contains(f => f.StartsWith($"tools/net10.0/runtimes/{Surroundings.Platform}/native/", StringComparison.Ordinal), files);
        Assert.IsEmpty(files.Where(f => f.StartsWith("tasks/", StringComparison.Ordinal) && !f.EndsWith("QuantizeTasks.MSBuild.dll", StringComparison.Ordinal)), "MSBuild brings its own assemblies.");
        Assert.IsEmpty(files.Where(f => f.StartsWith("lib/", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void Package_Tool_IsADotNetTool()
    {
        var files = Entries("dotnet-quantize");

        CollectionAssert.Contains(files, "tools/net10.0/any/DotnetToolSettings.xml");
        CollectionAssert.Contains(files, "tools/net10.0/any/dotnet-quantize.dll");
        Assert.Contains(f => f.StartsWith($"tools/net10.0/any/runtimes/{Surroundings.Platform}/native/", StringComparison.Ordinal), files);
    }

    [TestMethod]
    public void Package_EveryPlatform_IsPackedWithoutANarrowerChoice()
    {
        var result = DotNet.Run(Surroundings.Repository, "msbuild", "src/QuantizeTasks.Tool", "-nologo", $"-p:Configuration={Surroundings.Configuration};OnnxRuntimeSource={Surroundings.OnnxRuntimeSource};NoBuild=true", "-t:ComputeResolvedFilesToPublishList", "-getItem:ResolvedFileToPublish");

        Assert.AreEqual(0, result.ExitCode, result.Output);
        foreach (var library in new[] { "linux-x64/native/libonnxruntime.so", "linux-arm64/native/libonnxruntime.so", "osx-arm64/native/libonnxruntime.dylib", "win-x64/native/onnxruntime.dll", "win-arm64/native/onnxruntime.dll" })
            Assert.Contains($"runtimes/{library}", result.Output);
    }

    private static string[] Entries(string package)
    {
        using var zip = ZipFile.OpenRead(Path.Combine(Packages.Feed, $"{package}.{Packages.Version}.nupkg"));
        return [.. zip.Entries.Select(entry => entry.FullName)];
    }
}
