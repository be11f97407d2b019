using System.Collections.Immutable;

namespace QuantizeTasks.Quantization.Devices;

/// <summary>The ways in which a device can quantize one kind of tensor, fastest first and most accurate last, as POT's hardware configurations order them.</summary>
/// <param name="Options">At least one.</param>
internal sealed record QuantizerMenu(ImmutableArray<QuantizerOption> Options)
{
    /// <summary>
    /// What all menus have, in the order of the first; if that is nothing, what they have with the weaker forms of their options
    /// (POT: hardware configurations of all consumers are intersected, and widened by implied variants when they have nothing in common).
    /// </summary>
    /// <returns>Null when they have nothing in common even then, or when there is no menu.</returns>
    public static QuantizerMenu? Common(IEnumerable<QuantizerMenu> menus)
    {
        var all = menus.ToArray();
        return Intersect(all) ?? Intersect([.. all.Select(m => m.WithWeaker())]);
    }

    /// <summary>The options and behind them, once each, their weaker forms: whoever can do one of the options can do these as well.</summary>
    public QuantizerMenu WithWeaker() => new([.. Options.Concat(Options.SelectMany(o => o.Weaker)).Distinct()]);

    private static QuantizerMenu? Intersect(QuantizerMenu[] menus)
    {
        ImmutableArray<QuantizerOption> common = menus.Length == 0 ? [] : [.. menus[0].Options.Where(o => menus.All(m => m.Options.Contains(o)))];
        return common.IsEmpty ? null : new(common);
    }
}
