using System.Text;
using QuantizeTasks.Data;
using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Tests.Data;

[TestClass]
public class NpyArrayTests
{
    /// <summary>Element i of the array that generate.py wrote: 5 rows of (2, 3).</summary>
    private static int Base(int i) => (i * 7 % 23) - 6;

    [TestMethod]
    [DataRow("array-f2.npy", typeof(float), 0.25, 0)]
    [DataRow("array-f4.npy", typeof(float), 0.25, 0)]
    [DataRow("array-f8.npy", typeof(double), 0.25, 0)]
    [DataRow("array-i1.npy", typeof(sbyte), 1, 0)]
    [DataRow("array-i2.npy", typeof(short), 1, 0)]
    [DataRow("array-i4.npy", typeof(int), 1, 0)]
    [DataRow("array-i8.npy", typeof(long), 1, 0)]
    [DataRow("array-u1.npy", typeof(byte), 1, 6)]
    [DataRow("array-u2.npy", typeof(ushort), 1, 6)]
    [DataRow("array-u4.npy", typeof(uint), 1, 6)]
    [DataRow("array-u8.npy", typeof(ulong), 1, 6)]
    [DataRow("array-fortran.npy", typeof(float), 1, 0)]
    [DataRow("array-fortran-u1.npy", typeof(byte), 1, 6)]
    [DataRow("array-version1.npy", typeof(float), 1, 0)]
    [DataRow("array-version2.npy", typeof(float), 1, 0)]
    [DataRow("array-version3.npy", typeof(float), 1, 0)]
    [DataRow("stored.npz#first", typeof(float), 1, 0)]
    [DataRow("stored.npz#second.npy", typeof(long), 1, 0)]
    [DataRow("deflated.npz#second", typeof(long), 1, 0)]
    public void Row_FileOfNumpy_HasItsElements(string file, Type type, double factor, int offset)
    {
        using var array = NpyArray.Open(Fixture.PathOf(file), Sources.Here);

        Assert.AreEqual(5, array.Count);
        for (var row = 4; row >= 0; row--)
        {
            var tensor = array.Row(row, batchAxis: true);
            CollectionAssert.AreEqual(new[] { 1, 2, 3 }, tensor.Shape.ToArray());
            Assert.AreEqual(type, tensor.ElementType);
            for (var i = 0; i < 6; i++)
                Assert.AreEqual((Base((row * 6) + i) + offset) * factor, Convert.ToDouble(tensor.Data.GetValue(i), null));
        }
    }

    [TestMethod]
    public void Row_Booleans_AreTrueWhereNotZero()
    {
        var row = Fixture.Row("array-b1.npy", 2);

        CollectionAssert.AreEqual(Enumerable.Range(12, 6).Select(i => Base(i) > 0).ToArray(), row.As<bool>());
    }

    [TestMethod]
    [DataRow("array-big-endian.npy", "astype")]
    [DataRow("array-complex.npy", "astype")]
    [DataRow("array-structured.npy", "structured")]
    [DataRow("array-scalar.npy", "first axis")]
    [DataRow("rgb.png", "npy")]
    [DataRow("stored.npz", "has 2 arrays")]
    [DataRow("stored.npz#third", "first, second")]
    public void Open_NotReadable_SaysWhyAndNamesFile(string file, string expected)
    {
        var error = Sources.Error(() => NpyArray.Open(Fixture.PathOf(file), Sources.Here), DiagnosticCodes.DataUnreadable);

        StringAssert.Contains(error.Message, expected, StringComparison.Ordinal);
        StringAssert.Contains(error.Position!.Value.File, file.Split('#')[0], StringComparison.Ordinal);
    }

    [TestMethod]
    public void Open_MissingFile_IsReportedWhereTheManifestNamesIt() =>
        Assert.AreEqual(Sources.Here, Sources.Error(() => NpyArray.Open("/nowhere/a.npy", Sources.Here), DiagnosticCodes.DataNotFound).Position);

