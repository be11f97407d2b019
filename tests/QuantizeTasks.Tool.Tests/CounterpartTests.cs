using System.Xml.Linq;
using QuantizeTasks.Manifest;
using QuantizeTasks.Tool.Commands;
using QuantizeTasks.Tool.Jobs;

namespace QuantizeTasks.Tests;

/// <summary>
/// What can be said on the command line can be said in a job file and in a project, by the same name: <c>--time-limit</c>, <c>time_limit</c>, QuantizeTimeLimit. Who adds one has to add the
/// others, or say here why there is none.
/// </summary>
[TestClass]
public sealed class CounterpartTests
{
    /// <summary>Of the tool alone: how its results are shown, and where a build has places of its own.</summary>
    private static readonly Dictionary<string, string> OnlyCommandLine = new()
    {
        ["output_directory"] = "a build has obj for that",
        ["report_directory"] = "a build has obj for that",
        ["json"] = "a build reads report.json",
        ["sarif"] = "the compiler's own log has a build's errors and warnings",
        ["markdown"] = "a workflow runs the tool for its summary",
        ["log_format"] = "a build always asks for msbuild",
        ["verbosity"] = "MSBuild filters messages itself",
        ["shard"] = "the machines of a batch run the tool, and the build after them finds what they did",
        ["merge"] = "as for shard",
        ["job"] = "the job file itself",
    };

    /// <summary>Members of a job that stand on their own instead of under <c>overrides</c> or <c>options</c>, and their properties.</summary>
    private static readonly Dictionary<string, string> OwnMembers = new() { ["cache_directory"] = "cacheDirectory", ["cache_max_size"] = "cacheMaxSize", ["workers"] = "workers", ["plugins"] = "pluginAssembly", ["model"] = "model" };

    private static readonly XDocument Targets = XDocument.Load(Path.Combine(Repository.Root, "src/QuantizeTasks.MSBuild/build/QuantizeTasks.targets"));

    [TestMethod]
    public void CommandLine_EveryOption_IsInJobsAndProjects()
    {
        foreach (var name in Options().Where(name => !OnlyCommandLine.ContainsKey(name)))
        {
            var property = Property(name);
            if (OwnMembers.TryGetValue(name, out var member))
            {
                property = $"Quantize{char.ToUpperInvariant(member[0])}{member[1..]}";
                CollectionAssert.Contains(JobFile.Members, member);
            }
            else
                Assert.IsTrue(ManifestOverrides.ParameterKeys.Contains(name) || RunSettings.Names.Contains(name), $"--{name.Replace('_', '-')} has no counterpart in job files");
            // A model is an item of its own.
            if (name != "model")
                Assert.Contains($"$({property})", Targets.ToString(), $"--{name.Replace('_', '-')} has no counterpart in projects");
        }
    }

    [TestMethod]
    public void Job_EveryOverrideAndOption_IsOnTheCommandLineAndInProjects()
    {
        var keys = ManifestOverrides.ParameterKeys.Concat(RunSettings.Names).ToArray();
        CollectionAssert.IsSubsetOf(keys, Options(), "command line");
        CollectionAssert.AreEquivalent(ManifestOverrides.ParameterKeys.Append("output").ToArray(), Items("_QuantizeSetting"), "a model's output is metadata of its item and nothing on the command line");
        CollectionAssert.AreEquivalent(RunSettings.Names.ToArray(), Items("_QuantizeOption"));
    }

    [TestMethod]
    public void Projects_EverySetting_HasAPropertyOfItsName()
    {
        foreach (var item in Targets.Descendants("_QuantizeSetting").Concat(Targets.Descendants("_QuantizeOption")).Where(i => i.Attribute("Include")!.Value != "output"))
            Assert.AreEqual($"$({Property(item.Attribute("Include")!.Value)})", item.Attribute("Value")!.Value);
    }

    [TestMethod]
    public void Reasons_ForOptionsThatAreGone_AreGone() =>
        CollectionAssert.IsSubsetOf(OnlyCommandLine.Keys.Concat(OwnMembers.Keys).ToArray(), Options());

    private static string[] Options()
    {
        using var tool = new ToolRun();
        return [.. new RunCommand(tool.Engine, tool.Context).Command.Options.Select(OverrideOptions.Key)];
    }

    private static string[] Items(string name) => [.. Targets.Descendants(name).Select(i => i.Attribute("Include")!.Value)];

    private static string Property(string name) => $"Quantize{string.Concat(name.Split('_').Select(word => char.ToUpperInvariant(word[0]) + word[1..]))}";
}
