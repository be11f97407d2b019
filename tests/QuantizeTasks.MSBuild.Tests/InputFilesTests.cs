using QuantizeTasks.MSBuild.Tests.Testing;

namespace QuantizeTasks.MSBuild.Tests;

[TestClass]
public sealed class InputFilesTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public InputFilesTests()
    {
        foreach (var file in new[] { "b.txt", "a.txt", "data/1.png", "data/2.png", "data/x.csv", "data/cats/3.png", "data/cats/deep/4.png", "data/dogs/5.png" })
            _folder.Write(file);
    }

    [TestMethod]
    [DataRow("a.txt", "a.txt")]
    [DataRow("gone.txt", "")]
    [DataRow("data/*.png", "data/1.png data/2.png")]
    [DataRow("data/?.csv", "data/x.csv")]
    [DataRow("data/**/*.png", "data/1.png data/2.png data/cats/3.png data/cats/deep/4.png data/dogs/5.png")]
    [DataRow("data/**", "data/1.png data/2.png data/cats/3.png data/cats/deep/4.png data/dogs/5.png data/x.csv")]
    [DataRow("data/*/*.png", "data/cats/3.png data/dogs/5.png")]
    [DataRow("data/**/deep/*", "data/cats/deep/4.png")]
    [DataRow("nowhere/*", "")]
    [DataRow("data", "")]
    public void Expand_Line_IsTheFilesBehindIt(string line, string expected)
    {
        var files = InputFiles.Expand([_folder[line]]);

        CollectionAssert.AreEqual(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(f => _folder[f]).ToArray(), files.ToArray());
    }

    [TestMethod]
    public void Expand_SeveralLines_IsEachFileOnceInOrdinalOrder()
    {
        var files = InputFiles.Expand([_folder["b.txt"], "", _folder["*.txt"], _folder["a.txt"]]);

        CollectionAssert.AreEqual(new[] { _folder["a.txt"], _folder["b.txt"] }, files.ToArray());
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    public void Expand_FileNameWithAStar_IsThatFile()
    {
        _folder.Write("*.txt");

        CollectionAssert.AreEqual(new[] { _folder["*.txt"] }, InputFiles.Expand([_folder["*.txt"]]).ToArray());
    }

    public void Dispose() => _folder.Dispose();
}
