using QuantizeTasks.Diagnostics;

namespace QuantizeTasks.Tests.Data;

/// <summary>Damages files in many ways with a fixed seed: bytes changed, cut off, doubled. Whoever reads them may refuse them with a diagnostic and nothing else.</summary>
internal static class Mutations
{
    /// <summary>Memory that one damaged file of a few kilobytes may take.</summary>
    private const long MostBytes = 400L << 20;

    /// <summary>How many of the rounds were refused.</summary>
    public static int Count(byte[] original, int rounds, Action<byte[]> read)
    {
        var random = new Random(17);
        var refused = 0;
        for (var round = 0; round < rounds; round++)
        {
            var bytes = Damage(original, random, round);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                read(bytes);
            }
            catch (QuantizeException e)
            {
                // A damaged header may lack what the manifest names.
                Assert.IsTrue(e.Diagnostics[0].Code.StartsWith("QTZ5", StringComparison.Ordinal) || e.Diagnostics[0].Code == DiagnosticCodes.UnknownName, e.Message);
                Assert.IsFalse(e.Diagnostics[0].Message.Contains('\n', StringComparison.Ordinal), e.Message);
                refused++;
            }
            Assert.IsLessThan(MostBytes, GC.GetAllocatedBytesForCurrentThread() - before, $"round {round}");
        }
        return refused;
    }

    private static byte[] Damage(byte[] original, Random random, int round)
    {
        var bytes = (byte[])original.Clone();
        for (var change = 0; change <= round % 4; change++)
        {
            // The header is where damage does most.
            var at = random.Next(2) == 0 ? random.Next(bytes.Length) : random.Next(Math.Min(bytes.Length, 64));
            bytes[at] = random.Next(3) switch { 0 => 0xFF, 1 => 0, _ => (byte)random.Next(256) };
        }
        return (round % 5) switch
        {
            0 => bytes[..random.Next(bytes.Length)],
            1 => [.. bytes, .. bytes[..random.Next(bytes.Length)]],
            _ => bytes,
        };
    }
}
