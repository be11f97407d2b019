using QuantizeTasks.Data;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Tests.Data;

[TestClass]
public sealed class ImageLoaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    public void Open_SubFolders_AreClassesInOrdinalOrder()
    {
        Add("images/b/1.png", "images/a/2.png", "images/Z/3.png", "images/b/deep/0.PNG", "images/.cache/9.png", "images/a/notes.txt");
        Directory.CreateDirectory(_folder.File("images", "aa"));

        // Z < a < aa (empty, but still a class) < b.
        string[] expected = ["Z/3.png 0", "a/2.png 1", "b/1.png 3", "b/deep/0.PNG 3"];
        CollectionAssert.AreEqual(expected, Samples("images", null));
        CollectionAssert.AreEqual(expected, Samples("images", "folders"));
    }

    [TestMethod]
    public void Open_ImageOutsideAnyClass_HasNoLabel()
    {
        Add("images/a/1.png", "images/2.png");

        CollectionAssert.AreEqual(new[] { "2.png ", "a/1.png " }, Samples("images", null));
        StringAssert.Contains(Error("images", "folders", DiagnosticCodes.LabelMissing).Message, "2.png", StringComparison.Ordinal);
    }

    [TestMethod]
    public void Open_Csv_LabelsByNameWhateverTheOrderOfLines()
    {
        Add("images/b,c.png", "images/a.png", "images/sub/d\"e.png");
        Csv("\uFEFFfile,label,slice\r\n\r\n\"b,c.png\",7,night\r\n./a.png , 3 ,\r\n\"sub\\d\"\"e.png\",-1,\"day,\nlong\"\r\n\r\n");

        CollectionAssert.AreEqual(new[] { "a.png 3", "b,c.png 7", "sub/d\"e.png -1" }, Samples("images", "labels.csv"));
        var loader = Open("images", "labels.csv");
        CollectionAssert.AreEqual(new[] { "", "night", "day,\nlong" }, Enumerable.Range(0, 3).Select(i => loader.Load(i).Slice).ToArray());
        Assert.AreEqual(typeof(long), loader.Load(0).Label!.ElementType);
        Assert.IsEmpty(loader.Load(0).Label!.Shape);
    }

    [TestMethod]
    public void Open_CsvWithOneFraction_HasNumbersThroughout()
    {
        Add("images/a.png", "images/b.png");
        Csv("file,label\na.png,3\nb.png,2.5e-1\n");

        Assert.AreEqual(3.0, Open("images", "labels.csv").Load(0).Label!.As<double>()[0]);
        Assert.AreEqual(0.25, Open("images", "labels.csv").Load(1).Label!.As<double>()[0]);
    }

    [TestMethod]
    [DataRow("file,label\na.png,1\n", DiagnosticCodes.LabelMissing, 0, "b.png")]
    [DataRow("file,label\na.png,1\n\nb.png,2\na.png,1\n", DiagnosticCodes.LabelInvalid, 5, "line 2")]
    [DataRow("file,label\na.png,1\nc.png,2\n", DiagnosticCodes.DataNotFound, 3, "c.png")]
    [DataRow("file,label\na.png,1\n../outside.png,2\n", DiagnosticCodes.DataUnreadable, 3, "below")]
    [DataRow("file,label\na.png,1\n/etc/passwd,2\n", DiagnosticCodes.DataUnreadable, 3, "below")]
    [DataRow("file,label\na.png,1\n..,2\n", DiagnosticCodes.DataUnreadable, 3, "below")]
    [DataRow("file,label\na.png,1\nnotes.txt,2\n", DiagnosticCodes.DataUnreadable, 3, "notes.txt")]
    [DataRow("file,label\na.png,1\nb.png,cat\n", DiagnosticCodes.LabelInvalid, 3, "cat")]
    [DataRow("file,label\na.png,1\nb.png,NaN\n", DiagnosticCodes.LabelInvalid, 3, "NaN")]
    [DataRow("file,label\na.png,1\nb.png,\n", DiagnosticCodes.LabelMissing, 3, "")]
    [DataRow("file,label\na.png,1,2\n", DiagnosticCodes.DataUnreadable, 2, "3 fields")]
    [DataRow("file,label\n\"a.png,1\nb.png,2\n", DiagnosticCodes.DataUnreadable, 2, "not closed")]
    [DataRow("file,label\na\"b.png,1\n", DiagnosticCodes.DataUnreadable, 2, "quote")]
    [DataRow("file,label\n\"a.png\"x,1\n", DiagnosticCodes.DataUnreadable, 2, "quote")]
    [DataRow("name,label\na.png,1\n", DiagnosticCodes.DataUnreadable, 1, "file,label")]
    [DataRow("file,label,weight\na.png,1,2\n", DiagnosticCodes.DataUnreadable, 1, "file,label")]
    [DataRow("", DiagnosticCodes.DataUnreadable, 1, "empty")]
    public void Open_WrongCsv_IsReportedAtItsLine(string text, string code, int line, string expected)
    {
        Add("images/a.png", "images/b.png", "images/notes.txt", "outside.png");
        Csv(text);

        var error = Error("images", "labels.csv", code);

        StringAssert.Contains(error.Message, expected, StringComparison.Ordinal);
        if (line > 0)
            Assert.AreEqual((_folder.File("labels.csv"), line), (error.Position!.Value.File, error.Position.Value.Line));
        else
            Assert.AreEqual(Sources.Here, error.Position);
    }

    [TestMethod]
    public void Open_Glob_TakesWhatMatchesAndIgnoresOtherLines()
    {
        Add("images/a/1.png", "images/a/2.png", "images/b/1.png", "images/1.png");
        Csv("file,label\na/1.png,4\na/2.png,5\nb/1.png,6\n1.png,7\n");

        CollectionAssert.AreEqual(new[] { "1.png 7", "a/1.png 4", "b/1.png 6" }, Samples("images/**/1.png", "labels.csv"));
        CollectionAssert.AreEqual(new[] { "a/1.png 0", "b/1.png 1" }, Samples("images/*/1.png", null));
        CollectionAssert.AreEqual(new[] { "1.png ", "2.png " }, Samples("images/a/?.png", null));
        Error("images/*.jpg", null, DiagnosticCodes.DataNotFound);
    }

    [TestMethod]
    public void Open_NpyLabels_FollowTheOrdinalOrderOfNames()
    {
        Add("images/e.png", "images/B.png", "images/a.png", "images/c/x.png", "images/d.png");
        var loader = DataSource.Open(Sources.Images(_folder.File("images"), Fixture.PathOf("array-i8.npy")));

        CollectionAssert.AreEqual(new[] { "B.png", "a.png", "c/x.png", "d.png", "e.png" }, Enumerable.Range(0, 5).Select(i => loader.Load(i).Name).ToArray());
        // Row 4 of generate.py's array: elements 24..29 of (7 i mod 23) - 6.
        CollectionAssert.AreEqual(Enumerable.Range(24, 6).Select(i => (long)((i * 7 % 23) - 6)).ToArray(), loader.Load(4).Label!.As<long>());

        File.Delete(_folder.File("images", "d.png"));
        Sources.Error(() => DataSource.Open(Sources.Images(_folder.File("images"), Fixture.PathOf("array-i8.npy"))), DiagnosticCodes.LabelInvalid);
    }

    [TestMethod]
    public void Open_NothingThere_IsReportedWhereTheManifestNamesIt()
    {
        Directory.CreateDirectory(_folder.File("images"));

        Assert.AreEqual(Sources.Here, Error("images", null, DiagnosticCodes.DataNotFound).Position);
        Assert.AreEqual(Sources.Here, Error("nowhere", null, DiagnosticCodes.DataNotFound).Position);
        Add("images/a.png");
        Assert.AreEqual(Sources.Here, Error("images", "labels.csv", DiagnosticCodes.DataNotFound).Position);
        Assert.AreEqual(Sources.Here, Error("images", "labels.txt", DiagnosticCodes.UnknownName).Position);
    }

    private void Add(params string[] files)
    {
        foreach (var file in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(file))!);
            File.Copy(Fixture.PathOf("gray.png"), _folder.File(file), overwrite: true);
        }
    }

    private void Csv(string text) => File.WriteAllText(_folder.File("labels.csv"), text);

    private IDataLoader Open(string images, string? labels) =>
        DataSource.Open(Sources.Images(_folder.File(images), labels is null or "folders" ? labels : _folder.File(labels)));

    private Diagnostic Error(string images, string? labels, string code) => Sources.Error(() => Open(images, labels), code);

    private string[] Samples(string images, string? labels)
    {
        var loader = Open(images, labels);
        return [.. Enumerable.Range(0, loader.Count).Select(loader.Load).Select(sample => $"{sample.Name} {sample.Label?.Data.GetValue(0)}")];
    }
}
