using QuantizeTasks.Diagnostics;
using QuantizeTasks.Tests;

namespace QuantizeTasks.Storage;

[TestClass]
public sealed class AtomicFileTests
{
    [TestMethod]
    public void Write_NewFolderAndExistingFile_HasTheContentAndNothingElse()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("new", "deep", "file.bin");
        AtomicFile.Write(path, [1, 2, 3]);
        CollectionAssert.AreEqual(new byte[] { 1, 2, 3 }, File.ReadAllBytes(path));
        AtomicFile.Write(path, stream => stream.WriteByte(9));
        CollectionAssert.AreEqual(new byte[] { 9 }, File.ReadAllBytes(path));
        Assert.HasCount(1, Directory.GetFileSystemEntries(Path.GetDirectoryName(path)!));
    }

    [TestMethod]
    public void Write_WriterThatFailsHalfway_LeavesTheOldFileAndNoTrace()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("file.bin");
        AtomicFile.Write(path, [1]);
        Assert.ThrowsExactly<InvalidOperationException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write(new byte[100_000]);
            throw new InvalidOperationException();
        }));
        CollectionAssert.AreEqual(new byte[] { 1 }, File.ReadAllBytes(path));
        Assert.HasCount(1, Directory.GetFileSystemEntries(folder.Path));
    }

    [TestMethod]
    public void Write_WhileAnotherReads_TheReaderSeesOneOrTheOther()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("file.bin");
        AtomicFile.Write(path, Filled(0));
        using var stop = new CancellationTokenSource();
        var reader = Task.Run(() =>
        {
            var reads = 0;
            for (; !stop.IsCancellationRequested || reads == 0; reads++)
            {
                var bytes = File.ReadAllBytes(path);
                Assert.HasCount(50_000, bytes);
                Assert.IsFalse(bytes.AsSpan().ContainsAnyExcept(bytes[0]));
            }

            return reads;
        });
        for (byte i = 1; i < 50; i++)
            AtomicFile.Write(path, Filled(i));
        stop.Cancel();
        Assert.IsGreaterThan(0, reader.GetAwaiter().GetResult());

        static byte[] Filled(byte value)
        {
            var bytes = new byte[50_000];
            bytes.AsSpan().Fill(value);
            return bytes;
        }
    }

    [TestMethod]
    public void Write_TemporaryFileOfADeadRun_IsRemovedAndOthersAreNot()
    {
        using var folder = new TemporaryFolder();
        var (own, other) = (folder.File(".file.bin.0123.tmp"), folder.File(".other.bin.0123.tmp"));
        foreach (var file in new[] { own, other })
        {
            File.WriteAllText(file, "half");
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow - TimeSpan.FromHours(2));
        }

        AtomicFile.Write(folder.File("file.bin"), [1]);
        Assert.IsFalse(File.Exists(own));
        Assert.IsTrue(File.Exists(other));
    }

    [TestMethod]
    public void Write_TargetThatIsAFolder_IsAClearErrorAndLeavesNoTrace()
    {
        using var folder = new TemporaryFolder();
        var path = Directory.CreateDirectory(folder.File("folder")).FullName;
        var error = Assert.ThrowsExactly<QuantizeException>(() => AtomicFile.Write(path, [1]));
        Assert.AreEqual(DiagnosticCodes.OutputNotWritable, error.Diagnostics[0].Code);
        Assert.AreEqual(path, error.Diagnostics[0].Position!.Value.File);
        Assert.HasCount(1, Directory.GetFileSystemEntries(folder.Path));
    }
}
