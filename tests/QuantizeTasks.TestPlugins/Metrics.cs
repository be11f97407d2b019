using System.Runtime.CompilerServices;

namespace TestPlugins;

public enum Direction
{
    HigherIsBetter,
    LowerIsBetter,
}

/// <summary>The share of samples whose largest output is at the label: what the built-in accuracy@top1 says too.</summary>
public sealed class Hits : QuantizeTasks.MeanMetric
{
    public override bool HigherIsBetter => true;

    public override double Best => 1;

    protected override double Score(in QuantizeTasks.MetricInput input)
    {
        var scores = input.Outputs[input.FirstOutput].As<float>();
        return Array.IndexOf(scores, scores.Max()) == input.Label!.As<float>()[0] ? 1 : 0;
    }
}

/// <summary>The same as a metric of the whole set: no sample has a value of its own.</summary>
public sealed class HitsOfAll(string ranking) : QuantizeTasks.IWholeSetMetric
{
    private readonly Hits _hits = new();

    public string Name => "";

    public string Definition => "";

    public string RankingMetric => ranking;

    public bool HigherIsBetter => true;

    public bool NeedsLabels => true;

    public bool NeedsReference => false;

    public double[] Observe(in QuantizeTasks.MetricInput input) => _hits.Observe(input);

    public double PerSample(IReadOnlyList<double> contribution) => double.NaN;

    public double Aggregate(IReadOnlyList<double[]> contributions) => contributions.Average(c => c[0]);
}

/// <summary>Every kind of parameter there is; what it was given is its definition.</summary>
public sealed class Parameters(string text, int whole, double number, bool flag, Direction someDirection, double[] list, long? optional = null, string last = "default") : QuantizeTasks.MeanMetric
{
    public override string Definition => FormattableString.Invariant($"{text}|{whole}|{number}|{flag}|{someDirection}|{string.Join('+', list)}|{optional}|{last}");

    public override bool HigherIsBetter => someDirection == Direction.HigherIsBetter;

    public override double Best => 0;

    protected override double Score(in QuantizeTasks.MetricInput input) => 0;
}

public sealed class ReadsFile([QuantizeTasks.InputPath] string weights) : QuantizeTasks.MeanMetric
{
    private readonly double _weight = double.Parse(File.ReadAllText(weights), System.Globalization.CultureInfo.InvariantCulture);

    public override bool HigherIsBetter => true;

    public override double Best => double.PositiveInfinity;

    protected override double Score(in QuantizeTasks.MetricInput input) => _weight;
}

/// <summary>Says which version of a library it got that the quantizer has in another version.</summary>
public sealed class LibraryVersion : QuantizeTasks.MeanMetric
{
    public override string Definition => typeof(YamlDotNet.Core.Parser).Assembly.GetName().Version!.ToString();

    public override bool HigherIsBetter => true;

    public override double Best => 1;

    protected override double Score(in QuantizeTasks.MetricInput input) => 1;
}

/// <summary>Does what it is told to: how a metric can be wrong.</summary>
public sealed class Broken(string how) : QuantizeTasks.IMetric
{
    private readonly double[] _reused = new double[1];
    private int _calls;

    public string Name => "";

    public string Definition => "";

    public bool HigherIsBetter => how == "property" ? throw new InvalidOperationException("no direction") : true;

    public bool NeedsLabels => false;

    public bool NeedsReference => false;

    public double[] Observe(in QuantizeTasks.MetricInput input)
    {
        switch (how)
        {
            case "throws": return Deep(input.SampleName);
            case "cancels": throw new OperationCanceledException();
            case "null": return null!;
            case "empty": return [];
            case "lengths": return new double[1 + (Interlocked.Increment(ref _calls) % 2)];
            case "nan": return [double.NaN];
            default:
                _reused[0] = Interlocked.Increment(ref _calls);
                return _reused;
        }
    }

    public double PerSample(IReadOnlyList<double> contribution) => contribution[0];

    public double Aggregate(IReadOnlyList<double[]> contributions) => how == "aggregate" ? throw new DivideByZeroException("nothing there") : contributions.Average(c => c[0]);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static double[] Deep(string sample) => throw new FormatException($"cannot score {sample}", new KeyNotFoundException("no such class"));
}

/// <summary>Calls itself a mean and is the maximum.</summary>
public sealed class FalseMean(double best = 1000, int length = 1) : QuantizeTasks.IMeanMetric
{
    public string Name => "";

    public string Definition => "";

    public bool HigherIsBetter => true;

    public bool NeedsLabels => false;

    public bool NeedsReference => false;

    public double Best => best;

    public double[] Observe(in QuantizeTasks.MetricInput input) => [.. Enumerable.Repeat((double)input.SampleName.Length, length)];

    public double PerSample(IReadOnlyList<double> contribution) => contribution[0];

    public double Aggregate(IReadOnlyList<double[]> contributions) => contributions.Max(c => c[0]);
}

public sealed class ThrowsWhenMade : QuantizeTasks.MeanMetric
{
    public ThrowsWhenMade() => throw new InvalidDataException("no calibration table");

    public override bool HigherIsBetter => true;

    public override double Best => 1;

    protected override double Score(in QuantizeTasks.MetricInput input) => 1;
}

public sealed class TwoConstructors : QuantizeTasks.MeanMetric
{
    public TwoConstructors()
    {
    }

    public TwoConstructors(int size) => Size = size;

    public int Size { get; }

    public override bool HigherIsBetter => true;

    public override double Best => 1;

    protected override double Score(in QuantizeTasks.MetricInput input) => 1;
}

public sealed class Hidden : QuantizeTasks.MeanMetric
{
    private Hidden()
    {
    }

    public static Hidden Instance { get; } = new();

    public override bool HigherIsBetter => true;

    public override double Best => 1;

    protected override double Score(in QuantizeTasks.MetricInput input) => 1;
}

public abstract class Abstract : QuantizeTasks.MeanMetric
{
}

public sealed class NotAMetric
{
}

public static class Outer
{
    /// <summary>There is another class of this simple name.</summary>
    public sealed class NotAMetric
    {
    }
}
