using System.Globalization;

namespace QuantizeTasks.Reporting.Html;

/// <summary>
/// The vertical axis of the search chart, in the units that drops are shown in. Linear; but when the worst drop dwarfs the budget, linear only up to
/// the budget and logarithmic beyond it, so that both a collapse and the last tenth before the budget can be seen.
/// </summary>
internal sealed class DropAxis
{
    private const double DwarfsFrom = 8;

    private readonly double _bottom;
    private readonly double _top;
    private readonly double? _knee;

    public DropAxis(IReadOnlyCollection<double> drops, double? budget)
    {
        var low = Math.Min(0, drops.DefaultIfEmpty(0).Min());
        var high = Math.Max(budget ?? 0, drops.DefaultIfEmpty(0).Max());
        _knee = budget is > 0 && Math.Max(high, -low) > DwarfsFrom * budget ? budget : null;
        (_bottom, _top) = (Fold(low), Fold(high));
        var margin = _top > _bottom ? 0.06 * (_top - _bottom) : 1;
        _top += margin;
        if (_bottom < 0)
            _bottom -= margin;
        Ticks = [.. MakeTicks(low, high)];
    }

    /// <summary>Where labels and grid lines go, ascending.</summary>
    public IReadOnlyList<double> Ticks { get; }

    /// <summary>True when the axis is logarithmic beyond the budget.</summary>
    public bool IsFolded => _knee is not null;

    /// <summary>How far up a drop lies, 0 at the bottom and 1 at the top.</summary>
    public double Height(double drop) => Math.Clamp((Fold(drop) - _bottom) / (_top - _bottom), 0, 1);

    /// <summary>A tick's label.</summary>
    public static string Label(double tick) => (Math.Abs(tick) < 1e-12 ? 0 : tick).ToString("0.######", CultureInfo.InvariantCulture);

    private double Fold(double drop) => _knee is not { } knee ? drop
        : Math.Abs(drop) <= knee ? drop / knee
        : Math.Sign(drop) * (1 + Math.Log10(Math.Abs(drop) / knee));

    private IEnumerable<double> MakeTicks(double low, double high)
    {
        if (_knee is not { } knee)
        {
            var step = NiceStep((high - low) / 4);
            for (var k = Math.Ceiling(low / step); k * step <= high * 1.0001; k++)
                yield return k * step;
            yield break;
        }
        foreach (var tick in Decades(knee, -low).Reverse())
            yield return -tick;
        yield return 0;
        yield return knee;
        foreach (var tick in Decades(knee, high))
            yield return tick;
    }

    /// <summary>1, 2, 5 times powers of ten, or powers of ten alone when the range is wide, well above the budget's own label.</summary>
    private static IEnumerable<double> Decades(double knee, double to)
    {
        int[] steps = to / knee > 100 ? [1] : [1, 2, 5];
        for (var power = Math.Floor(Math.Log10(knee)); Math.Pow(10, power) <= to; power++)
            foreach (var step in steps)
                if (step * Math.Pow(10, power) is var tick && tick > 1.6 * knee && tick <= to)
                    yield return tick;
    }

    private static double NiceStep(double rough)
    {
        if (!(rough > 0))
            return 1;
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        return (rough / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 } * power;
    }
}
