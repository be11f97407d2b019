using System.Globalization;
using QuantizeTasks.Manifest;
using QuantizeTasks.Manifest.Yaml;

namespace QuantizeTasks.Pot;

/// <summary>
/// States the defaults of the original where those of a <c>quantize.yaml</c> are others on purpose, so that a configuration means what it meant: <c>threshold</c> 2, or 1000 for the full bias
/// correction, and <c>saturation_fix: first_layer</c> (minmax), which is for CPU and ANY alone.
/// </summary>
internal static class OriginalDefaults
{
    /// <param name="section">The manifest's <c>compression</c>.</param>
    public static MappingNode State(MappingNode section)
    {
        if (section["algorithms"] is not ListNode { Items: [MappingNode algorithm, ..] } algorithms || algorithm["params"] is not (null or MappingNode))
            return section;
        var parameters = algorithm.Mapping("params") ?? new MappingNode([], algorithm.Position);
        // What it is built around corrects no bias.
        if (parameters.Text("base_algorithm") is not { Value: "MinMaxQuantization" } && parameters.Flag("bias_correction") != false)
            parameters = Default(parameters, "threshold", DefaultQuantizationParameters.OriginalThreshold(parameters.Flag("use_fast_bias") ?? true).ToString(CultureInfo.InvariantCulture));
        if (section["target_device"] is null || section.Text("target_device") is { Value: "ANY" or "CPU" })
            parameters = Default(parameters, "saturation_fix", "first_layer");
        return section.With("algorithms", algorithms with { Items = algorithms.Items.SetItem(0, algorithm.With("params", parameters)) });
    }

    private static MappingNode Default(MappingNode parameters, string key, string value) =>
        parameters[key] is null ? parameters.With(key, new ScalarNode(value, IsPlain: true, parameters.Position, "the default")) : parameters;
}
