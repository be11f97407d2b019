using System.Security.Cryptography;

namespace QuantizeTasks.Data;

/// <summary>What an examination keeps of one sample: a few numbers an input.</summary>
/// <param name="Inputs">By the input's name.</param>
/// <param name="Class">The label when it is a single whole number; null otherwise.</param>
internal sealed record SampleSummary(IReadOnlyDictionary<string, InputSummary> Inputs, double? Class)
{
    public static SampleSummary Of(Sample sample) => new(
        sample.Inputs.ToDictionary(input => input.Key, input => InputSummary.Of(input.Value), StringComparer.Ordinal),
        sample.Label is { Length: 1 } label && ToDouble(label.Data.GetValue(0)) is { } value && value == Math.Floor(value) ? value : null);

    private static double? ToDouble(object? value) => value switch
    {
        long or int or short or sbyte or byte or ushort or uint => Convert.ToDouble(value, System.Globalization.CultureInfo.InvariantCulture),
        double number => number,
        float number => number,
        _ => null,
    };
}

/// <summary>One input of one sample.</summary>
/// <param name="Hash">Equal for equal contents.</param>
/// <param name="Length">How many values there are.</param>
/// <param name="IsFloat">Whether they are floats, whose size means something: token ids have none.</param>
/// <param name="Minimum">The least value.</param>
/// <param name="Maximum">The largest.</param>
/// <param name="Mean">Their mean.</param>
/// <param name="Variance">Their variance.</param>
/// <param name="Profile">Means of equal parts of the values in their order: a picture of it in few numbers.</param>
internal sealed record InputSummary(string Hash, int Length, bool IsFloat, double Minimum, double Maximum, double Mean, double Variance, double[] Profile)
{
    private const int Parts = 64;

    public static InputSummary Of(Tensor tensor)
    {
        if (tensor.Data is not float[] values || values.Length == 0)
            return new InputSummary(HashOf(tensor), tensor.Length, false, 0, 0, 0, 0, []);
        var (sum, squares, minimum, maximum) = (0.0, 0.0, double.PositiveInfinity, double.NegativeInfinity);
        var profile = new double[Math.Min(Parts, values.Length)];
        for (var part = 0; part < profile.Length; part++)
        {
            var (start, end) = ((int)((long)part * values.Length / profile.Length), (int)((long)(part + 1) * values.Length / profile.Length));
            var partSum = 0.0;
            foreach (var value in values.AsSpan(start, end - start))
            {
                partSum += value;
                squares += (double)value * value;
                minimum = Math.Min(minimum, value);
                maximum = Math.Max(maximum, value);
            }
            profile[part] = partSum / (end - start);
            sum += partSum;
        }
        var mean = sum / values.Length;
        return new InputSummary(HashOf(tensor), values.Length, true, minimum, maximum, mean, Math.Max(0, (squares / values.Length) - (mean * mean)), profile);
    }

    /// <summary>Whether the other one looks the same: its profile differs by at most three hundredths of how much this one varies.</summary>
    public bool IsNear(InputSummary other)
    {
        if (Hash == other.Hash)
            return true;
        // Few values are often equal by chance.
        if (!IsFloat || Length != other.Length || Length < Parts)
            return false;
        var distance = Profile.Zip(other.Profile, (a, b) => (a - b) * (a - b)).Sum() / Profile.Length;
        var spread = Profile.Sum(p => (p - Mean) * (p - Mean)) / Profile.Length;
        return spread > 0 && distance <= 1e-3 * spread;
    }

    private static string HashOf(Tensor tensor)
    {
        if (tensor.Data is string[] texts)
            return string.Join('\0', texts);
        var bytes = new byte[Buffer.ByteLength(tensor.Data)];
        Buffer.BlockCopy(tensor.Data, 0, bytes, 0, bytes.Length);
        return Convert.ToHexString(SHA256.HashData(bytes));
    }
}
