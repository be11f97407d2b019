using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace QuantizeTasks.MSBuild.Tests;

/// <summary>The package's README cannot fall behind the targets.</summary>
[TestClass]
public partial class ReadmeTests
{
    internal static readonly string Folder = typeof(ReadmeTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "Sources").Value!;
    private static readonly string Readme = File.ReadAllText(Path.Combine(Folder, "README.md"));
    private static readonly string Targets = File.ReadAllText(Path.Combine(Folder, "build/QuantizeTasks.targets"));

    [TestMethod]
    public void Readme_Settings_AreThoseOfTheTargets()
    {
        var settings = XDocument.Parse(Targets).Descendants("_QuantizeSetting").Select(setting => (Key: setting.Attribute("Include")!.Value, Metadata: setting.Attribute("Metadata")?.Value)).ToArray();

        Assert.IsGreaterThan(5, settings.Length);
        foreach (var (key, name) in settings)
        {
            var metadata = name ?? string.Concat(key.Split('_').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
            var property = Targets.Contains($"$(Quantize{metadata})", StringComparison.Ordinal) ? $" `Quantize{metadata}` " : " ";
            Assert.Contains($"|{property}| `{metadata}` | `{key}` |", Readme);
        }
    }

    [TestMethod]
    public void Readme_Properties_AreAllThere()
    {
        var props = File.ReadAllText(Path.Combine(Folder, "build/QuantizeTasks.props"));
        // Where the task and the tool are is for tests and for this repository.
        var properties = PublicProperty().Matches(Targets + props).Select(match => match.Groups[1].Value).Distinct().Except(["QuantizeToolPath", "QuantizeTaskAssembly"]).ToArray();

        Assert.IsGreaterThan(9, properties.Length);
        foreach (var property in properties)
            Assert.Contains($"`{property}", Readme);
    }

    [GeneratedRegex(@"\$\((Quantize\w+|Enable\w*Quantize\w+)\)")]
    private static partial Regex PublicProperty();
}
