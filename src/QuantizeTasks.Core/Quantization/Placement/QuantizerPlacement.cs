using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Onnx;
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

    /// <summary>The operators that compute in float with weights stored in int8, in graph order: with <c>weights_only</c>, or where size is preferred.</summary>
    public ImmutableArray<StoredLayer> StoredLayers { get; init; } = [];

    /// <summary>The activation quantizers, in graph order of their first tensor.</summary>
    public required ImmutableArray<ActivationQuantizer> Quantizers { get; init; }

    /// <summary>What a search may revert; the layers' names, each in one group.</summary>
    public required ImmutableArray<QuantizerGroup> Groups { get; init; }

    /// <summary>Every other node of the model, and why it stays in float.</summary>
    public required ImmutableSortedDictionary<string, string> FloatReasons { get; init; }

    /// <summary>What the choice is predicted to gain; null where the device's costs are not known.</summary>
    public Prediction? Prediction { get; init; }

    /// <summary>True when there are operators with weights that could be int8, but nothing for which that pays.</summary>
    public bool PaysNowhere { get; init; }

    /// <summary>Why the model is int8 although speed is preferred and int8 is not faster, in words: it is too small for that to matter. Null for every other.</summary>
    public string? SizeReason { get; init; }

    /// <summary>What is wished for single quantizers that are not there.</summary>
    public ImmutableArray<Diagnostic> Warnings { get; init; } = [];

    /// <summary>What has to be known of which tensors before the model can be written, in ordinal order of the tensors.</summary>
    public required ImmutableArray<Observation> Observations { get; init; }

    /// <summary>Decides for the device that the settings name.</summary>
    /// <param name="prepared">The float model.</param>
    /// <param name="settings">Device, preference, what is ignored.</param>
    /// <param name="decided">What is to be int8, by node name, when a measurement has decided that already; others than candidates are passed over.</param>
    /// <param name="measured">What operators cost, by node name, in place of what the device's model predicts.</param>
    /// <exception cref="QuantizeException">There is no such device, or an ignored name or operator type matches nothing in the model.</exception>
    public static QuantizerPlacement Place(PreparedModel prepared, CompressionSettings settings, ImmutableHashSet<string>? decided = null, IReadOnlyDictionary<string, OperatorCost>? measured = null)
    {
        var graph = prepared.Model.Graph;
        var device = DeviceCatalogue.Find(settings.TargetDevice);
        var exclusions = Exclusions.Find(prepared, device, settings.Quantization.Ignored, settings.ModelType?.Value == "transformer");
        var candidates = CandidateFinder.Find(prepared, device, exclusions.Reasons);
        var costs = new CostModel(prepared, device.Costs ?? CostTable.Unknown);
        var borders = Border.Find(graph, candidates, costs);
        var predicted = costs.Of(candidates);
        var costOf = measured is null ? predicted : predicted.ToDictionary(c => c.Key, c => measured.GetValueOrDefault(c.Key, c.Value), StringComparer.Ordinal);
        var choice = settings.Quantization.WeightsOnly ? Choice.None : Choice.Of(candidates, borders, costOf, device, settings.Prefer, decided);
        var (int8, dynamic) = (choice.Int8, choice.Dynamic);
        var prediction = Prediction.Of(candidates, borders, costOf, int8.Union(dynamic.Select(d => d.Name)), name => measured?.ContainsKey(name) ?? false);
        ImmutableArray<QuantizedLayer> layers = [.. candidates.Layers.Where(l => int8.Contains(l.Name))];
        ImmutableArray<AgnosticOperator> agnostic = [.. candidates.AgnosticOperators.Where(a => int8.Contains(a.Name))];
        var layerwise = new LayerwiseConfigs(prepared.Model);
        (layers, var quantizers) = layerwise.Apply(settings.Quantization.LayerwiseConfigs, layers, FindQuantizers(layers, agnostic, device));
        var taken = layers.SelectMany(l => l.Nodes).Concat(exclusions.Reasons.Keys).Concat(dynamic.Select(d => d.Name)).ToHashSet(StringComparer.Ordinal);
        var stored = settings.Quantization.WeightsOnly || settings.Prefer == Preference.Size ? StoredWeights.Find(prepared, taken.Contains) : [];
        stored = InOrder(graph, stored.AddRange(dynamic), s => s.Name);
        return new QuantizerPlacement
        {
            Layers = layers,
            AgnosticOperators = agnostic,
            StoredLayers = stored,
            Quantizers = quantizers,
            Groups = [.. WithSavings([.. InOrder(graph, ClosedGroups.Find(layers, quantizers).Concat(stored.Select(s => new QuantizerGroup(0, s.Name, [s.Name]))), g => g.Name).Select((g, id) => g with { Id = id })], costOf)
                .Select(g => g with { RevertsTo = Rungs.Reversion(settings) })],
            FloatReasons = Reasons(candidates, prediction, device.Costs is not null, settings.Quantization.WeightsOnly).RemoveRange(stored.Select(s => s.Name)),
            PaysNowhere = !settings.Quantization.WeightsOnly && layers.IsEmpty && dynamic.IsEmpty && (candidates.Layers.Any(l => l.Weights is not null) || !candidates.Dynamic.IsEmpty),
            SizeReason = choice.SizeReason,
            Prediction = device.Costs is null ? null : prediction,
            Warnings = layerwise.Warnings,
            Observations = FindObservations(prepared, layers, quantizers, device),
        };
    }

    private static ImmutableArray<ActivationQuantizer> FindQuantizers(ImmutableArray<QuantizedLayer> layers, ImmutableArray<AgnosticOperator> agnostic, DeviceProfile device)
    {
        var sets = new DisjointSets();
        foreach (var passing in agnostic)
            foreach (var tensor in passing.Inputs.Concat(passing.Outputs))
                sets.Join(passing.Inputs[0], tensor);
        foreach (var layer in layers.Where(l => l.OperatorType != "Concat" && device.Of(l.OperatorType).UnifiesScales))
            foreach (var input in layer.Inputs)
                sets.Join(layer.Inputs[0], input);
        var passedOn = agnostic.SelectMany(a => a.Outputs).ToHashSet(StringComparer.Ordinal);
        // What is read in int8, and what an int8 kernel that gives integers writes. A float from MatMul or Gemm needs no quantizer of its own.
        var tensors = layers.SelectMany(l => l.NeedsQuantizedOutput ? l.Inputs.Append(l.Output) : l.Inputs)
            .Concat(agnostic.SelectMany(a => a.Inputs.Concat(a.Outputs))).Distinct(StringComparer.Ordinal);
        return [.. tensors.GroupBy(sets.Find, StringComparer.Ordinal).Select(set => new ActivationQuantizer([.. set], [.. set.Where(t => !passedOn.Contains(t))]))];
    }

    private static ImmutableArray<T> InOrder<T>(OnnxGraph graph, IEnumerable<T> items, Func<T, string> name)
    {
        var position = graph.Nodes.Select((n, i) => (n.Name, i)).ToDictionary(p => p.Name, p => p.i, StringComparer.Ordinal);
        return [.. items.OrderBy(item => position[name(item)])];
    }

    private static ImmutableArray<QuantizerGroup> WithSavings(ImmutableArray<QuantizerGroup> groups, IReadOnlyDictionary<string, OperatorCost> costs) =>
        [.. groups.Select(g => g with { PredictedSaving = g.Layers.Where(costs.ContainsKey).Sum(l => costs[l].Float - costs[l].Int8) })];

    private static ImmutableSortedDictionary<string, string> Reasons(Candidates candidates, Prediction prediction, bool areCostsKnown, bool isWeightsOnly)
    {
        const string noActivations = "weights_only leaves activations in float";
        const string savesNothing = "it has no weights, and int8 would save no conversion around it";
        var rejected = prediction.Operators.Where(o => !o.IsInt8).ToDictionary(o => o.Name, o => isWeightsOnly ? noActivations : areCostsKnown ? o.Reason : savesNothing, StringComparer.Ordinal);
        var nodes = candidates.Layers.SelectMany(l => l.Nodes.Select(node => (Node: node, l.Name))).Concat(candidates.AgnosticOperators.Select(a => (Node: a.Name, a.Name))).Concat(candidates.Dynamic.Select(d => (Node: d.Name, d.Name)));
        return candidates.Reasons.AddRange(nodes.Where(n => rejected.ContainsKey(n.Name)).Select(n => KeyValuePair.Create(n.Node, rejected[n.Name])));
    }

    private static ImmutableArray<Observation> FindObservations(PreparedModel prepared, ImmutableArray<QuantizedLayer> layers, ImmutableArray<ActivationQuantizer> quantizers, DeviceProfile device)
    {
        var means = layers.Where(layer => layer.Weights is { InputChannelAxis: >= 0 } && prepared.Tensors.Rank(layer.Inputs[0]) is not null)
            .Select(layer => Observation.Of(layer.Inputs[0], prepared.Tensors.Rank(layer.Inputs[0])!.Value, Reduction.Mean.Along(layer.Weights!.InputChannelAxis)));
        var sums = layers.Where(layer => device.HasBoundedSums && layer.Weights is not null).Select(layer => Observation.Of(layer.Product, 0));
        return Observation.Merge([.. means, .. sums, .. quantizers.SelectMany(q => q.Sources).Select(source => Observation.Of(source, 0))]);
    }
}
