using System.Text.Json;

namespace QuantizeTasks.Package.Tests.Testing;

/// <summary>
/// Visual Studio's fast up-to-date check as its documentation describes it (dotnet/project-system, docs/up-to-date-check.md): in every set, each input must exist and no input may be newer than
/// the oldest output; a missing output is out of date. Its own targets, which collect the items, are not in the SDK; they call what is called here.
/// </summary>
internal static class VisualStudio
{
    public static bool IsUpToDate(TestProject project, string set)
    {
        var items = Items(project, "_QuantizeUpToDateCheck", "UpToDateCheckInput", "UpToDateCheckOutput", "UpToDateCheckBuilt");
        var inputs = In("UpToDateCheckInput");
        var outputs = In("UpToDateCheckOutput").Concat(In("UpToDateCheckBuilt")).ToArray();
        Assert.IsNotEmpty(inputs);
        Assert.IsNotEmpty(outputs);
        return outputs.All(File.Exists) && inputs.All(File.Exists) && inputs.Max(File.GetLastWriteTimeUtc) <= outputs.Min(File.GetLastWriteTimeUtc);

        string[] In(string item) => [.. items[item].Where(i => i.Metadata("Set") == set).Select(i => i.Path)];
    }

    /// <summary>Items of a design-time build after a target has run.</summary>
    public static Dictionary<string, Item[]> Items(TestProject project, string target, params string[] names)
    {
        if (!File.Exists(project["obj/project.assets.json"]))
            Assert.AreEqual(0, DotNet.Run(project.Root, "restore").ExitCode);
        var result = DotNet.Run(project.Root, ["msbuild", "-nr:false", "-p:DesignTimeBuild=true;BuildingProject=false", $"-t:{target}", $"-getItem:{string.Join(',', names)}"]);
        Assert.AreEqual(0, result.ExitCode, result.Output);
        using var json = JsonDocument.Parse(result.Output);
        var items = json.RootElement.GetProperty("Items");
        return names.ToDictionary(name => name, name => items.GetProperty(name).EnumerateArray()
            .Select(item => new Item(item.EnumerateObject().ToDictionary(m => m.Name, m => m.Value.GetString()!))).ToArray());
    }

    internal sealed record Item(Dictionary<string, string> All)
    {
        public string Path => All["FullPath"];

        public string Metadata(string name) => All.GetValueOrDefault(name, "");
    }
}
