using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Manifest;

[TestClass]
public sealed class ManifestOverridesTests
{
    private const string Minimal = "model: m.onnx\ndata: { validation: { images: val } }\nmetrics: [{ name: psnr }]\n";
    private static readonly SourcePosition Project = new("/src/App.csproj", 7, 3);

    [TestMethod]
    public void Parse_EveryKey_TakesTheManifestsPlace()
    {
        var manifest = ManifestTexts.Read(
            ManifestTexts.Fill("params", "maximal_drop: 0.005\n        max_iter_num: 30"),
            Override("model", "/other/n.onnx"), Override("output", "x/y.onnx"), Override("maximal_drop", " 0.25 "), Override("drop_type", "relative"), Override("preset", "mixed"),
            Override("max_iter_num", "3"), Override("ranking_subset_size", "4"), Override("stat_subset_size", "5"));
        Assert.AreEqual(Path.GetFullPath("/other/n.onnx"), manifest.Model.Value);
        Assert.AreEqual("x/y.onnx", manifest.Output.Value);
        Assert.AreEqual(new Located<double>(0.25, Project, "property Quantize_maximal_drop"), manifest.Compression.Accuracy.MaximalDrop);
        Assert.AreEqual(DropType.Relative, manifest.Compression.Accuracy.DropType);
        Assert.AreEqual("mixed", manifest.Compression.Quantization.Preset!.Value);
        Assert.AreEqual(3, manifest.Compression.Accuracy.MaxIterNum);
        Assert.AreEqual(4, manifest.Compression.Accuracy.RankingSubsetSize);
        Assert.AreEqual(5, manifest.Compression.Quantization.StatSubsetSize!.Value);
    }

    [TestMethod]
    public void Parse_ManifestWithoutThePlace_GetsIt()
    {
        var manifest = ManifestTexts.Read(Minimal, Override("maximal_drop", "0.25"), Override("preset", "mixed"));
        Assert.AreEqual(0.25, manifest.Compression.Accuracy.MaximalDrop!.Value);
        Assert.IsTrue(manifest.Compression.IsAccuracyAware);
        Assert.AreEqual("n.int8.onnx", ManifestTexts.Read(Minimal.Replace("model: m.onnx\n", "", StringComparison.Ordinal), Override("model", "/x/n.onnx")).Output.Value);
        Assert.AreEqual(0.5, ManifestTexts.Read(ManifestTexts.Fill("compression", "{ target_device: CPU }"), Override("maximal_drop", "0.5")).Compression.Accuracy.MaximalDrop!.Value);
        Assert.AreEqual(0.5, ManifestTexts.Read(ManifestTexts.Fill("algorithms", "[{ name: DefaultQuantization }]"), Override("maximal_drop", "0.5")).Compression.Accuracy.MaximalDrop!.Value);
    }

    [TestMethod]
    public void Parse_SeveralForOneKey_TheLastCounts() =>
        Assert.AreEqual(0.75, ManifestTexts.Read(Minimal, Override("maximal_drop", "0.25"), Override("maximal_drop", "0.75")).Compression.Accuracy.MaximalDrop!.Value);

    [TestMethod]
    public void Parse_WrongValueInTheManifestThatIsOverridden_DoesNotMatter() =>
        Assert.AreEqual(0.25, ManifestTexts.Read(ManifestTexts.Fill("params", "maximal_drop: nonsense"), Override("maximal_drop", "0.25")).Compression.Accuracy.MaximalDrop!.Value);

    [TestMethod]
    public void Parse_SearchParameterForAnAlgorithmWithoutSearch_IsHarmless() =>
        Assert.IsFalse(ManifestTexts.Read(ManifestTexts.Fill("algorithms", "[{ name: DefaultQuantization }]"), Override("max_iter_num", "3")).Compression.IsAccuracyAware);

    [TestMethod]
    [DataRow("maximal_drop", "low", "QTZ1004")]
    [DataRow("maximal_drop", "0,5", "QTZ1004")]
    [DataRow("maximal_drop", "", "QTZ1004")]
    [DataRow("maximal_drop", "NaN", "QTZ1004")]
    [DataRow("maximal_drop", ".nan", "QTZ1006")]
    [DataRow("drop_type", "percent", "QTZ1007")]
    [DataRow("preset", "fast", "QTZ1007")]
    [DataRow("max_iter_num", "-1", "QTZ1006")]
    [DataRow("ranking_subset_size", "0", "QTZ1006")]
    [DataRow("stat_subset_size", "1.5", "QTZ1004")]
    [DataRow("output", "../x.onnx", "QTZ1006")]
    [DataRow("output", "/x.onnx", "QTZ1006")]
    [DataRow("model", "", "QTZ1004")]
    [DataRow("max_drop", "0.1", "QTZ1003")]
    public void Parse_WrongOverride_NamesItsSourceAndPlace(string key, string text, string code)
    {
        var error = Assert.ThrowsExactly<QuantizeException>(() => ManifestTexts.Read(Minimal, Override(key, text))).Diagnostics.Single();
        Assert.AreEqual(code, error.Code);
        StringAssert.Contains(error.Message, $"This value comes from property Quantize_{key}.");
        Assert.AreEqual(Project, error.Position);
    }

    [TestMethod]
    public void Parse_OverrideWithoutAPlace_PointsAtWhatItReplacesOrAtTheManifest()
    {
        var value = new ManifestOverride("maximal_drop", "low", "--maximal-drop");
        var replacing = Assert.ThrowsExactly<QuantizeException>(() => ManifestTexts.Read(ManifestTexts.Fill("params", "maximal_drop: 0.1"), value)).Diagnostics.Single();
        Assert.AreEqual(new SourcePosition(ManifestTexts.File, 15, 23), replacing.Position);
        var adding = Assert.ThrowsExactly<QuantizeException>(() => ManifestTexts.Read(Minimal, value)).Diagnostics.Single();
        Assert.AreEqual(new SourcePosition(ManifestTexts.File), adding.Position);
    }

    [TestMethod]
    public void Parse_UnknownKey_SuggestsOne() => StringAssert.Contains(
        Assert.ThrowsExactly<QuantizeException>(() => ManifestTexts.Read(Minimal, Override("max_drop", "0.1"))).Message, "Did you mean 'maximal_drop'?");

    private static ManifestOverride Override(string key, string text) => new(key, text, $"property Quantize_{key}", Project);
}
