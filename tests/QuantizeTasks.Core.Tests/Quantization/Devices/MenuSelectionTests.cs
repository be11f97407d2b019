using System.Collections.Immutable;
using QuantizeTasks.Manifest;
using QuantizeTasks.Quantization.Devices;

namespace QuantizeTasks.Tests.Quantization.Devices;

/// <summary>Menus are written as <c>8 sym tensor, 8 asym channel</c>.</summary>
[TestClass]
public sealed class MenuSelectionTests
{
    [TestMethod]
    [DataRow("8 sym tensor, 8 asym tensor", "8 sym tensor, 8 asym tensor", "8 sym tensor, 8 asym tensor", DisplayName = "equal menus")]
    [DataRow("8 sym tensor, 8 asym tensor", "8 asym tensor", "8 asym tensor", DisplayName = "what both have")]
    [DataRow("8 asym tensor, 8 sym tensor", "8 sym tensor, 8 asym tensor", "8 asym tensor, 8 sym tensor", DisplayName = "in the first one's order")]
    [DataRow("8 sym channel", "8 sym tensor", "8 sym tensor", DisplayName = "perchannel implies pertensor")]
    [DataRow("8 asym tensor", "8 sym tensor", "8 sym tensor", DisplayName = "asymmetric implies symmetric")]
    [DataRow("8 asym channel", "8 sym tensor", "8 sym tensor", DisplayName = "both")]
    [DataRow("8 asym channel", "8 sym channel", "8 sym channel, 8 sym tensor", DisplayName = "the weaker forms that both have")]
    [DataRow("8 asym channel, 8 sym tensor", "8 sym tensor", "8 sym tensor", DisplayName = "weaker forms only where nothing else is left")]
    [DataRow("8 sym tensor", "16 sym tensor", "", DisplayName = "no width in common")]
    public void Common_TwoMenus_IsWhatBothCanDo(string first, string second, string common) =>
        Assert.AreEqual(common, Text(MenuSelection.Common(new QuantizerMenu(Options(first)), new QuantizerMenu(Options(second)))));

    /// <summary>POT's rule by which presets choose: the first of what is left for the fastest, the last for the most accurate.</summary>
    [TestMethod]
    [DataRow("8 sym tensor, 8 asym tensor", "", false, "8 sym tensor", "")]
    [DataRow("8 sym tensor, 8 asym tensor", "", true, "8 asym tensor", "")]
    [DataRow("8 sym tensor, 8 asym tensor", "mode asymmetric", false, "8 asym tensor", "", DisplayName = "a wish is stronger than the preset")]
    [DataRow("8 sym tensor, 8 asym tensor", "mode symmetric", true, "8 sym tensor", "")]
    [DataRow("8 sym tensor, 16 sym tensor, 16 asym tensor", "bits 16", false, "16 sym tensor", "")]
    [DataRow("8 sym tensor, 16 sym tensor, 16 asym tensor", "bits 16", true, "16 asym tensor", "")]
    [DataRow("8 sym channel", "granularity pertensor", false, "8 sym tensor", "", DisplayName = "a weaker form")]
    [DataRow("8 asym channel", "granularity pertensor|mode symmetric", false, "8 sym tensor", "")]
    [DataRow("8 asym channel", "", true, "8 asym channel", "", DisplayName = "weaker forms are not chosen unasked")]
    [DataRow("8 sym channel, 8 asym channel", "granularity pertensor", false, "8 sym tensor", "", DisplayName = "the fastest of several weaker forms")]
    [DataRow("8 sym tensor", "granularity perchannel", false, "8 sym tensor", "granularity perchannel pertensor", DisplayName = "refused, with what is used instead")]
    [DataRow("8 sym channel", "bits 16|mode asymmetric|granularity pertensor", true, "8 sym tensor", "bits 16 8|mode asymmetric symmetric", DisplayName = "what can be met is met")]
    public void Choose_WishesAndPreset_DecideTogether(string menu, string wishes, bool takesLast, string option, string refused)
    {
        var (chosen, unmet) = MenuSelection.Choose(Options(menu), Wishes(wishes), takesLast);

        Assert.AreEqual(option, Text([chosen]));
        Assert.AreEqual(refused, string.Join('|', unmet.Select(u => $"{u.Field} {u.Wish} {u.Used}")));
        Assert.IsTrue(unmet.All(u => u.Position == Settings.Position));
    }

    private static ImmutableArray<QuantizerOption> Options(string menu) => [.. menu.Split(", ").Select(o => o.Split(' ')).Select(o => new QuantizerOption(
        int.Parse(o[0]), o[1] == "sym" ? QuantizerMode.Symmetric : QuantizerMode.Asymmetric, o[2] == "tensor" ? QuantizerGranularity.PerTensor : QuantizerGranularity.PerChannel))];

    private static string Text(ImmutableArray<QuantizerOption> options) => string.Join(", ", options.Select(o =>
        $"{o.Bits} {(o.Mode == QuantizerMode.Symmetric ? "sym" : "asym")} {(o.Granularity == QuantizerGranularity.PerTensor ? "tensor" : "channel")}"));

    private static QuantizerSettings Wishes(string text)
    {
        var fields = text.Split('|', StringSplitOptions.RemoveEmptyEntries).Select(f => f.Split(' ')).ToDictionary(f => f[0], f => f[1]);
        Located<string>? At(string key) => fields.TryGetValue(key, out var value) ? new(value, Settings.Position) : null;
        return QuantizerSettings.None with { Bits = At("bits") is { } bits ? new(int.Parse(bits.Value), bits.Position) : null, Mode = At("mode"), Granularity = At("granularity") };
    }
}
