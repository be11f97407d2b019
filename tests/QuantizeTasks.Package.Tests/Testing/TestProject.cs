using Microsoft.Build.Logging.StructuredLogger;

namespace QuantizeTasks.Package.Tests.Testing;

/// <summary>A folder with projects in it that use the packed package.</summary>
internal sealed class TestProject
{
    private int _builds;

    public TestProject(string name = "")
    {
        Root = Path.Combine(Packages.Root, $"{name}{Guid.NewGuid():N}"[..(name.Length + 8)]);
        Directory.CreateDirectory(Root);
    }

    public string Root { get; }

    public string this[string relative] => Path.Combine(Root, relative);

    /// <summary>App.csproj with the fake tool, one manifest that takes <paramref name="script"/>, and a model.</summary>
    public static TestProject WithFakeTool(string script = "", string items = "", string properties = "")
    {
        var project = new TestProject();
        project.Write("App.csproj", Csproj(items, properties + $"<QuantizeToolPath>{Surroundings.FakeTool}</QuantizeToolPath>"));
        project.Write("Program.cs", "System.Console.WriteLine();");
        project.Write("quantize.yaml", $"model: models/net.onnx\n{script}\n");
        project.Write("models/net.onnx", "a float model");
        return project;
    }

    public static string Csproj(string items = "", string properties = "", string framework = "<TargetFramework>net10.0</TargetFramework><OutputType>Exe</OutputType>") => $"""
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>{framework}{properties}</PropertyGroup>
          <ItemGroup>
            <PackageReference Include="QuantizeTasks" Version="{Packages.Version}" PrivateAssets="all" />
            {items}
          </ItemGroup>
        </Project>
        """;

    public string Write(string relative, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(this[relative])!);
        File.WriteAllText(this[relative], text);
        return this[relative];
    }

    /// <summary>Makes a file look changed. Far enough ahead for any file system's clock.</summary>
    public void Touch(string relative) => File.SetLastWriteTimeUtc(this[relative], DateTime.UtcNow.AddSeconds(5));

    public BuildResult Build(params string[] arguments) => Run(["build", .. arguments]);

    /// <summary>Runs a command of dotnet that is MSBuild's, with a binary log to look into.</summary>
    public BuildResult Run(params string[] arguments)
    {
        var log = this[$"{++_builds}.binlog"];
        var result = DotNet.Run(Root, [.. arguments, "-nologo", "-nr:false", "-v:m", "-tl:off", $"-bl:{log}"]);
        File.WriteAllText(Path.ChangeExtension(log, ".txt"), $"dotnet {string.Join(' ', arguments)}\n{result.Output}");
        return new BuildResult(result, BinaryLog.ReadBuild(log));
    }

    /// <summary>How often the fake tool was started for a manifest.</summary>
    public int Starts(string manifest = "quantize.yaml") =>
        File.Exists(this[manifest + ".starts"]) ? File.ReadAllLines(this[manifest + ".starts"]).Length : 0;

    /// <summary>Paths of int8 models below a folder, relative to it.</summary>
    public string[] Int8Models(string folder = "") => !Directory.Exists(this[folder])
        ? []
        : [.. Directory.EnumerateFiles(this[folder], "*.int8.onnx", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(this[folder], f).Replace('\\', '/')).Order(StringComparer.Ordinal)];
}
