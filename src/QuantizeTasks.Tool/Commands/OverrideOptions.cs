using System.CommandLine;
using QuantizeTasks.Manifest;

namespace QuantizeTasks.Tool.Commands;

/// <summary>The options of <c>run</c> that take the place of one value of the manifest. The text goes through the manifest's own checks, so both say the same about it.</summary>
internal sealed class OverrideOptions
{
    private const string Model = "--model";

    private readonly Option<string>[] _options;
    private readonly Option<string?> _plugins = CommonOptions.Plugins();

    /// <param name="names">Which of them the command has; all when none is named.</param>
    public OverrideOptions(params string[] names) => _options = [.. All().Where(option => names.Length == 0 || names.Contains(option.Name))];

    private static Option<string>[] All() =>
    [
        Option(Model, "The float model, instead of the manifest's model.", "FILE"),
        Option("--maximal-drop", "The accuracy budget, instead of the manifest's maximal_drop.", "X"),
        Option("--drop-type", "absolute or relative, instead of the manifest's drop_type.", "TYPE", "absolute", "relative"),
        Option("--preset", "performance or mixed, instead of the manifest's preset.", "NAME", "performance", "mixed", "accuracy"),
        Option("--max-iter-num", "Most steps of the search, instead of the manifest's max_iter_num.", "N"),
        Option("--ranking-subset-size", "Samples that rank layers, instead of the manifest's ranking_subset_size.", "N"),
        Option("--stat-subset-size", "Calibration samples, instead of the manifest's stat_subset_size.", "N"),
        Option("--search", "fast or greedy, instead of the manifest's search.", "NAME", "fast", "greedy"),
        Option("--ranking", "racing or exhaustive, instead of the manifest's ranking.", "NAME", "racing", "exhaustive"),
        Option("--time-limit", "How long the search may take, such as 20m, instead of the manifest's time_limit.", "TIME"),
    ];

    public void AddTo(Command command)
    {
        foreach (var option in _options)
            command.Add(option);
        command.Add(_plugins);
    }

    public ManifestOverrides Read(ParseResult parsed, ToolContext context) => CommonOptions.OnlyPlugins(parsed.GetValue(_plugins), context) with
    {
        Values = [.. _options.Where(option => parsed.GetValue(option) is not null).Select(option => new ManifestOverride(
            Key(option), option.Name == Model ? context.Absolute(parsed.GetValue(option)!) : parsed.GetValue(option)!, $"option {option.Name}"))],
    };

    /// <summary><c>--maximal-drop</c> is <c>maximal_drop</c> in a manifest.</summary>
    internal static string Key(Option option) => option.Name.TrimStart('-').Replace('-', '_');

    /// <param name="name">Of the option.</param>
    /// <param name="description">Its help.</param>
    /// <param name="value">What help calls the value.</param>
    /// <param name="completions">What a shell offers; whether a value is allowed is for the manifest's checks to say.</param>
    private static Option<string> Option(string name, string description, string value, params string[] completions)
    {
        var option = new Option<string>(name) { Description = description, HelpName = value };
        option.CompletionSources.Add(completions);
        return option;
    }
}
