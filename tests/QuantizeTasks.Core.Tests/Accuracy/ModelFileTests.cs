using QuantizeTasks.Accuracy;

namespace QuantizeTasks.Tests.Accuracy;

[TestClass]
public sealed class ModelFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    public void Read_LinkToAModel_HasTheModelsSize()
    {
        var model = _folder.File("m.onnx");
        File.WriteAllBytes(model, MadeUpVariants.Multiply(2));
        File.CreateSymbolicLink(_folder.File("link.onnx"), model);
        Assert.AreEqual(File.ReadAllBytes(model).Length, ModelFile.Read(_folder.File("link.onnx")).Bytes, "a budget on the size is a share of this");
    }
}
