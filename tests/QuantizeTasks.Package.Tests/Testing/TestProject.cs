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
        project.Write("App.csproj", Csproj(items, properties + FakeTool));
        project.Write("Program.cs", "System.Console.WriteLine();");
        project.WriteModel("", script);
        return project;
    }

    /// <summary>A manifest and a model in a folder of a project.</summary>
    public void WriteModel(string folder, string script = "")
    {
        Write(Path.Combine(folder, "quantize.yaml"), $"model: models/net.onnx\n{script}\n");
        Write(Path.Combine(folder, "models/net.onnx"), "a float model");
    }

    /// <summary>A library with a manifest and a model, in a folder of its own; its model lands in <c>models/name.int8.onnx</c>.</summary>
    public void WriteLibrary(string name, string items = "", string framework = "<TargetFramework>net10.0</TargetFramework>", string properties = "")
    {
        Write($"{name}/{name}.csproj", Csproj(items, properties + FakeTool, framework));
        Write($"{name}/{name}.cs", $"namespace {name} {{ public class Place {{ }} }}");
        WriteModel(name, $"output: models/{name}.int8.onnx");
    }

    /// <summary>An app in a folder of its own that does not reference the package.</summary>
    public void WriteApp(string name, string items, string framework = "<TargetFramework>net10.0</TargetFramework>", string properties = "")
    {
        Write($"{name}/{name}.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>{framework}<OutputType>Exe</OutputType>{properties}</PropertyGroup>
              <ItemGroup>{items}</ItemGroup>
            </Project>
            """);
        Write($"{name}/Program.cs", "System.Console.WriteLine();");
    }

    public const string Exe = "<TargetFramework>net10.0</TargetFramework><OutputType>Exe</OutputType>";

    public static string FakeTool => $"<QuantizeToolPath>{Surroundings.FakeTool}</QuantizeToolPath>";

    public static string Csproj(string items = "", string properties = "", string framework = Exe) => $"""
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

    public BuildResult BuildIn(string folder, params string[] arguments) => Run(folder, ["build", .. arguments]);

    /// <summary>Runs a command of dotnet that is MSBuild's, with a binary log to look into.</summary>
    public BuildResult Run(params string[] arguments) => Run("", arguments);

    private BuildResult Run(string folder, string[] arguments)
    {
        var log = this[$"{++_builds}.binlog"];
        var result = DotNet.Run(this[folder], WithLog(log, arguments));
        File.WriteAllText(Path.ChangeExtension(log, ".txt"), $"dotnet {string.Join(' ', arguments)}\n{result.Output}");
        return new BuildResult(result, BinaryLog.ReadBuild(log));
    }

    /// <summary>Starts a build and does not wait for it.</summary>
    public RunningCommand Start(params string[] arguments) => DotNet.StartInterruptible(Root, WithLog(this[$"{++_builds}.binlog"], arguments));

    private static string[] WithLog(string log, string[] arguments) => [.. arguments, "-nologo", "-nr:false", "-v:m", "-tl:off", $"-bl:{log}"];

    /// <summary>How often the fake tool was started for a manifest.</summary>
    public int Starts(string manifest = "quantize.yaml") =>
        File.Exists(this[manifest + ".starts"]) ? File.ReadAllLines(this[manifest + ".starts"]).Length : 0;

    /// <summary>Paths of int8 models below a folder, relative to it.</summary>
    public string[] Int8Models(string folder = "") => !Directory.Exists(this[folder])
        ? []
        : [.. Directory.EnumerateFiles(this[folder], "*.int8.onnx", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(this[folder], f).Replace('\\', '/')).Order(StringComparer.Ordinal)];
}
