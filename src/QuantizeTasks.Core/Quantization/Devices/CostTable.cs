using System.Collections.Frozen;

namespace QuantizeTasks.Quantization.Devices;

/// <summary>What things cost on a device, in picoseconds on one core. Constants of the device, never of the machine that quantizes, so that every machine decides alike.</summary>
/// <param name="Coefficients">For each kernel's name the coefficient of each of its terms.</param>
/// <param name="Values">For each operator type without weights what a value costs in float and in int8.</param>
internal sealed record CostTable(
    FrozenDictionary<string, FrozenDictionary<string, double>> Coefficients, FrozenDictionary<string, (double Float, double Int8)> Values)
{
    /// <summary>The sum of amounts times coefficients.</summary>
    public double Of(Kernel kernel, params ReadOnlySpan<(string Term, double Amount)> amounts)
    {
        var coefficients = Coefficients[kernel.Name];
        var sum = 0.0;
        foreach (var (term, amount) in amounts)
            sum += coefficients[term] * amount;
        return sum;
    }
}
