using QuantizeTasks.Data;
using QuantizeTasks.Diagnostics;
using static QuantizeTasks.Tests.Plugins.TestPlugins;

namespace QuantizeTasks.Tests.Plugins;

/// <summary>Data sets of the user's own.</summary>
[TestClass]
public sealed class PluginLoaderTests
{
    [TestMethod]
    public void Open_Loader_GivesItsSamples()
    {
        var loader = Loader("Noise", ("count", 7L), ("size", 4L));
        Assert.AreEqual(7, loader.Count);
        var sample = loader.Load(3);
        CollectionAssert.AreEqual(new[] { 1, 3, 4, 4 }, sample.Inputs[""].Shape.ToArray());
        Assert.AreEqual((3f, "odd"), (sample.Label!.As<float>()[0], sample.Slice));
    }

    [TestMethod]
    public void Fingerprint_DependsOnTheSamplesAlone()
    {
        var first = DataSource.Fingerprint(Source("Noise", ("count", 5L)));
        Assert.AreEqual(first, DataSource.Fingerprint(Source("TestPlugins.Noise", ("count", 5L), ("channels", 3L))));
        Assert.AreNotEqual(first, DataSource.Fingerprint(Source("Noise", ("count", 6L))));
        Assert.AreNotEqual(first, DataSource.Fingerprint(Source("Noise", ("count", 5L), ("size", 8L))));
    }

    [TestMethod]
    public void Fingerprint_FileThatNobodyDeclared_StillCounts()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("x.txt"), "1\n2\n");
        var first = DataSource.Fingerprint(Source("Lines", ("file", folder.File("x.txt"))));
        File.WriteAllText(folder.File("x.txt"), "1\n3\n");
        Assert.AreNotEqual(first, DataSource.Fingerprint(Source("Lines", ("file", folder.File("x.txt")))));
    }

    [TestMethod]
    public void Files_Loader_AreTheAssemblyAndItsPaths() =>
        CollectionAssert.AreEquivalent(new[] { TestPlugins.Library, Path.Combine(Path.GetDirectoryName(Library)!, "YamlDotNet.dll"), "/data/x.txt" }, DataSource.Files(Source("Lines", ("file", "/data/x.txt"))).ToArray());

    [TestMethod]
    [DataRow("too few", DiagnosticCodes.PluginFailed, "Load(2), of 3 samples, of TestPlugins.BrokenLoader failed: IndexOutOfRangeException")]
    [DataRow("null", DiagnosticCodes.PluginContract, "gave null for sample")]
    [DataRow("no inputs", DiagnosticCodes.PluginContract, "no inputs")]
    [DataRow("null input", DiagnosticCodes.PluginContract, "gave null for the input 'x'")]
    [DataRow("nan", DiagnosticCodes.ValueNotFinite, "not finite")]
    [DataRow("negative", DiagnosticCodes.PluginContract, "-1 samples")]
    [DataRow("counts again", DiagnosticCodes.PluginContract, "and said 1 before")]
    public void Fingerprint_BrokenLoader_IsAnError(string how, string code, string says) =>
        Assert.Contains(says, Fails(code, () => DataSource.Fingerprint(Source("BrokenLoader", ("how", how)))).Message);

    [TestMethod]
    public void Load_AnotherSampleThanTheOneFingerprinted_IsAnError()
    {
        var source = Source("BrokenLoader", ("how", "changes"));
        DataSource.Fingerprint(source);
        Assert.Contains("gave another sample 0", Fails(DiagnosticCodes.PluginContract, () => DataSource.Open(source).Load(0)).Message);
    }

    [TestMethod]
    public void Open_NoSamples_IsAnError() => Fails(DiagnosticCodes.TooFewSamples, () => Loader("Noise", ("count", 0L)));
}
