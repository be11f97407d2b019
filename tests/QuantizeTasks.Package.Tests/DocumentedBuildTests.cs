using System.Text.RegularExpressions;
using QuantizeTasks.Package.Tests.Testing;

namespace QuantizeTasks.Package.Tests;

/// <summary>
/// What documents tell people to write and type, written and typed: in a section with shell blocks, a block that begins with <c>&lt;!-- path --&gt;</c> is that file, the lines of a shell block are commands, and a
/// comment line under a command names a file that must be there after it. The quantizer is the real one.
/// </summary>
[TestClass]
public partial class DocumentedBuildTests
{
    public static IEnumerable<object[]> Sections =>
        Split("README.md").Where(section => section.Text.Contains("run by a test", StringComparison.Ordinal))
            .Concat(Split("docs/building.md").Where(section => section.Text.Contains("```sh", StringComparison.Ordinal)))
            .Select(section => new object[] { section.Document, section.Title });

    [TestMethod]
    [DynamicData(nameof(Sections))]
    public void Section_FilesAndCommands_DoWhatItSays(string document, string title)
    {
        if (OperatingSystem.IsWindows())
            Assert.Inconclusive("NOT TESTED: the commands are for a Unix shell.");
        var project = new TestProject();
        var text = Split(document).Single(section => section.Title == title).Text;
        if (text.Contains("\"Microsoft.ML.OnnxRuntime\"", StringComparison.Ordinal))
            RuntimePackages.Make();
        foreach (Match file in FileBlock().Matches(text))
            WriteProject(project, file.Groups["path"].Value, Adapt(file.Groups["text"].Value));
        if (!text.Contains("<!-- ", StringComparison.Ordinal))
            WriteModel(project, "");

        var commands = 0;
        foreach (var line in ShellBlock().Matches(text).SelectMany(block => block.Groups[1].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries)))
        {
            if (line.StartsWith("# ", StringComparison.Ordinal))
            {
                Assert.IsTrue(File.Exists(project[line[2..]]), $"{line[2..]} is not there.");
                continue;
            }
            commands++;
            var result = RunningCommand.Start("bash", project.Root, ["-c", Adapt(line)],
                ("QUANTIZE_CACHE_DIRECTORY", project["store"]), ("DOTNET_CLI_HOME", project["home"]), ("DOTNET_NOLOGO", "1"), ("PATH", Path.GetDirectoryName(Path.GetFullPath(Environment.ProcessPath!)) + ":" + Environment.GetEnvironmentVariable("PATH"))).Wait();
            Assert.AreEqual(0, result.ExitCode, $"{line}\n{result.Output}");
        }
        Assert.IsGreaterThan(0, commands);
    }

    [TestMethod]
    public void Sections_OfBothDocuments_AreFound()
    {
        var sections = Sections.ToArray();

        CollectionAssert.AreEqual(new[] { "In every kind of build", "In CI and on several machines", "With the app's own ONNX Runtime" }, sections.Where(section => (string)section[0] == "README.md").Select(section => section[1]).ToArray());
        Assert.IsGreaterThan(6, sections.Length);
    }

    /// <summary>A model with its manifest and data beside every project that references the package, and a program for one that needs it.</summary>
    private static void WriteProject(TestProject project, string path, string text)
    {
        project.Write(path, text);
        var folder = Path.GetDirectoryName(path)!;
        project.Write(Path.Combine(folder, "Code.cs"), text.Contains("<OutputType>Exe", StringComparison.Ordinal) ? "System.Console.WriteLine();" : "public class Library { }");
        if (text.Contains("QuantizeTasks", StringComparison.Ordinal))
            WriteModel(project, folder);
    }

    private static void WriteModel(TestProject project, string folder)
    {
        project.Write(Path.Combine(folder, "quantize.yaml"), TinyNetwork.Manifest("0.5"));
        TinyNetwork.Write(project[folder]);
    }

    /// <summary>The version that was packed for this run, the platform that it was packed for, and the runtime packages of the tests.</summary>
    private static string Adapt(string text) =>
        OwnVersion().Replace(text, match => match.Groups[1].Value + Packages.Version).Replace("linux-x64", Surroundings.Platform, StringComparison.Ordinal)
            .Replace("\"Microsoft.ML.OnnxRuntime\" Version=\"1.30.0\"", "\"Microsoft.ML.OnnxRuntime\" Version=\"7.30.0\"", StringComparison.Ordinal);

    private static IEnumerable<(string Document, string Title, string Text)> Split(string document) =>
        from part in File.ReadAllText(Path.Combine(Surroundings.Repository, document)).ReplaceLineEndings("\n").Split("\n## ").Skip(1)
        let end = part.IndexOf('\n', StringComparison.Ordinal)
        select (document, part[..end], part[end..]);

    [GeneratedRegex("""("QuantizeTasks" Version="|dotnet-quantize@|dotnet-quantize --version )0\.1\.0""")]
    private static partial Regex OwnVersion();

    [GeneratedRegex(@"^```xml\n<!-- (?<path>\S+) -->\n(?<text>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex FileBlock();

    [GeneratedRegex(@"^```sh\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex ShellBlock();
}
