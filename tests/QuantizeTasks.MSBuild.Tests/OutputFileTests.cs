using QuantizeTasks.MSBuild.Tests.Testing;

namespace QuantizeTasks.MSBuild.Tests;

[TestClass]
public sealed class OutputFileTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    [TestMethod]
    public void ReadList_PathWithABar_SplitsAtTheLast()
    {
        var list = _folder.Write("outputs.txt", "/obj/a|b/net.int8.onnx|models/net.int8.onnx\n");

        var output = OutputFile.ReadList(list).Single();

        Assert.AreEqual("/obj/a|b/net.int8.onnx", output.FullPath);
        Assert.AreEqual("models/net.int8.onnx", output.TargetPath);
    }

    [TestMethod]
    public void ReadList_NoFile_IsEmpty() => Assert.IsEmpty(OutputFile.ReadList(_folder["none.txt"]));

    [TestMethod]
    [DataRow("/obj/net.onnx")]
    [DataRow("|net.onnx")]
    [DataRow("/obj/net.onnx|")]
    [DataRow("/obj/net.onnx|/etc/net.onnx")]
    [DataRow("/obj/net.onnx|../net.onnx")]
    [DataRow("/obj/net.onnx|models/../../net.onnx")]
    [DataRow("/obj/net.onnx|models\\..\\..\\net.onnx")]
    [DataRow("/obj/net.onnx|C:/net.onnx")]
    public void ReadList_MalformedOrOutside_IsRefused(string line) =>
        Assert.ThrowsExactly<InvalidDataException>(() => OutputFile.ReadList(_folder.Write("outputs.txt", line)));

    [TestMethod]
    public void AllExist_OneIsMissing_IsFalse()
    {
        var there = _folder.Write("a.onnx");

        Assert.IsTrue(OutputFile.AllExist(_folder.Write("1.txt", $"{there}|a.onnx")));
        Assert.IsFalse(OutputFile.AllExist(_folder.Write("2.txt", $"{there}|a.onnx\n{_folder["b.onnx"]}|b.onnx")));
        Assert.IsFalse(OutputFile.AllExist(_folder.Write("3.txt", "")));
        Assert.IsFalse(OutputFile.AllExist(_folder.Write("4.txt", "nonsense")));
        Assert.IsFalse(OutputFile.AllExist(_folder["5.txt"]));
    }

    public void Dispose() => _folder.Dispose();
}