    [TestMethod]
    [DataRow("{'descr': '<f4', 'fortran_order': False, 'shape': (5, 2147483647, 2147483647), }")]
    [DataRow("{'descr': '<f4', 'fortran_order': False, 'shape': (2147483647, 400000000), }")]
    [DataRow("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999, 2), }")]
    [DataRow("{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 2), }")]
    [DataRow("{'descr': '<f4', 'fortran_order': False, 'shape': (6, 2), }")]
    [DataRow("{'descr': '<f4', 'fortran_order': False}")]
    [DataRow("{'descr': '<f4', 'descr': '<f4', 'shape': (1, 2), }")]
    [DataRow("__import__('os')")]
    public void Open_HeaderThatDoesNotFitTheFile_IsRefusedWithoutAllocating(string header)
    {
        using var folder = new TemporaryFolder();
        var path = Write(folder, header, new byte[40]);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Sources.Error(() => NpyArray.Open(path, Sources.Here), DiagnosticCodes.DataUnreadable);

        Assert.IsLessThan(4_000_000, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    public void Open_HeaderLengthOfFourGigabytes_IsRefused()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("a.npy"), [0x93, .. "NUMPY"u8, 2, 0, 255, 255, 255, 255, 0, 0, 0]);

        Sources.Error(() => NpyArray.Open(folder.File("a.npy"), Sources.Here), DiagnosticCodes.DataUnreadable);
    }

    [TestMethod]
    public void Open_AnyPrefixOrFlippedByte_ReadsOrReportsButNeverCrashes()
    {
        using var folder = new TemporaryFolder();
        var original = Fixture.Bytes("array-i2.npy");
        var random = new Random(7);
        var refused = 0;
        for (var round = 0; round < 400; round++)
        {
            var bytes = round < 100 ? original[..(round * original.Length / 100)] : (byte[])original.Clone();
            if (round >= 100)
                bytes[random.Next(128)] ^= (byte)(1 << random.Next(8));
            var path = folder.File($"{round}.npy");
            File.WriteAllBytes(path, bytes);
            try
            {
                using var array = NpyArray.Open(path, Sources.Here);
                if (array.Count > 0)
                    array.Row(array.Count - 1, batchAxis: false);
            }
            catch (QuantizeException e)
            {
                Assert.AreEqual(DiagnosticCodes.DataUnreadable, e.Diagnostics[0].Code);
                refused++;
            }
        }
        Assert.IsGreaterThanOrEqualTo(100, refused, "at least what is cut off");
    }

    [TestMethod]
    public void Row_FileOfThreeGigabytes_TakesMemoryForOneRow()
    {
        using var folder = new TemporaryFolder();
        const int rows = 200_000, columns = 4096;
        var path = Write(folder, $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {columns}), }}", []);
        using (var file = new FileStream(path, FileMode.Open))
        {
            var header = file.Length;
            file.SetLength(header + ((long)rows * columns * 4));
            file.Position = file.Length - 4;
            file.Write(BitConverter.GetBytes(42f));
        }
        using var array = NpyArray.Open(path, Sources.Here);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var last = array.Row(rows - 1, batchAxis: false);
        _ = array.Row(rows / 2, batchAxis: false);

        Assert.AreEqual(42f, last.As<float>()[^1]);
        Assert.IsLessThan(100_000, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    public void Row_ManyThreads_ReadTheSame()
    {
        foreach (var file in new[] { "array-i8.npy", "array-fortran.npy" })
        {
            using var array = NpyArray.Open(Fixture.PathOf(file), Sources.Here);
            Parallel.For(0, 500, i => Assert.AreEqual((double)Base((i % 5 * 6) + 4), Convert.ToDouble(array.Row(i % 5, batchAxis: false).Data.GetValue(4), null)));
        }
    }

    [TestMethod]
    public void Open_DamagedArchive_IsRefused()
    {
        using var folder = new TemporaryFolder();
        foreach (var (file, at) in new[] { ("stored.npz", 250), ("deflated.npz", 90), ("deflated.npz", 0) })
        {
            var bytes = Fixture.Bytes(file);
            // Somewhere in the first member's content; at 0, an archive cut in half.
            if (at > 0)
                bytes[at] ^= 0x10;
            File.WriteAllBytes(folder.File(file), at > 0 ? bytes : bytes[..(bytes.Length / 2)]);
            Sources.Error(() => NpyArray.Open(folder.File(file) + "#first", Sources.Here), DiagnosticCodes.DataUnreadable);
        }
    }

    private static string Write(TemporaryFolder folder, string header, byte[] data)
    {
        var path = folder.File("a.npy");
        var text = Encoding.Latin1.GetBytes(header + "\n");
        File.WriteAllBytes(path, [0x93, .. "NUMPY"u8, 1, 0, (byte)text.Length, (byte)(text.Length >> 8), .. text, .. data]);
        return path;
    }
}
