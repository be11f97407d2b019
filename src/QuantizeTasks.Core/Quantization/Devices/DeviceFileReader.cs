using System.Collections.Frozen;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;
using QuantizeTasks.Manifest.Schema;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Quantization.Devices;

/// <summary>Makes the profile out of a tree of the right shape, and checks what a shape cannot say.</summary>
internal sealed class DeviceFileReader(ErrorList errors)
{
    public DeviceProfile Read(MappingNode root)
    {
        var (activations, weights) = (Menu(root, "activations")!, Menu(root, "weights")!);
        var operators = root.Mapping("operators")!.Entries.ToFrozenDictionary(e => e.Key, e => Operator((MappingNode)e.Value, activations, weights), StringComparer.Ordinal);
        return new DeviceProfile
        {
            Name = root.Text("name")!.Value,
            Description = root.Text("description")!.Value,
            HasUnsignedActivations = root.Flag("unsigned_activations")!.Value,
            HasIntegerOutputs = root.Flag("integer_outputs")!.Value,
            HasIntegerBiases = root.Flag("integer_biases")!.Value,
            TakesHalfRange = root.Flag("half_range")!.Value,
            ProductsSaturate = root.Flag("products_saturate")!.Value,
            Int16 = Enum.Parse<SixteenBits>(root.Text("int16")!.Value, ignoreCase: true),
            Reversion = Enum.Parse<Reversion>(root.Text("reverts_to")!.Value.Replace("_", "", StringComparison.Ordinal), ignoreCase: true),
            HasBoundedSums = root.Flag("bounded_sums")!.Value,
            FloatPatterns = root.Mapping("float_patterns")!.Entries.ToFrozenDictionary(e => e.Key, e => ((ScalarNode)e.Value).Text, StringComparer.Ordinal),
            Operators = operators,
            Otherwise = new DeviceOperator(OperatorKind.Float, root.Text("otherwise")!.Value, activations, weights, null, false),
            Costs = root.Mapping("costs") is { } costs ? Costs(costs, operators) : null,
        };
    }

    private DeviceOperator Operator(MappingNode node, QuantizerMenu activations, QuantizerMenu weights)
    {
        var kind = Enum.Parse<OperatorKind>(node.Text("kind")!.Value, ignoreCase: true);
        if (kind == OperatorKind.Float != node["reason"] is not null)
            errors.Add(DiagnosticCodes.ConflictingKeys, node, "An operator has a 'reason' when its kind is 'float', and only then.");
        return new DeviceOperator(kind, node.Text("reason")?.Value ?? "", Menu(node, "activations") ?? activations, Menu(node, "weights") ?? weights, Menu(node, "outputs"), node["scales"] is not null);
    }

    private QuantizerMenu? Menu(MappingNode node, string key) =>
        node[key] is ListNode list ? new QuantizerMenu([.. list.Items.Cast<MappingNode>().Select(Option)]) : null;

    private QuantizerOption Option(MappingNode node)
    {
        var bits = node.Whole("bits")!.Value;
        if (bits is not (8 or 16))
            errors.Add(DiagnosticCodes.ValueOutOfRange, node["bits"]!, $"Integers have 8 or 16 bits, not {bits}.");
        var (lowest, highest) = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1);
        var (low, high) = (node.Whole("level_low")?.Value, node.Whole("level_high")?.Value);
        if (low < lowest || high > highest || (low ?? lowest) >= (high ?? highest))
            errors.Add(DiagnosticCodes.ValueOutOfRange, node, $"Levels rise, and {bits} bits hold {lowest} to {highest}.");
        return new QuantizerOption(bits, node.Text("mode")!.Value == "symmetric" ? QuantizerMode.Symmetric : QuantizerMode.Asymmetric,
            node.Text("granularity")!.Value == "pertensor" ? QuantizerGranularity.PerTensor : QuantizerGranularity.PerChannel, low, high);
    }

    private CostTable Costs(MappingNode node, FrozenDictionary<string, DeviceOperator> operators)
    {
        var values = node.Mapping("values")!;
        foreach (var (type, _) in operators.Where(o => o.Value.Kind is OperatorKind.Rescaling or OperatorKind.Agnostic && values[o.Key] is null).OrderBy(o => o.Key, StringComparer.Ordinal))
            errors.Add(DiagnosticCodes.MissingKey, values, $"'costs.values' does not say what a value of {type} costs, which the device runs in int8.");
        return new CostTable(
            Kernels.All.ToFrozenDictionary(k => k.Name, k => k.Terms.ToFrozenDictionary(t => t.Name, t => Number(node.Mapping(k.Name), t.Name), StringComparer.Ordinal), StringComparer.Ordinal),
            values.Entries.ToFrozenDictionary(e => e.Key, e => (Number((MappingNode)e.Value, "float"), Number((MappingNode)e.Value, "int8")), StringComparer.Ordinal),
            Number(node, "negligible"));
    }

    private static double Number(MappingNode? node, string key) => node.Number(key)!.Value;
}
