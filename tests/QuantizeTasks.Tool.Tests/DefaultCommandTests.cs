namespace QuantizeTasks.Tests;

/// <summary>A manifest or a model in the place of a command.</summary>
[TestClass]
public sealed class DefaultCommandTests
{
    [TestMethod]
    public void Run_ManifestAlone_IsRun()
    {
        using var tool = new ToolRun();
        Assert.AreEqual(0, tool.Run("quantize.yaml", "--workers", "3"), tool.Error);
        Assert.AreEqual((tool.PathOf("quantize.yaml"), 3), (tool.Manifest!.Path, tool.Options!.Workers));
    }

    [TestMethod]
    [DataRow("quantize.yaml")]
    [DataRow("models/quantize.yaml")]
    [DataRow("mobilenet.quantize.yaml")]
    [DataRow("models/mobilenet.quantize.yaml")]
    public void Run_ModelAlone_TakesTheManifestThatNamesIt(string manifest)
    {
        using var tool = new ToolRun();
        if (manifest != "quantize.yaml")
        {
            var text = File.ReadAllText(tool.PathOf("quantize.yaml"));
            tool.Write("quantize.yaml", text.Replace("models/mobilenet.onnx", "other.onnx"));
            tool.Write("other.onnx", "");
            tool.Write(manifest, manifest.StartsWith("models/", StringComparison.Ordinal) ? text.Replace("models/", "") : text);
        }
        Assert.AreEqual(0, tool.Run("models/mobilenet.onnx"), tool.Error);
        Assert.AreEqual(tool.PathOf(manifest), tool.Manifest!.Path);
    }

    [TestMethod]
    public void Run_ModelWithoutManifest_NamesTheNextStep()
    {
        using var tool = new ToolRun();
        tool.Write("net.onnx", "");
        Assert.AreEqual(1, tool.Run("net.onnx"));
        StringAssert.Contains(tool.Error, "error QTZ7120: There is no manifest for this model");
        StringAssert.Contains(tool.Error, "quantize.yaml' is for another model.");
        StringAssert.Contains(tool.Error, "`dotnet quantize init net.onnx`");
        Assert.IsNull(tool.Options, "nothing ran");
    }
}
