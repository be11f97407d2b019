using QuantizeTasks.Data;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Tests.Data;

[TestClass]
public sealed class DataWatchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private int _reads;

    private string One => _folder.File("one");

    public DataWatchTests()
    {
        Write("one", "1", minutesAgo: 5);
        Write("two", "2", minutesAgo: 5);
    }

    public void Dispose() => _folder.Dispose();

    [TestMethod]
    public void LooksUnchanged_OldFiles_ReadsNothing()
    {
        var watch = Watch();
        Assert.IsTrue(watch.LooksUnchanged());
        Assert.IsTrue(watch.LooksUnchanged());
        Assert.AreEqual(1, _reads, "for the identity");
        Assert.IsTrue(watch.IsUnchanged());
        Assert.AreEqual(2, _reads);
    }

    [TestMethod]
    public void LooksUnchanged_FilesTooNewForTheirTimesToTell_ReadsThem()
    {
        Write("one", "1", minutesAgo: 0);
        var watch = Watch();
        var time = File.GetLastWriteTimeUtc(One);
        Assert.IsTrue(watch.LooksUnchanged());
        File.WriteAllText(One, "x");
        File.SetLastWriteTimeUtc(One, time);
        Assert.IsFalse(watch.LooksUnchanged(), "another file within one tick of the clock");
    }

    [TestMethod]
    [DataRow("time")]
    [DataRow("size")]
    [DataRow("contents")]
    [DataRow("gone")]
    [DataRow("a folder")]
    public void IsUnchanged_AnythingElse_IsSeenForEver(string what)
    {
        var watch = Watch();
        var time = File.GetLastWriteTimeUtc(One);
        File.Delete(One);
        if (what == "a folder")
            Directory.CreateDirectory(One);
        else if (what != "gone")
            Write("one", what switch { "size" => "11", "contents" => "x", _ => "1" }, what == "time" ? 4 : 5, what == "time" ? null : time);
        Assert.AreEqual(what == "contents", watch.LooksUnchanged());
        Assert.IsFalse(watch.IsUnchanged());
        if (what == "a folder")
            Directory.Delete(One);
        Write("one", "1", 5, time);
        Assert.IsFalse(watch.LooksUnchanged(), "what was read meanwhile does not get better by putting the file back");
        Assert.IsFalse(watch.IsUnchanged());
    }

    [TestMethod]
    public void LooksUnchanged_FileBehindALink_IsSeen()
    {
        Directory.CreateDirectory(_folder.File("real"));
        Write("real/one", "1", minutesAgo: 5);
        File.CreateSymbolicLink(_folder.File("middle"), _folder.File("real", "one"));
        File.CreateSymbolicLink(_folder.File("link"), _folder.File("middle"));
        var watch = new DataWatch([_folder.File("link")], () => "same");
        Assert.IsTrue(watch.LooksUnchanged());
        Write("real/one", "x", minutesAgo: 0);
        Assert.IsFalse(watch.LooksUnchanged());
    }

    private DataWatch Watch() => new([One, _folder.File("two")], () =>
    {
        _reads++;
        return File.Exists(One) ? File.ReadAllText(One) + File.ReadAllText(_folder.File("two")) : throw new QuantizeException(DiagnosticCodes.DataNotFound, "There is no file.");
    });

    private void Write(string file, string text, int minutesAgo, DateTime? time = null)
    {
        File.WriteAllText(_folder.File(file), text);
        File.SetLastWriteTimeUtc(_folder.File(file), time ?? DateTime.UtcNow.AddMinutes(-minutesAgo));
    }
}
