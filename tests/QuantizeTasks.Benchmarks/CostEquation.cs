using System.Collections.Frozen;
using QuantizeTasks.Quantization.Devices;

namespace QuantizeTasks.Benchmarks;

/// <summary>Amounts times coefficients make a measured time.</summary>
/// <param name="Kernel">The kernel that the time is mostly of.</param>
/// <param name="Amounts">How much there is of each term.</param>
/// <param name="Picoseconds">The time.</param>
internal sealed record CostEquation(string Kernel, FrozenDictionary<(string Kernel, string Term), double> Amounts, double Picoseconds)
{
    private const double PicosecondsAMicrosecond = 1e6;

    public static CostEquation Of(IEnumerable<((string Kernel, string Term) Unit, double Amount)> amounts, double microseconds)
    {
        var present = amounts.Where(a => a.Amount != 0).ToFrozenDictionary(a => a.Unit, a => a.Amount);
        return new(present.Keys.Select(k => k.Kernel).FirstOrDefault(k => k != Kernels.Conversion.Name) ?? Kernels.Conversion.Name, present, microseconds * PicosecondsAMicrosecond);
    }

    /// <summary>Every term of every kernel.</summary>
    public static (string Kernel, string Term)[] Units { get; } = [.. Kernels.All.SelectMany(k => k.Terms, (k, t) => (k.Name, t.Name))];

    /// <summary>Costs in which one coefficient is 1 and all others are 0: what the cost model says with them is the amount of that term.</summary>
    public static CostTable Only((string Kernel, string Term) unit) => new(
        Kernels.All.ToFrozenDictionary(k => k.Name, k => k.Terms.ToFrozenDictionary(t => t.Name, t => (k.Name, t.Name) == unit ? 1.0 : 0, StringComparer.Ordinal), StringComparer.Ordinal),
        FrozenDictionary<string, (double Float, double Int8)>.Empty, 0);

    /// <summary>What coefficients of its kernel predict, against the time.</summary>
    public double Ratio(Kernel kernel, Func<string, double> coefficient) => kernel.Terms.Sum(t => Amounts.GetValueOrDefault((kernel.Name, t.Name)) * coefficient(t.Name)) / Picoseconds;
}
