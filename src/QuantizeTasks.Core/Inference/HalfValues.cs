namespace QuantizeTasks.Inference;

/// <summary>float32 to the two 16-bit formats and back. Data is float32; models may not be.</summary>
internal static class HalfValues
{
    /// <summary>Rounds to nearest, ties to even, as the runtime's Cast does.</summary>
    /// <param name="values">What to convert.</param>
    /// <param name="isBrain">True for bfloat16, false for float16.</param>
    /// <param name="bits">One for each value.</param>
    /// <param name="offending">The first value that is finite and would not be.</param>
    /// <returns>False when a value is too large for the format.</returns>
    public static bool TryConvert(ReadOnlySpan<float> values, bool isBrain, out ushort[] bits, out float offending)
    {
        (bits, offending) = (new ushort[values.Length], 0);
        for (var i = 0; i < bits.Length; i++)
        {
            bits[i] = isBrain ? ToBrain(values[i]) : BitConverter.HalfToUInt16Bits((Half)values[i]);
            if (!float.IsFinite(values[i]) || float.IsFinite(isBrain ? FromBrain(bits[i]) : (float)BitConverter.UInt16BitsToHalf(bits[i])))
                continue;
            offending = values[i];
            return false;
        }
        return true;
    }

    public static float[] ToFloats(ReadOnlySpan<ushort> bits, bool isBrain)
    {
        var values = new float[bits.Length];
        for (var i = 0; i < values.Length; i++)
            values[i] = isBrain ? FromBrain(bits[i]) : (float)BitConverter.UInt16BitsToHalf(bits[i]);
        return values;
    }

    /// <summary>A bfloat16 is the upper half of a float32.</summary>
    private static float FromBrain(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    private static ushort ToBrain(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        // Rounding would carry a NaN's lowest bits over into infinity.
        return float.IsNaN(value) ? (ushort)((bits >> 16) | 0x40) : (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
    }
}
