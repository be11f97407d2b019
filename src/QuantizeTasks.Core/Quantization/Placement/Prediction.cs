using System.Collections.Immutable;
using System.Globalization;

namespace QuantizeTasks.Quantization.Placement;

/// <summary>What an operator that could be int8 is predicted to take.</summary>
/// <param name="Name">The operator's node name.</param>
/// <param name="Cost">The operator by itself.</param>
/// <param name="Conversions">What conversions int8 adds around it, given what its neighbours are; negative where it saves some.</param>
/// <param name="IsInt8">True when it was chosen.</param>
/// <param name="IsMeasured">True when its cost was measured on this machine, in the units of the device's model.</param>
internal sealed record PredictedOperator(string Name, OperatorCost Cost, long Conversions, bool IsInt8, bool IsMeasured)
{
    /// <summary>Why it is in float, in words.</summary>
    public string Reason => Cost.Int8 >= Cost.Float ? $"int8 would not be faster: {Time(Cost.Int8)} {How}, float {Time(Cost.Float)}"
        : Cost.Int8 + Conversions >= Cost.Float ? $"int8 would not be faster, counting the conversions around it: {Time(Cost.Int8)} and {Time(Conversions)} for them {How}, float {Time(Cost.Float)}"
        : "the model as a whole is faster with it in float, or it gains too little to be worth its error";

    private string How => IsMeasured ? "measured" : "predicted";

    private static string Time(long picoseconds) => string.Create(CultureInfo.InvariantCulture, $"{picoseconds / 1e6:0.0} \u00b5s");
}

/// <summary>What the device's cost model says about a choice.</summary>
/// <param name="Operators">Every candidate: layers, agnostic operators, and those with kernels that take and give floats, each in graph order.</param>
/// <param name="Float">Picoseconds of all candidates in float.</param>
/// <param name="Int8">Picoseconds of all candidates and conversions with the chosen ones in int8.</param>
internal sealed record Prediction(ImmutableArray<PredictedOperator> Operators, long Float, long Int8)
{
    public static Prediction Of(
        Candidates candidates, ImmutableSortedDictionary<string, Border> borders, IReadOnlyDictionary<string, OperatorCost> costs, ImmutableHashSet<string> int8, Func<string, bool> isMeasured)
    {
        var operators = candidates.Layers.Select(l => Predict(l.Name, [.. l.Inputs, l.Output]))
            .Concat(candidates.AgnosticOperators.Select(a => Predict(a.Name, [.. a.Inputs, .. a.Outputs]))).Concat(candidates.Dynamic.Select(d => Predict(d.Name, []))).ToImmutableArray();
        return new(operators, operators.Sum(o => o.Cost.Float), operators.Sum(o => o.IsInt8 ? o.Cost.Int8 : o.Cost.Float) + borders.Values.Sum(b => b.Cost(int8)));

        PredictedOperator Predict(string name, ImmutableArray<string> tensors)
        {
            var (with, without) = (int8.Add(name), int8.Remove(name));
            return new(name, costs[name], tensors.Distinct(StringComparer.Ordinal).Sum(t => borders[t].Cost(with) - borders[t].Cost(without)), int8.Contains(name), isMeasured(name));
        }
    }
}
