using System.IO.Compression;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Security.Cryptography;
using System.Text;
using QuantizeTasks.Package.Tests.Testing;

namespace QuantizeTasks.Package.Tests;

/// <summary>All packages, made from two clones in different folders. The clones have an address: what a release has, and this folder perhaps not.</summary>
[TestClass]
public class SourceLinkTests
{
    private static readonly string[] SourceFolders = ["build", "docs", "src"];

    // SourceLink's kind of custom debug information (dotnet/runtime, docs/design/specs/PortablePdb-Metadata.md).
    private static readonly Guid SourceLink = new("CC110556-A091-4D38-9FEC-25AB9A351A6A");

    [TestMethod]
    public void Pack_TwoClonesOfOneCommit_SameBytesAndSourcesAreFound()
    {
        var origin = new TestProject("origin");
        CopySources(origin);
        Git(origin.Root, "init", "-q");
        Git(origin.Root, "add", "-A");
        Git(origin.Root, "-c", "user.name=test", "-c", "user.email=test@example.org", "commit", "-q", "-m", "all");
        var commit = Git(origin.Root, "rev-parse", "HEAD").Trim();

        var first = PackClone(origin, "first");
        var second = PackClone(origin, "a longer second");

        Assert.HasCount(Packages.Projects.Count, Directory.GetFiles(first));
        foreach (var package in Directory.GetFiles(first).Select(file => Path.GetFileName(file)))
            Assert.AreEqual(Contents(Path.Combine(first, package)), Contents(Path.Combine(second, package)), package);
        using var zip = ZipFile.OpenRead(Directory.GetFiles(first, "QuantizeTasks.Abstractions.*.nupkg").Single());
        using (var nuspec = new StreamReader(zip.GetEntry("QuantizeTasks.Abstractions.nuspec")!.Open()))
            Assert.Contains($"""<repository type="git" url="https://github.com/example/quantize" commit="{commit}" />""", nuspec.ReadToEnd());
        var link = SourceLinkOf(zip.GetEntry("lib/netstandard2.0/QuantizeTasks.Abstractions.dll")!);
        Assert.Contains($"/example/quantize/{commit}/*", link);
        Assert.DoesNotContain(Packages.Root, link, "No path of this machine.");
    }

    /// <summary>As they are in the working folder, committed or not, without what was built.</summary>
    private static void CopySources(TestProject origin)
    {
        var files = SourceFolders.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Surroundings.Repository, folder), "*", SearchOption.AllDirectories)).Concat(Directory.EnumerateFiles(Surroundings.Repository));
        foreach (var file in files.Select(file => Path.GetRelativePath(Surroundings.Repository, file)).Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj" or "node_modules" or ".git")))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(origin[file])!);
            File.Copy(Path.Combine(Surroundings.Repository, file), origin[file]);
        }
    }

    /// <summary>The folder of the packages. ONNX Runtime, which a clone would download, is linked into it.</summary>
    private static string PackClone(TestProject origin, string folder)
    {
        var clone = Path.Combine(origin.Root, folder);
        Git(origin.Root, "clone", "-q", origin.Root, clone);
        Git(clone, "remote", "set-url", "origin", "https://github.com/example/quantize");
        Directory.CreateDirectory(Path.Combine(clone, "artifacts"));
        if (Surroundings.OnnxRuntimeSource == "npm")
            Directory.CreateSymbolicLink(Path.Combine(clone, "artifacts/onnxruntime"), Path.Combine(Surroundings.Repository, "artifacts/onnxruntime"));
        foreach (var project in Packages.Projects)
        {
            var packed = DotNet.Run(clone, "pack", $"src/{project}", "-c", "Release", "-o", Path.Combine(clone, "out"), "-nologo", "-nr:false", "-p:ContinuousIntegrationBuild=true",
                $"-p:OnnxRuntimePackedPlatforms={Surroundings.Platform}", $"-p:OnnxRuntimeSource={Surroundings.OnnxRuntimeSource}");
            Assert.AreEqual(0, packed.ExitCode, packed.Output);
        }
        return Path.Combine(clone, "out");
    }

    /// <summary>The hash of the file, and of everything in it by name, so that a difference says where.</summary>
    private static string Contents(string package)
    {
        using var zip = ZipFile.OpenRead(package);
        return string.Join('\n', zip.Entries.Select(entry => $"{HashOf(entry.Open())} {entry.FullName}").Append(HashOf(File.OpenRead(package))));
    }

    private static string HashOf(Stream stream)
    {
        using (stream)
            return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static string SourceLinkOf(ZipArchiveEntry assembly)
    {
        var bytes = new MemoryStream();
        using (var stream = assembly.Open())
            stream.CopyTo(bytes);
        bytes.Position = 0;
        using var reader = new PEReader(bytes);
        var entry = reader.ReadDebugDirectory().Single(e => e.Type == DebugDirectoryEntryType.EmbeddedPortablePdb);
        using var provider = reader.ReadEmbeddedPortablePdbDebugDirectoryData(entry);
        var pdb = provider.GetMetadataReader();
        return (from handle in pdb.CustomDebugInformation
                let information = pdb.GetCustomDebugInformation(handle)
                where pdb.GetGuid(information.Kind) == SourceLink
                select Encoding.UTF8.GetString(pdb.GetBlobBytes(information.Value))).Single();
    }

    private static string Git(string directory, params string[] arguments)
    {
        var result = RunningCommand.Start("git", directory, arguments).Wait();
        Assert.AreEqual(0, result.ExitCode, result.Output);
        return result.Output;
    }
}
