using QuantizeTasks.Inference;
using QuantizeTasks.Onnx;
using QuantizeTasks.Onnx.Values;
using QuantizeTasks.Runs;

namespace QuantizeTasks.Tests.Onnx.Values;

[TestClass]
public sealed class ModelFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    public void Save_OverAnotherPair_LeavesOnlyTheNewPair()
    {
        var path = _folder.File("m.onnx");
        File.WriteAllText(_folder.File("m.onnx.0123456789abcdef.data"), "of an earlier model at this path");
        File.WriteAllText(_folder.File("m.onnx.notes.data"), "somebody else's");
        File.WriteAllText(_folder.File("other.onnx.0123456789abcdef.data"), "another model's");

        Model(1).Save(path);
        var files = Model(2).Save(path);

        CollectionAssert.AreEquivalent(new[] { path, files[0], _folder.File("m.onnx.notes.data"), _folder.File("other.onnx.0123456789abcdef.data") }, Directory.GetFiles(Path.GetDirectoryName(path)!));
        Assert.AreEqual(2, OnnxModel.Load(path).Graph.Initializers[0].ToFloats()[0]);
    }

    [TestMethod]
    public void Save_InterruptedAfterTheValues_LeavesTheOldPairWhole()
    {
        var path = _folder.File("m.onnx");
        Model(1).Save(path);

        ModelFiles.WriteValues(Model(2).Serialize(), path);

        Assert.AreEqual(1, OnnxModel.Load(path).Graph.Initializers[0].ToFloats()[0]);
        using var session = ModelSession.Open(path);
        Assert.AreEqual(1, session.Run(TestRuns.RandomInputs(Model(1))).Values.Single().As<float>().Length / 1024);
    }

    [TestMethod]
    public void Publication_NotCommitted_LeavesThePublishedPairWhole()
    {
        var path = _folder.File("m.onnx");
        using (var publication = Publication.Stage(path, Model(1).Serialize()))
        {
            Assert.AreEqual(Model(1).Serialize().Fingerprint, publication.ReadBack().Fingerprint);
            publication.Commit();
        }
        var published = Directory.GetFiles(Path.GetDirectoryName(path)!);

        foreach (var value in new[] { 1, 2 })
            using (Publication.Stage(path, Model(value).Serialize()))
                Assert.AreEqual(1, OnnxModel.Load(path).Graph.Initializers[0].ToFloats()[0], "nothing shows before the commit");

        CollectionAssert.AreEquivalent(published, Directory.GetFiles(Path.GetDirectoryName(path)!));
        Assert.AreEqual(1, OnnxModel.Load(path).Graph.Initializers[0].ToFloats()[0]);
    }

    [TestMethod]
    public void ReadBack_ValuesThatChangedOnTheDisk_GiveAnotherFingerprint()
    {
        var model = Model(1).Serialize();
        using var publication = Publication.Stage(_folder.File("m.onnx"), model);
        var bytes = File.ReadAllBytes(publication.Values!);
        bytes[17] ^= 1;
        File.WriteAllBytes(publication.Values!, bytes);

        Assert.AreNotEqual(model.Fingerprint, publication.ReadBack().Fingerprint);
    }

    [TestMethod]
    public void Withdraw_APair_RemovesBoth()
    {
        var path = _folder.File("m.onnx");
        Model(1).Save(path);

        Publication.Withdraw(path);

        Assert.IsEmpty(Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    private static OnnxModel Model(float value)
    {
        var values = new float[1024];
        Array.Fill(values, value);
        return new(TestModels.Opset(13).Input("x", 1024).Floats("w", values, 1024).Node("Add", ["x", "w"], ["y"]).Output("y").Build().Proto, "m", hadValuesOutside: true);
    }
}
