using System.Collections.Frozen;

namespace QuantizeTasks.Quantization.Devices;

/// <summary>What things cost on a device, in picoseconds on one core. Constants of the device, never of the machine that quantizes, so that every machine decides alike.</summary>
/// <param name="Coefficients">For each kernel's name the coefficient of each of its terms.</param>
/// <param name="Values">For each operator type without weights what a value costs in float and in int8.</param>
/// <param name="Negligible">A model whose operators take less than this in float has no speed to gain.</param>
internal sealed record CostTable(
    FrozenDictionary<string, FrozenDictionary<string, double>> Coefficients, FrozenDictionary<string, (double Float, double Int8)> Values, double Negligible)
{
    /// <summary>Stands for the costs of a device whose times are not known: the fewer conversions, the better.</summary>
    public static CostTable Unknown { get; } = new(
        Kernels.All.ToFrozenDictionary(k => k.Name, k => k.Terms.ToFrozenDictionary(t => t.Name, t => k == Kernels.Conversion && t.Name == "start" ? 1.0 : 0, StringComparer.Ordinal), StringComparer.Ordinal),
        FrozenDictionary<string, (double Float, double Int8)>.Empty, 0);

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
