namespace QuantizeTasks.Package.Tests.Testing;

/// <summary>
/// Packs once for the whole run, with a version of its own: NuGet serves a version that it has seen from its folder, however often it is packed. Everything lies below one
/// temporary folder whose name has a space and letters beyond ASCII.
/// </summary>
[TestClass]
public static class Packages
{
    public static string Root { get; } = Path.Combine(Path.GetTempPath(), $"quantize é 模型 {Environment.ProcessId}-{DateTime.UtcNow.Ticks}");

    public static string Version { get; } = $"0.0.0-test.{DateTime.UtcNow.Ticks}";

    /// <summary>Each makes one package.</summary>
    public static IReadOnlyList<string> Projects { get; } = ["QuantizeTasks.Abstractions", "QuantizeTasks.MSBuild", "QuantizeTasks.Testing", "QuantizeTasks.Tool"];

    public static string Feed => Path.Combine(Root, "feed");

    [AssemblyInitialize]
    public static void Pack(TestContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        Directory.CreateDirectory(Feed);
        foreach (var project in Projects)
            Pack(project, Feed);

        // Nothing of the machine's folders may reach the projects of the tests.
        foreach (var file in new[] { "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props" })
            File.WriteAllText(Path.Combine(Root, file), "<Project />");
        File.WriteAllText(Path.Combine(Root, "NuGet.config"), $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{Path.Combine(Root, "packages")}" /></config>
              <packageSources><add key="packed-by-the-tests" value="{Feed}" /></packageSources>
              <fallbackPackageFolders><add key="machine" value="{Surroundings.PackageFolder}" /></fallbackPackageFolders>
            </configuration>
            """);
    }

    /// <summary>Packs what the build of this test project built.</summary>
    public static void Pack(string project, string folder)
    {
        // PackageVersion and not Version, which would change the assemblies that were just built.
        var packed = DotNet.Run(Surroundings.Repository, "pack", $"src/{project}", "--no-build", "-nologo", "-nr:false",
            "-c", Surroundings.Configuration, "-o", folder, $"-p:PackageVersion={Version}", $"-p:OnnxRuntimePackedPlatforms={Surroundings.Platform}", $"-p:OnnxRuntimeSource={Surroundings.OnnxRuntimeSource}");
        Assert.AreEqual(0, packed.ExitCode, packed.Output);
    }

    [AssemblyCleanup]
    public static void Delete() => Directory.Delete(Root, recursive: true);
}
