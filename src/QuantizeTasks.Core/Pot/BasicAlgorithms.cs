using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Pot;

/// <summary>
/// <c>algorithms</c> with basic algorithms one by one: those that DefaultQuantization consists of (openvino/tools/pot/algorithms/quantization/default/algorithm.py) become one that does just these.
/// </summary>
internal sealed class BasicAlgorithms(Translation translation)
{
    private const string Alignment = "ActivationChannelAlignment", MinMax = "MinMaxQuantization", Fast = "FastBiasCorrection", Full = "BiasCorrection";
    private static readonly string[] Complete = ["DefaultQuantization", "AccuracyAwareQuantization"];

    /// <summary>What the original has besides, and what is there instead.</summary>
    private static readonly Dictionary<string, string> Others = new(StringComparer.Ordinal)
    {
        ["MagnitudeSparsity"] = "Pruning is no quantization. Make the model sparse before, where it is trained; int8 keeps its zeros.",
        ["BaseWeightSparsity"] = "Pruning is no quantization. Make the model sparse before, where it is trained; int8 keeps its zeros.",
        ["RangeSupervision"] = "It guards against faults of hardware. 'range_estimator' with 'clipping_value' bounds ranges.",
        ["OutlierChannelSplitting"] = "Use DefaultQuantization with 'range_estimator': { \"preset\": \"quantile\" }, or 'cross_layer_equalization' in a quantize.yaml.",
        ["WeightBiasCorrection"] = "Use DefaultQuantization, whose bias correction covers what quantized weights do to biases.",
        ["OverflowCorrection"] = "Use DefaultQuantization with 'saturation_fix'.",
        ["TunableQuantization"] = "Use DefaultQuantization or AccuracyAwareQuantization with 'tune_hyperparams'.",
        ["RangeOptimization"] = "Use DefaultQuantization with 'tune_hyperparams', or 'range_estimator: { preset: mse }' in a quantize.yaml.",
        ["ParamsGridSearchAlgorithm"] = "Use DefaultQuantization or AccuracyAwareQuantization with 'tune_hyperparams'.",
        ["LayerwiseFinetuning"] = "Use DefaultQuantization with 'use_layerwise_tuning'.",
        ["DataFreeQuantization"] = "Use DefaultQuantization; some images without labels are enough for the engine 'simplified'.",
        ["INT4MixedQuantization"] = "Use AccuracyAwareQuantization; 4 bits have no kernels in ONNX Runtime's int8 operators.",
    };

    /// <summary>The one algorithm that they are; null when they are none, which is reported, or when there is nothing to merge.</summary>
    public MappingNode? Merge(ListNode algorithms)
    {
        var entries = algorithms.Items.OfType<MappingNode>().Select(entry => (Entry: entry, Name: entry.Text("name"))).ToList();
        if (entries.Count != algorithms.Items.Length || entries.Any(e => e.Name is null) || (entries is [var only] && Complete.Contains(only.Name!.Value)))
            return null;
        bool[] mistakes = [.. entries.Select(e => Mistake(e.Name!, entries.Count))];
        if (mistakes.Contains(true))
            return null;
        string[] names = [.. entries.Select(e => e.Name!.Value)];
        if (names.Count(n => n == MinMax) != 1 || names.Distinct().Count() != names.Length || !names.SequenceEqual(names.OrderBy(Place)) || names.Count(n => n is Fast or Full) > 1)
        {
            translation.Unsupported(algorithms, $"'compression.algorithms' has {string.Join(", ", names)}. Together they must be DefaultQuantization or a part of it: {Alignment}, then {MinMax}, which may not be missing, then {Fast} or {Full}.");
            return null;
        }
        return One(entries[0].Entry, names, [.. entries.Select(e => e.Entry["params"]).OfType<MappingNode>()]);
    }

    private bool Mistake(Located<string> name, int count)
    {
        if (name.Value is Alignment or MinMax or Fast or Full)
            return false;
        string[] known = [.. Complete, Alignment, MinMax, Fast, Full];
        translation.Unsupported(Tree.Text(name.Position, name.Value), Complete.Contains(name.Value)
            ? $"'{name.Value}' stands beside {(count == 2 ? "another algorithm" : $"{count - 1} other algorithms")}, but it does all that there is to do. Remove the others, or name basic algorithms only: {Alignment}, {MinMax}, {Fast} or {Full}."
            : Others.TryGetValue(name.Value, out var instead) ? $"The algorithm '{name.Value}' is not supported. {instead}"
            : $"There is no algorithm '{ScalarNode.Shorten(name.Value)}'.{DidYouMean.Hint(name.Value, known)} There are {string.Join(", ", known)}.");
        return true;
    }

    private MappingNode One(MappingNode first, string[] names, ImmutableArray<MappingNode> parameters)
    {
        var at = first.Position;
        var merged = new MappingNode([], at);
        foreach (var entry in parameters.SelectMany(p => p.Entries))
        {
            if (merged[entry.Key] is { } other && !IsSame(other, entry.Value))
                translation.Errors.Add(DiagnosticCodes.ConflictingKeys, entry.Position, null, $"'{entry.Key}' has another value in line {other.Position.Line}, but the algorithms run as one. Give both the same.");
            merged = merged.With(entry.Key, entry.Value);
        }
        // What is not on the list is not done.
        if (!names.Contains(Alignment))
            merged = merged.With("channel_alignment", Tree.Flag(at, false));
        if (!names.Any(n => n is Fast or Full))
            merged = merged.With("bias_correction", Tree.Flag(at, false));
        else if (names.Contains(Full))
            merged = merged.With("use_fast_bias", Tree.Flag(at, false));
        return Tree.Mapping(at, ("name", Tree.Word(at, "DefaultQuantization")), ("params", merged));
    }

    private static bool IsSame(ManifestNode a, ManifestNode b) => (a, b) switch
    {
        (ScalarNode x, ScalarNode y) => x.Text == y.Text,
        (ListNode x, ListNode y) => x.Items.Length == y.Items.Length && x.Items.Zip(y.Items).All(p => IsSame(p.First, p.Second)),
        (MappingNode x, MappingNode y) => x.Entries.Length == y.Entries.Length && x.Entries.All(e => y[e.Key] is { } other && IsSame(e.Value, other)),
        _ => false,
    };

    private static int Place(string name) => name switch { Alignment => 0, MinMax => 1, _ => 2 };
}
