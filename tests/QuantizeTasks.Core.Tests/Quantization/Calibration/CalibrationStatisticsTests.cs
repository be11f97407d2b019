using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Quantization.Calibration;

namespace QuantizeTasks.Tests.Quantization.Calibration;

[TestClass]
public sealed class CalibrationStatisticsTests
{
    [TestMethod]
    public void FromBytes_OfToBytes_IsEqualToTheLastBit()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            var statistics = Random(seed);
            var read = CalibrationStatistics.FromBytes(statistics.ToBytes());
            Assert.AreEqual(statistics, read);
            CollectionAssert.AreEqual(statistics.ToBytes(), read.ToBytes());
        }
    }

    [TestMethod]
    public void FromBytes_CutShort_IsAFormatError()
    {
        var bytes = Random(1).ToBytes();
        for (var length = 0; length < bytes.Length; length++)
            Assert.ThrowsExactly<FormatException>(() => CalibrationStatistics.FromBytes(bytes.AsSpan(0, length)), $"{length} of {bytes.Length} bytes");
        Assert.ThrowsExactly<FormatException>(() => CalibrationStatistics.FromBytes([.. bytes, 0]));
    }

    /// <summary>A count of two thousand million must not allocate anything; whatever else a flipped byte does, it is a format error or other numbers.</summary>
    [TestMethod]
    public void FromBytes_AnyByteChanged_NeverFailsOtherwise()
    {
        var bytes = Random(2).ToBytes();
        var refused = 0;
        for (var i = 0; i < bytes.Length; i++)
            foreach (var value in (byte[])[0, 0x7f, 0xff])
            {
                var changed = (byte[])bytes.Clone();
                changed[i] = value;
                var before = GC.GetAllocatedBytesForCurrentThread();
                try
                {
                    _ = CalibrationStatistics.FromBytes(changed);
                }
                catch (FormatException)
                {
                    refused++;
                }
                Assert.IsLessThan(1L << 20, GC.GetAllocatedBytesForCurrentThread() - before, $"byte {i} as {value}");
            }
        Assert.IsGreaterThan(100, refused);
    }

    [TestMethod]
    public void Indexer_TensorNotObserved_SaysWhich()
    {
        var thrown = Assert.ThrowsExactly<QuantizeException>(() => Random(3)["missing"]);
        StringAssert.Contains(thrown.Message, "'missing'");
    }

    private static CalibrationStatistics Random(int seed)
    {
        var random = new Random(seed);
        var samples = random.Next(1, 1000);
        return new(samples, Enumerable.Range(0, random.Next(1, 6)).ToImmutableSortedDictionary(i => $"tensor/{i}/é", _ => Tensor(random), StringComparer.Ordinal));
    }

    private static TensorStatistics Tensor(Random random) => new(Enumerable.Range(0, random.Next(4))
        .Select(i => new Reduction((ReductionKind)random.Next(6), i % 2 == 0 ? null : i, random.NextDouble())).ToImmutableSortedDictionary(r => r, _ => Series(random)));

    private static SampleSeries Series(Random random)
    {
        var (channels, kept) = (random.Next(1, 4), random.Next(3));
        double Next() => BitConverter.Int64BitsToDouble(random.NextInt64());
        ImmutableArray<double> Each() => [.. Enumerable.Range(0, channels).Select(_ => Next())];
        return new(kept + random.Next(1, 9), Each(), Each(), Each(), [.. Enumerable.Range(0, kept * channels).Select(_ => (float)Next())]);
    }
}
