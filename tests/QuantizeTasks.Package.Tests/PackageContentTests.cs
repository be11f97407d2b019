using System.IO.Compression;
using System.Security.Cryptography;
using System.Xml.Linq;
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
            "build/QuantizeTasks.props", "build/QuantizeTasks.targets", "build/WarningsAsErrors.proj", "buildMultiTargeting/QuantizeTasks.props", "buildMultiTargeting/QuantizeTasks.targets",
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

    [TestMethod]
    [DataRow("QuantizeTasks")]
    [DataRow("QuantizeTasks.Abstractions")]
    [DataRow("QuantizeTasks.Testing")]
    [DataRow("dotnet-quantize")]
    public void Package_Each_SaysWhatItIsAndDependsOnNothing(string package)
    {
        using var zip = Open(package);
        using var text = zip.GetEntry($"{package}.nuspec")!.Open();
        var metadata = XDocument.Load(text).Root!.Elements().Single();
        string Value(string name) => metadata.Elements().Single(e => e.Name.LocalName == name).Value;

        Assert.AreEqual("MIT", Value("license"));
        Assert.AreEqual("README.md", Value("readme"));
        Assert.AreEqual("icon.png", Value("icon"));
        Assert.IsGreaterThan(40, Value("description").Length);
        Assert.IsEmpty(metadata.Descendants().Where(e => e.Name.LocalName == "dependency"));
        foreach (var file in new[] { "README.md", "icon.png", "LICENSE" })
            Assert.IsGreaterThan(100, zip.GetEntry(file)!.Length, file);
        Assert.IsEmpty(zip.Entries.Where(entry => entry.FullName.EndsWith(".pdb", StringComparison.Ordinal)), "Line numbers are in the assemblies.");
        Assert.AreEqual(package == "QuantizeTasks", metadata.Elements().Any(e => e.Name.LocalName == "developmentDependency" && e.Value == "true"));
    }

    [TestMethod]
    public void Package_Abstractions_IsALibraryWithItsComments()
    {
        var files = Entries("QuantizeTasks.Abstractions");

        CollectionAssert.IsSubsetOf(new[] { "lib/netstandard2.0/QuantizeTasks.Abstractions.dll", "lib/netstandard2.0/QuantizeTasks.Abstractions.xml" }, files);
        Assert.HasCount(2, files.Where(file => file.StartsWith("lib/", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void Pack_Again_MakesTheSameBytes()
    {
        var again = Path.Combine(Packages.Root, "again");
        foreach (var project in Packages.Projects)
            Packages.Pack(project, again);

        var packages = Directory.GetFiles(again);
        Assert.HasCount(Packages.Projects.Count, packages);
        foreach (var package in packages)
            Assert.AreEqual(Hash(Path.Combine(Packages.Feed, Path.GetFileName(package))), Hash(package), package);

        static string Hash(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));
    }

    [TestMethod]
    public void Build_Consumer_GetsTheModelAndNothingElseOfThePackage()
    {
        var project = TestProject.WithFakeTool();

        project.Build().MustSucceed();

        Assert.DoesNotContain("QuantizeTasks", File.ReadAllText(project["bin/Debug/net10.0/App.deps.json"]));
        CollectionAssert.AreEquivalent(
            new[] { "App.dll", "App.pdb", "App.deps.json", "App.runtimeconfig.json", OperatingSystem.IsWindows() ? "App.exe" : "App", Path.Combine("models", "net.int8.onnx") },
            Directory.EnumerateFiles(project["bin/Debug/net10.0"], "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(project["bin/Debug/net10.0"], file)).ToArray());
    }

    private static string[] Entries(string package)
    {
        using var zip = Open(package);
        return [.. zip.Entries.Select(entry => entry.FullName)];
    }

    private static ZipArchive Open(string package) => ZipFile.OpenRead(Path.Combine(Packages.Feed, $"{package}.{Packages.Version}.nupkg"));
}
