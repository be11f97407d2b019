using System.Runtime.Intrinsics.X86;
using QuantizeTasks.Inference.Emulation;

namespace QuantizeTasks.Tests.Inference.Emulation;

[TestClass]
public sealed class SaturatingProductTests
{
    [TestMethod]
    [DataRow(new byte[] { 255, 255, 255, 255 }, new sbyte[] { 127, 127, 127, 127 }, 2 * 32767, 2, DisplayName = "64770 twice, above")]
    [DataRow(new byte[] { 255, 255, 255, 255 }, new sbyte[] { -128, -128, -128, -128 }, 2 * -32768, 2, DisplayName = "-65280 twice, below")]
    [DataRow(new byte[] { 255, 1 }, new sbyte[] { -128, -128 }, -32768, 0, DisplayName = "-32768 just fits")]
    [DataRow(new byte[] { 255, 2 }, new sbyte[] { 127, 127 }, 32639, 0, DisplayName = "32639 fits")]
    [DataRow(new byte[] { 255, 4 }, new sbyte[] { 127, 127 }, 32767, 1, DisplayName = "32893 does not")]
    [DataRow(new byte[] { 255, 255, 255, 255 }, new sbyte[] { 127, -128, 127, -128 }, -510, 0, DisplayName = "neighbours of opposite sign")]
    [DataRow(new byte[] { 255, 0, 255, 0 }, new sbyte[] { 127, 127, 127, 127 }, 2 * 32385, 0, DisplayName = "second of the pair is 0: only neighbours are paired")]
    [DataRow(new byte[] { 255, 255, 255 }, new sbyte[] { 127, 127, 127 }, 32767 + 32385, 1, DisplayName = "a last one alone")]
    public void Dot_ConstructedValues_GivesTheSumByHand(byte[] left, sbyte[] right, int sum, int saturated) =>
        Assert.AreEqual((sum, saturated), SaturatingPairs.Dot(left, right));

    [TestMethod]
    public void CanSaturate_EveryPairOfWeights_IsTrueExactlyWhenSomeActivationsSaturateIt()
    {
        // The sum is linear in each activation, so it is largest and smallest where each is 0 or 255.
        byte[][] corners = [[0, 255], [255, 0], [255, 255]];
        for (var a = -128; a <= 127; a++)
            for (var b = -128; b <= 127; b++)
            {
                sbyte[] weights = [(sbyte)a, (sbyte)b];
                Assert.AreEqual(corners.Any(corner => SaturatingPairs.Dot(corner, weights).Saturated > 0), SaturatingPairs.CanSaturate((sbyte)a, (sbyte)b), $"{a}, {b}");
            }
        Assert.IsFalse(SaturatingPairs.CanSaturate(64, 64));
        Assert.IsFalse(SaturatingPairs.CanSaturate(-64, -64));
    }

    [TestMethod]
    public void Multiply_Vectorized_EqualsTheDefinitionBitForBit()
    {
        if (!Avx2.IsSupported)
            Assert.Inconclusive("NOT TESTED: this machine has no AVX2, so there is only the scalar form.");
        var random = new Random(7);
        for (var round = 0; round < 120; round++)
        {
            var (rows, length, columns) = (random.Next(1, 9), random.Next(1, 90), random.Next(1, 30));
            // Every other round within [-64, 64]: there nothing may saturate.
            var limit = round % 2 == 0 ? 128 : 64;
            var values = new sbyte[length * columns];
            for (var i = 0; i < values.Length; i++)
                values[i] = (sbyte)Math.Min(limit == 64 ? 64 : 127, random.Next(-limit, limit + 1));
            var weights = new PackedWeights(length, columns, (row, column) => values[(row * columns) + column]);
            var left = new byte[rows * weights.Steps * PackedWeights.Step];
            random.NextBytes(left);
            for (var i = 0; i < left.Length; i++)
                if (random.Next(3) == 0)
                    left[i] = 255;

            var (scalar, vector) = (new int[rows * columns], new int[rows * columns]);
            var saturated = SaturatingProduct.Multiply(left, rows, weights, scalar, vectorized: false);
            Assert.AreEqual(saturated, SaturatingProduct.Multiply(left, rows, weights, vector), $"round {round}");
            CollectionAssert.AreEqual(scalar, vector, $"round {round}");
            if (limit == 64)
            {
                Assert.AreEqual(0, saturated);
                Assert.AreEqual(0, weights.RiskyPairs);
            }

            // The packing against the plain matrices.
            for (var row = 0; row < rows; row++)
                for (var column = 0; column < columns; column++)
                {
                    var column1 = column;
                    var plain = SaturatingPairs.Dot(left.AsSpan(row * weights.Steps * PackedWeights.Step, length), Enumerable.Range(0, length).Select(k => values[(k * columns) + column1]).ToArray());
                    Assert.AreEqual(plain.Sum, scalar[(row * columns) + column], $"round {round}");
                }
        }
    }

    [TestMethod]
    public void Multiply_SumLongerThanItsCounters_CountsEveryPair()
    {
        const int Length = (4 * 32767) + 20;
        var weights = new PackedWeights(Length, 1, (_, _) => 127);
        var left = new byte[weights.Steps * PackedWeights.Step];
        left.AsSpan(0, Length).Fill(255);
        Assert.AreEqual(Length / 2, SaturatingProduct.Multiply(left, 1, weights, new int[1]));
    }
}
