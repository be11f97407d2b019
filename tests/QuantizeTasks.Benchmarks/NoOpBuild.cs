using System.Diagnostics;
using System.Globalization;
using Microsoft.Build.Logging.StructuredLogger;

namespace QuantizeTasks.Benchmarks;

/// <summary>
/// What the package adds to a build in which nothing changed, from binary logs: the time of its targets, and what evaluating the project takes longer than with the package left out.
/// The sample GaugeReader with its 900 pictures as a user has it, against the packages of <c>build/pack</c>, each build in a process of its own, the two projects in turn. Once as it is, and once with
/// the garbage collector held off: its pause of some 30 ms comes once in a build, in whatever happens to run then.
/// </summary>
internal static class NoOpBuild
{
    private static readonly string[] Tasks = ["PrepareQuantization", "RunQuantization", "CollectQuantizedModels"];

    public static int Print(string repository, string packages, int runs, TextWriter output)
    {
        var package = Directory.GetFiles(packages, "QuantizeTasks.*.nupkg").Single(file => char.IsDigit(Path.GetFileName(file)["QuantizeTasks.".Length]));
        var folder = Directory.CreateTempSubdirectory("quantize-no-op-").FullName;
        try
        {
            var with = Project(folder, "with", repository, $"""<PackageReference Include="QuantizeTasks" Version="{Path.GetFileNameWithoutExtension(package)["QuantizeTasks.".Length..]}" PrivateAssets="all" />""");
            var without = Project(folder, "without", repository, "");
            foreach (var file in new[] { "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props" })
                File.WriteAllText(Path.Combine(folder, file), "<Project />");
            File.WriteAllText(Path.Combine(folder, "NuGet.config"), $"""
                <configuration>
                  <config><add key="globalPackagesFolder" value="{folder}/packages" /></config>
                  <packageSources><add key="packed" value="{Path.GetFullPath(packages)}" /></packageSources>
                </configuration>
                """);
            // Twice: the first build compiles and quantizes, the second settles what compares times.
            foreach (var project in new[] { with, without, with, without })
                Build(project, restore: true);

            Measure("as it is", with, without, null);
            Measure("no garbage collection", with, without, "10000000");
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        void Measure(string title, string with, string without, string? firstCollection)
        {
            var pairs = Enumerable.Range(0, runs).Select(_ => (With: Build(with, restore: false, firstCollection), Without: Build(without, restore: false, firstCollection))).ToList();
            if (pairs.Find(pair => pair.With.Executions != 1) is { With: { } wrong })
                throw new InvalidOperationException($"{wrong.Executions} tasks of the package ran; a build with nothing to do runs one, which looks at times.");
            output.WriteLine($"| milliseconds, {title} | median | least | most |");
            output.WriteLine("|---|---|---|---|");
            Row("targets of the package", pairs.Select(pair => pair.With.Targets));
            Row("longer evaluation", pairs.Select(pair => pair.With.Evaluation - pair.Without.Evaluation));
            Row("**whole build, longer**", pairs.Select(pair => pair.With.Total - pair.Without.Total));
            Row("whole build without the package", pairs.Select(pair => pair.Without.Total));
            output.WriteLine();
        }

        void Row(string name, IEnumerable<double> measured)
        {
            var values = measured.Order().ToArray();
            var median = (values[(values.Length - 1) / 2] + values[values.Length / 2]) / 2;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {median:F1} | {values[0]:F1} | {values[^1]:F1} |"));
        }
    }

    private static string Project(string folder, string name, string repository, string reference)
    {
        var project = Path.Combine(folder, name);
        var sample = Path.Combine(repository, "samples/GaugeReader");
        foreach (var file in new[] { "models", "data" }.SelectMany(sub => Directory.EnumerateFiles(Path.Combine(sample, sub), "*", SearchOption.AllDirectories)).Append(Path.Combine(sample, "quantize.yaml")))
        {
            var copy = Path.Combine(project, Path.GetRelativePath(sample, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
        File.WriteAllText(Path.Combine(project, "Program.cs"), "System.Console.WriteLine();");
        File.WriteAllText(Path.Combine(project, "App.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><TargetFramework>net10.0</TargetFramework><OutputType>Exe</OutputType></PropertyGroup>
              <ItemGroup>{reference}</ItemGroup>
            </Project>
            """);
        return project;
    }

    /// <param name="firstCollection">After how many bytes, in hexadecimal, the first garbage collection comes; null for .NET's own choice.</param>
    private static Measured Build(string project, bool restore, string? firstCollection = null)
    {
        var log = Path.Combine(project, "build.binlog");
        var start = new ProcessStartInfo("dotnet") { WorkingDirectory = project, RedirectStandardOutput = true };
        foreach (var argument in new[] { "build", "-nologo", "-nr:false", "-tl:off", "-v:m", $"-bl:{log}", restore ? "-restore" : "--no-restore" })
            start.ArgumentList.Add(argument);
        if (firstCollection is not null)
            start.Environment["DOTNET_GCgen0size"] = firstCollection;
        using var process = Process.Start(start)!;
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException(text);
        var build = BinaryLog.ReadBuild(log);
        var (targets, evaluation, executions) = (0.0, 0.0, 0);
        build.VisitAllChildren<Target>(target => targets += target.Name.TrimStart('_').StartsWith("Quantize", StringComparison.Ordinal) ? target.Duration.TotalMilliseconds : 0);
        build.VisitAllChildren<ProjectEvaluation>(e => evaluation += e.Duration.TotalMilliseconds);
        build.VisitAllChildren<Microsoft.Build.Logging.StructuredLogger.Task>(task => executions += Tasks.Contains(task.Name.Split('.')[^1]) ? 1 : 0);
        return new Measured(targets, evaluation, build.Duration.TotalMilliseconds, executions);
    }

    private sealed record Measured(double Targets, double Evaluation, double Total, int Executions);
}
