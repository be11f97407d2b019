using System.Collections.Immutable;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization.Calibration;
using QuantizeTasks.Quantization.Devices;
using QuantizeTasks.Quantization.Preparation;

namespace QuantizeTasks.Quantization.Placement;

/// <summary>What runs in int8 when everything may, which tensors that quantizes, and what can be taken back.</summary>
internal sealed record QuantizerPlacement
{
    /// <summary>The operators in int8, in graph order.</summary>
    public required ImmutableArray<QuantizedLayer> Layers { get; init; }

    /// <summary>The operators that pass integers on between them, in graph order.</summary>
    public required ImmutableArray<AgnosticOperator> AgnosticOperators { get; init; }

    /// <summary>The activation quantizers, in graph order of their first tensor.</summary>
    public required ImmutableArray<ActivationQuantizer> Quantizers { get; init; }

    /// <summary>What a search may revert; the layers' names, each in one group.</summary>
    public required ImmutableArray<QuantizerGroup> Groups { get; init; }

    /// <summary>Every other node of the model, and why it stays in float.</summary>
    public required ImmutableSortedDictionary<string, string> FloatReasons { get; init; }

    /// <summary>What has to be known of which tensors before the model can be written, in ordinal order of the tensors.</summary>
    public required ImmutableArray<Observation> Observations { get; init; }

    /// <summary>Decides for the device that the settings name.</summary>
    /// <exception cref="Diagnostics.QuantizeException">There is no such device, or an ignored name or operator type matches nothing in the model.</exception>
    public static QuantizerPlacement Place(PreparedModel prepared, CompressionSettings settings)
    {
        var graph = prepared.Model.Graph;
        var device = DeviceCatalogue.Find(settings.TargetDevice);
        var exclusions = Exclusions.Find(prepared.Model, device, settings.Quantization, settings.ModelType?.Value == "transformer");
        var candidates = CandidateFinder.Find(prepared, device, exclusions.Reasons);
        var costs = new CostModel(prepared, device.Costs!);
        var (layers, agnostic) = LayerSelection.Select(graph, candidates, costs);
        var quantizers = FindQuantizers(layers, agnostic);
        return new QuantizerPlacement
        {
            Layers = layers,
            AgnosticOperators = agnostic,
            Quantizers = quantizers,
            Groups = WithSavings(ClosedGroups.Find(layers, quantizers), layers, costs),
            FloatReasons = Reasons(candidates, layers, agnostic),
            Observations = FindObservations(prepared, layers, quantizers),
        };
    }

    private static ImmutableArray<ActivationQuantizer> FindQuantizers(ImmutableArray<QuantizedLayer> layers, ImmutableArray<AgnosticOperator> agnostic)
    {
        var sets = new DisjointSets();
        foreach (var passing in agnostic)
            foreach (var tensor in passing.Inputs.Concat(passing.Outputs))
                sets.Join(passing.Inputs[0], tensor);
        var passedOn = agnostic.SelectMany(a => a.Outputs).ToHashSet(StringComparer.Ordinal);
        // What is read in int8, and what an int8 kernel that gives integers writes. A float from MatMul or Gemm needs no quantizer of its own.
        var tensors = layers.SelectMany(l => l.NeedsQuantizedOutput ? l.Inputs.Append(l.Output) : l.Inputs)
            .Concat(agnostic.SelectMany(a => a.Inputs.Concat(a.Outputs))).Distinct(StringComparer.Ordinal);
        return [.. tensors.GroupBy(sets.Find, StringComparer.Ordinal).Select(set => new ActivationQuantizer([.. set], [.. set.Where(t => !passedOn.Contains(t))]))];
    }

    private static ImmutableArray<QuantizerGroup> WithSavings(ImmutableArray<QuantizerGroup> groups, ImmutableArray<QuantizedLayer> layers, CostModel costs)
    {
        var savings = layers.ToDictionary(l => l.Name, l => costs.Of(l) is var cost ? cost.Float - cost.Int8 : 0, StringComparer.Ordinal);
        return [.. groups.Select(g => g with { PredictedSaving = g.Layers.Sum(l => savings[l]) })];
    }

    private static ImmutableSortedDictionary<string, string> Reasons(Candidates candidates, ImmutableArray<QuantizedLayer> layers, ImmutableArray<AgnosticOperator> agnostic)
    {
        const string doesNotPay = "int8 would not be faster here, counting the conversions around it";
        var chosen = layers.SelectMany(l => l.Nodes).Concat(agnostic.Select(a => a.Name)).ToHashSet(StringComparer.Ordinal);
        var rejected = candidates.Layers.SelectMany(l => l.Nodes).Concat(candidates.AgnosticOperators.Select(a => a.Name)).Where(name => !chosen.Contains(name));
        return candidates.Reasons.AddRange(rejected.Select(name => KeyValuePair.Create(name, doesNotPay)));
    }

    private static ImmutableArray<Observation> FindObservations(PreparedModel prepared, ImmutableArray<QuantizedLayer> layers, ImmutableArray<ActivationQuantizer> quantizers)
    {
        var means = layers.Where(layer => layer.Weights is { InputChannelAxis: >= 0 } && prepared.Tensors.Rank(layer.Inputs[0]) is not null)
            .Select(layer => Observation.Of(layer.Inputs[0], prepared.Tensors.Rank(layer.Inputs[0])!.Value, Reduction.Mean.Along(layer.Weights!.InputChannelAxis)));
        return Observation.Merge([.. means, .. quantizers.SelectMany(q => q.Sources).Select(source => Observation.Of(source, 0))]);
    }
}
