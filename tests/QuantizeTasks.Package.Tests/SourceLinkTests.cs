using System.IO.Compression;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text;
using QuantizeTasks.Package.Tests.Testing;

namespace QuantizeTasks.Package.Tests;

/// <summary>A clone of the smallest package's sources with an address: what a release has, and this folder perhaps not.</summary>
[TestClass]
public class SourceLinkTests
{
    private static readonly string[] Sources =
        ["Directory.Build.props", "Directory.Packages.props", "LICENSE", "build/icon/icon.png", "src/Directory.Build.props", "src/Directory.Build.targets"];

    // SourceLink's kind of custom debug information (dotnet/runtime, docs/design/specs/PortablePdb-Metadata.md).
    private static readonly Guid SourceLink = new("CC110556-A091-4D38-9FEC-25AB9A351A6A");

    [TestMethod]
    public void Pack_TwoClonesOfOneCommit_SameBytesAndSourcesAreFound()
    {
        var origin = new TestProject("origin");
        foreach (var file in Sources.Concat(Directory.EnumerateFiles(Path.Combine(Surroundings.Repository, "src/QuantizeTasks.Abstractions")).Select(file => Path.GetRelativePath(Surroundings.Repository, file))))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(origin[file])!);
            File.Copy(Path.Combine(Surroundings.Repository, file), origin[file]);
        }
        Git(origin.Root, "init", "-q");
        Git(origin.Root, "add", "-A");
        Git(origin.Root, "-c", "user.name=test", "-c", "user.email=test@example.org", "commit", "-q", "-m", "all");
        var commit = Git(origin.Root, "rev-parse", "HEAD").Trim();

        var first = PackClone(origin, "first");
        var second = PackClone(origin, "a longer second");

        CollectionAssert.AreEqual(File.ReadAllBytes(first), File.ReadAllBytes(second));
        using var zip = ZipFile.OpenRead(first);
        using (var nuspec = new StreamReader(zip.GetEntry("QuantizeTasks.Abstractions.nuspec")!.Open()))
            Assert.Contains($"""<repository type="git" url="https://github.com/example/quantize" commit="{commit}" />""", nuspec.ReadToEnd());
        var link = SourceLinkOf(zip.GetEntry("lib/netstandard2.0/QuantizeTasks.Abstractions.dll")!);
        Assert.Contains($"/example/quantize/{commit}/*", link);
        Assert.DoesNotContain(Packages.Root, link, "No path of this machine.");
    }

    private static string PackClone(TestProject origin, string folder)
    {
        var clone = Path.Combine(origin.Root, folder);
        Git(origin.Root, "clone", "-q", origin.Root, clone);
        Git(clone, "remote", "set-url", "origin", "https://github.com/example/quantize");
        var packed = DotNet.Run(clone, "pack", "src/QuantizeTasks.Abstractions", "-c", "Release", "-o", Path.Combine(clone, "out"), "-nologo", "-nr:false", "-p:ContinuousIntegrationBuild=true");
        Assert.AreEqual(0, packed.ExitCode, packed.Output);
        return Directory.GetFiles(Path.Combine(clone, "out")).Single();
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
