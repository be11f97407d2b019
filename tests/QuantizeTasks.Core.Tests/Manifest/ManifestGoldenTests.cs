using QuantizeTasks.Diagnostics;
using QuantizeTasks.Tests;

namespace QuantizeTasks.Manifest;

/// <summary>Whole manifests and, word for word, what their writers are told. The texts are recorded and reviewed, not derived; a changed message has to be reviewed again.</summary>
[TestClass]
public sealed class ManifestGoldenTests
{
    private const string Folder = "tests/QuantizeTasks.Core.Tests/Manifest/Golden";

    public static IEnumerable<string> Manifests =>
        Directory.GetFiles(Path.Combine(Repository.Root, Folder), "*.yaml").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal);

    [TestMethod]
    [DynamicData(nameof(Manifests))]
    public void Read_ManifestWithMistakes_SaysWhatIsExpected(string name)
    {
        var folder = Path.Combine(Repository.Root, Folder);
        var error = Assert.ThrowsExactly<QuantizeException>(() => ManifestReader.Read(Path.Combine(folder, name + ".yaml")));
        var text = string.Concat(error.Diagnostics.Select(d => d.ToString().Replace(folder + Path.DirectorySeparatorChar, "", StringComparison.Ordinal) + "\n"));
        GeneratedDocument.Check($"{Folder}/{name}.expected.txt", text);
    }
}
