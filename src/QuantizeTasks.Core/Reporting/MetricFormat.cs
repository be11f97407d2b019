using System.Globalization;

namespace QuantizeTasks.Reporting;

/// <summary>
/// One metric's numbers as people write them: shares as per cent and drops of shares in points, everything else in its own unit, with as many
/// decimals as the budget has and as it takes to tell the drop from the budget.
/// </summary>
public sealed class MetricFormat
{
    private const int MostDecimals = 9;

    private readonly MetricRecord _metric;
    private readonly bool _isShare;
    private readonly bool _isRelative;
    private readonly string _unit;
    private readonly int _valueDecimals;
    private readonly int _dropDecimals;

    /// <summary>How to write the numbers of <paramref name="metric"/>.</summary>
    public MetricFormat(MetricRecord metric)
    {
        _metric = metric;
        _isShare = IsShare(metric);
        _isRelative = string.Equals(metric.DropType, "relative", StringComparison.OrdinalIgnoreCase);
        _unit = metric.Name.StartsWith("psnr", StringComparison.OrdinalIgnoreCase) ? " dB" : "";
        var telling = TellingDecimals();
        _dropDecimals = DropDecimals(telling);
        _valueDecimals = ValueDecimals(telling);
    }

    /// <summary>A value of a metric that is compared with nothing.</summary>
    public static string ValueOf(string name, double value)
    {
        var alone = new MetricFormat(new MetricRecord(name, true, value, value, value, 0, null, "absolute", true, 0));
        return alone._isShare ? Number(value * 100, 2) + "%" : alone.Value(value);
    }

    /// <summary><c>dropped</c> or <c>rose</c> when int8 is worse, <c>improved by</c> when it is better.</summary>
    public string Verb => _metric.Drop < 0 ? "improved by" : _metric.HigherIsBetter ? "dropped" : "rose";

    /// <summary>A value of the metric, such as <c>71.9%</c> or <c>0.0123</c>.</summary>
    public string Value(double value) => _isShare ? Number(value * 100, _valueDecimals) + "%" : Number(value, _valueDecimals) + _unit;

    /// <summary>A drop with its unit, such as <c>2.4 points</c>, <c>0.0032</c> or, relative to the baseline, <c>3.3%</c>.</summary>
    public string Drop(double drop)
    {
        var number = Number(drop * DropScale, _dropDecimals);
        return number + DropUnit(number);
    }

    /// <summary>The size of the drop with its unit, for after <see cref="Verb"/>.</summary>
    public string DropSize => Drop(Math.Abs(_metric.Drop));

    /// <summary>The budget, such as <c>0.5</c> (points) or <c>1%</c> (relative); never rounded.</summary>
    public string Budget(double budget) => Exact(DropScale * budget) + (_isRelative ? "%" : "");

    /// <summary>The budget with its unit, for where no drop stands before it.</summary>
    public string BudgetWithUnit(double budget)
    {
        var number = Exact(DropScale * budget);
        return number + DropUnit(number);
    }

    /// <summary>What a drop is counted in, for the axis of a chart.</summary>
    public string DropAxis => _isRelative ? "% of the float value" : _isShare ? "percentage points" : _unit.Length > 0 ? _unit.Trim() : "the metric's unit";

    /// <summary>What a drop is multiplied by to be shown: 100 for shares and for relative drops, else 1.</summary>
    public double DropScale => _isShare || _isRelative ? 100 : 1;

    private string DropUnit(string number)
    {
        if (_isRelative)
            return "%";
        if (!_isShare)
            return _unit;
        return number is "1" or "1.0" ? " point" : " points";
    }

    /// <summary>
    /// A metric whose values are shares of something, which people read as per cent. The name decides, not the range alone: an error of 0.5 is no
    /// share. A value beyond 1 says that the metric counts in per cent or otherwise by itself.
    /// </summary>
    private static bool IsShare(MetricRecord metric)
    {
        string[] shares = ["accuracy", "f1", "precision", "recall", "mean_iou", "mean_accuracy", "pixel_accuracy", "miou", "iou", "dice", "map", "auc", "roc_auc", "average_precision"];
        var name = metric.Name.Split('@', ':', '/')[0].ToLowerInvariant();
        return shares.Contains(name) && new[] { metric.Baseline, metric.Quantized, metric.FullyQuantized }.All(v => double.IsNaN(v) || Math.Abs(v) <= 1);
    }

    /// <summary>Decimals at which the drop can be told from the budget: a drop of 0.52 against a budget of 0.5 must not read "dropped 0.5, budget 0.5".</summary>
    private int TellingDecimals()
    {
        var drop = _metric.Drop * DropScale;
        var budget = (_metric.Budget ?? 0) * DropScale;
        var decimals = Math.Clamp(PlaceOfFirstDigit(budget > 0 ? budget : Math.Abs(drop)), LeastDecimals, MostDecimals);
        while (decimals < MostDecimals && drop != budget && Number(drop, decimals) == Number(budget, decimals))
            decimals++;
        return decimals;
    }

    /// <summary>Two digits of the drop, but not far finer than the budget.</summary>
    private int DropDecimals(int telling) =>
        Math.Clamp(Math.Max(telling, Math.Min(PlaceOfFirstDigit(Math.Abs(_metric.Drop * DropScale)) + 1, telling + 1)), LeastDecimals, MostDecimals);

    /// <summary>Enough to tell int8 from float, and three digits of a value that is no share.</summary>
    private int ValueDecimals(int telling)
    {
        var scale = _isShare ? 100 : 1;
        // A relative drop is counted in another unit than the values.
        var decimals = _isRelative ? LeastDecimals : telling;
        if (!_isShare && _unit.Length == 0)
            decimals = Math.Max(decimals, PlaceOfFirstDigit(Math.Abs(_metric.Baseline)) + 2);
        decimals = Math.Clamp(decimals, LeastDecimals, MostDecimals);
        var enough = Math.Min(decimals + 3, MostDecimals);
        while (decimals < enough && _metric.Baseline != _metric.Quantized && Number(_metric.Baseline * scale, decimals) == Number(_metric.Quantized * scale, decimals))
            decimals++;
        return decimals;
    }

    private int LeastDecimals => _unit.Length > 0 ? 2 : _isShare || _isRelative ? 1 : 0;

    private static int PlaceOfFirstDigit(double value) => value > 0 && double.IsFinite(value) ? (int)Math.Ceiling(-Math.Log10(value) - 1e-9) : 0;

    private static string Number(double value, int decimals)
    {
        if (!double.IsFinite(value))
            return double.IsNaN(value) ? "not a number" : value > 0 ? "infinite" : "minus infinite";
        var text = value.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        return text.Trim('-', '0', '.').Length == 0 ? text.TrimStart('-') : text;
    }

    // 12 digits: enough for any budget, and few enough that 0.07 * 100 is 7 and not 7.000000000000001.
    private static string Exact(double value) => value.ToString("G12", CultureInfo.InvariantCulture) is var text && text.Contains('E', StringComparison.Ordinal) ? value.ToString("0.############", CultureInfo.InvariantCulture) : text;
}
