using System.Collections.Immutable;
using QuantizeTasks.Diagnostics;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Quantization.Devices;

/// <summary>
/// Chooses how a tensor is quantized: of what the device can do, what the manifest wishes, and of that the fastest or the most accurate
/// (openvino/tools/pot/graph/gpu_patterns and algorithms/quantization/fake_quantize_configuration.py). Where POT takes over a wish that no device configuration
/// has, the nearest option that the device does have is chosen instead, and the wish is reported as refused.
/// </summary>
internal static class MenuSelection
{
    /// <summary>What all of several menus have; where that is nothing, what they have in weaker forms. In the order of the first menu.</summary>
    /// <returns>Empty when the menus have nothing in common.</returns>
    public static ImmutableArray<QuantizerOption> Common(params ImmutableArray<QuantizerMenu> menus)
    {
        var common = Common([.. menus.Select(m => m.Options)]);
        return common.IsEmpty ? Common([.. menus.Select(m => WithWeaker(m.Options))]) : common;
    }

    /// <summary>Chooses from options.</summary>
    /// <param name="options">At least one, fastest first.</param>
    /// <param name="wishes">What the manifest says.</param>
    /// <param name="takesLast">Whether, of what is left, the most accurate is chosen instead of the fastest.</param>
    /// <returns>The option, and the fields of the wishes that it does not meet, with their place.</returns>
    public static (QuantizerOption Option, ImmutableArray<(string Field, string Wish, string Used, SourcePosition Position)> Refused) Choose(
        ImmutableArray<QuantizerOption> options, QuantizerSettings wishes, bool takesLast)
    {
        var refused = ImmutableArray.CreateBuilder<(string Field, string Wish, Func<QuantizerOption, string> Used, SourcePosition Position)>();
        var left = WithWeaker(options);
        void Filter<T>(string field, Located<T>? wish, Func<QuantizerOption, string> value)
        {
            if (wish is null)
                return;
            var text = FormattableString.Invariant($"{wish.Value}");
            if (left.Any(o => value(o) == text))
                left = [.. left.Where(o => value(o) == text)];
            else
                refused.Add((field, text, value, wish.Position));
        }
        Filter("bits", wishes.Bits, o => FormattableString.Invariant($"{o.Bits}"));
        Filter("mode", wishes.Mode, o => o.Mode == QuantizerMode.Symmetric ? "symmetric" : "asymmetric");
        Filter("granularity", wishes.Granularity, o => o.Granularity == QuantizerGranularity.PerTensor ? "pertensor" : "perchannel");

        // The weaker forms only serve wishes.
        var own = left.Where(options.Contains).ToImmutableArray();
        var option = (own.IsEmpty, takesLast) switch
        {
            (true, _) => left[0],
            (_, true) => own[^1],
            _ => own[0],
        };
        return (option, [.. refused.Select(r => (r.Field, r.Wish, r.Used(option), r.Position))]);
    }

    /// <summary>The options, and behind them what whoever has these can do as well: one scale instead of several, a range that happens to be symmetric.</summary>
    public static ImmutableArray<QuantizerOption> WithWeaker(ImmutableArray<QuantizerOption> options) =>
    [
        .. options
            .Concat(options.Select(o => o with { Granularity = QuantizerGranularity.PerTensor }))
            .Concat(options.Select(o => o with { Mode = QuantizerMode.Symmetric }))
            .Concat(options.Select(o => o with { Granularity = QuantizerGranularity.PerTensor, Mode = QuantizerMode.Symmetric }))
            .DistinctBy(o => (o.Bits, o.Mode, o.Granularity)),
    ];

    private static ImmutableArray<QuantizerOption> Common(ImmutableArray<ImmutableArray<QuantizerOption>> menus) =>
        [.. menus[0].Where(o => menus.All(menu => menu.Any(other => (other.Bits, other.Mode, other.Granularity) == (o.Bits, o.Mode, o.Granularity))))];
}
