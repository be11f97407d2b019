using System.Collections.Frozen;
using System.Globalization;
using QuantizeTasks.Inference;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx.Values;
using QuantizeTasks.Quantization;
using QuantizeTasks.Quantization.Devices;
using QuantizeTasks.Quantization.Placement;
using QuantizeTasks.Quantization.Preparation;
using QuantizeTasks.Quantization.Writing;

namespace QuantizeTasks.Benchmarks;

/// <summary>What a recurrent operator takes in float and as this product writes it: an LSTM for its int8 kernel, a GRU with weights stored in int8.</summary>
/// <param name="Network">The operator.</param>
/// <param name="Float">Median microseconds of the float operator.</param>
/// <param name="Int8">Of what is written.</param>
/// <param name="Equations">For the two kernels; none for an operator that the cost model does not decide about.</param>
internal sealed record RecurrentCosts(RecurrentNetwork Network, double Float, double Int8, CostEquation[] Equations)
{
    public static Located<string> Device { get; } = new("CPU", default);

    private static readonly TimeSpan ProfileTime = TimeSpan.FromSeconds(3);

    public static RecurrentCosts Measure(RecurrentNetwork network)
    {
        var settings = new CompressionSettings
        {
            TargetDevice = Device,
            IsAccuracyAware = false,
            Prefer = Preference.Size,
            Quantization = new DefaultQuantizationParameters(),
            Accuracy = new AccuracyAwareParameters(),
        };
        var prepared = ModelPreparation.Prepare(network.Build());
        var placement = QuantizerPlacement.Place(prepared, settings);
        // Nothing about these is calibrated.
        var variants = new QuantizedModelVariants(prepared, placement, new TensorNames(prepared.Model), new QuantizedConstants([], FrozenDictionary<string, EncodedLayer>.Empty), [], settings);
        using var session = ModelSession.Create(prepared.Model, SessionSettings.Default);
        var times = OperatorTimes.Measure([(prepared.Model.Serialize(), "float"), (variants.Build(Configuration.FullyQuantized), "int8")], RandomInputs.For(session), ProfileTime, CancellationToken.None);
        var (inFloat, inInt8) = (times[0].Sum(t => LatencyComparison.Median(t.Microseconds)), times[1].Sum(t => LatencyComparison.Median(t.Microseconds)));
        var candidates = new Candidates([], [], placement.FloatReasons) { Dynamic = [.. placement.StoredLayers.Where(s => s.IsDynamic)] };
        if (candidates.Dynamic is not [var layer])
            return new(network, inFloat, inInt8, []);
        var amounts = CostEquation.Units.Select(u => (Unit: u, Cost: new CostModel(prepared, CostEquation.Only(u)).Of(candidates)[layer.Name])).ToArray();
        return new(network, inFloat, inInt8,
            [CostEquation.Of(amounts.Select(a => (a.Unit, (double)a.Cost.Float)), inFloat), CostEquation.Of(amounts.Select(a => (a.Unit, (double)a.Cost.Int8)), inInt8)]);
    }

    public static void Print(IEnumerable<RecurrentCosts> measured, CostTable shipped, TextWriter output)
    {
        output.WriteLine();
        output.WriteLine("| operator | steps x input x hidden | float, \u00b5s | int8 / float, measured | by the device's file |");
        output.WriteLine("|---|---|---|---|---|");
        foreach (var costs in measured)
        {
            var predicted = costs.Equations is [var inFloat, var inInt8] ? Predicted(inInt8, shipped) / Predicted(inFloat, shipped) : 1;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {costs.Network} | {costs.Float:F0} | {costs.Int8 / costs.Float:F2} | {(costs.Equations.Length == 0 ? "" : $"{predicted:F2}")} |"));
        }
    }

    private static double Predicted(CostEquation equation, CostTable costs) => equation.Amounts.Sum(a => a.Value * costs.Coefficients[a.Key.Kernel][a.Key.Term]);
}
